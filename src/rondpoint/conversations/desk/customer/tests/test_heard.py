"""The history of a trait on the desk: every word, who said it, which holds and why."""

import re

import pytest

from rondpoint.accounts.types import Role
from rondpoint.conversations.desk.inbox.tests.conftest import desk, staff  # noqa: F401
from rondpoint.customers import actions, computed, queries, speaking
from rondpoint.customers.types import Computed, Evidence, IdentifierIn, Said, TraitRule
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db
AT = 1_772_535_600 * clock.SECOND


@pytest.fixture
def customer():
    """Whom two sources know by one address, and of whom Inès and Samir wrote."""
    for number, (source, evidence, city) in enumerate(
        (("import:orders", Evidence.PROVIDER, "Lyon"), ("chat:1", Evidence.SIGNED, "Lille"))
    ):
        held = (IdentifierIn("email", "awa@example.com", evidence),)
        told = {"name": "Awa", "language": "fr", "city": city, "shoe size / EU": "38"}
        with write():
            actions.hear([Said(source, "1", AT + number, told, held)])
    found = queries.find("email:awa@example.com")[0]
    actions.edit(found.id, {"city": "Paris"}, "Inès", AT + 10)
    actions.edit(found.id, {"city": "Nantes"}, "Samir", AT + 20)
    return found


def plain(cell):
    return " ".join(re.sub(r"<[^>]*>", "", cell).split())


def test_every_word_is_there_with_who_said_it_and_why_one_holds(desk, staff, customer):  # noqa: F811
    user = staff()
    with write():
        user.language = "en"
        user.save()
    client = desk(user)
    page = client.get(f"/customers/{customer.public_id}/traits", {"name": "city"}).content.decode()
    lines = re.findall(r"<tr.*?</tr>", page.partition("<tbody>")[2], re.S)
    words = [[plain(cell) for cell in re.findall(r"<td.*?</td>", line, re.S)] for line in lines]
    assert [(value, source, why) for value, source, _when, why in words] == [
        ("Nantes shown", "Samir by hand", "written by hand, and no source has said anything newer"),
        ("Paris", "Inès by hand", "replaced by hand later"),
        ("Lille", "Chat", "somebody wrote otherwise by hand later"),
        ("Lyon", "orders", "somebody wrote otherwise by hand later"),
    ]


@pytest.mark.parametrize(
    ("rule", "reasons"),
    [
        (TraitRule.RECENT, ["the newest word", "a newer word holds"]),
        (TraitRule.TRUSTED, ["another source proves better who it speaks of",
                             "the word of the source that proves best who it speaks of"]),
        (TraitRule.FREQUENT, ["what most sources say", "most sources say something else"]),
    ],
)  # fmt: skip
def test_the_rule_of_the_trait_is_the_reason(customer, monkeypatch, rule, reasons):
    with write():
        actions.hear([Said("chat:1", "1", AT + 40, {"colour": "red"})])
        actions.hear([Said("import:orders", "1", AT + 50, {"colour": "blue"})])
    monkeypatch.setattr(speaking, "_rules", (float("inf"), {"colour": rule}))
    assert [each.why for each in queries.heard(customer.id, "colour")] == reasons


@pytest.mark.parametrize("rule", [TraitRule.TRUSTED, TraitRule.FREQUENT])
def test_by_every_rule_what_was_written_by_hand_yields_to_what_is_newer(customer, monkeypatch, rule):
    with write():
        actions.hear([Said("chat:1", "1", AT + 40, {"city": "Rennes"})])
    monkeypatch.setattr(speaking, "_rules", (float("inf"), {"city": rule}))
    newest, by_hand, *_rest = queries.heard(customer.id, "city")
    assert (newest.value, newest.holds) == ("Rennes", True)
    assert (by_hand.value, by_hand.why) == ("Nantes", "a newer word holds")


def test_a_word_that_says_the_same_is_not_contradicted(customer):
    shown, same = queries.heard(customer.id, "name")
    assert (shown.why, same.why) == ("the newest word", "says the same as what is shown")


def test_what_is_worked_out_says_so(desk, staff, customer, monkeypatch):  # noqa: F811
    worked_out = Computed("email", "E-mail", "Best channel", "the channel used most", AT, why="/traits/computed/1")
    monkeypatch.setattr(computed, "values", lambda _number: {"city": worked_out})
    assert [row.why for row in queries.heard(customer.id, "city")][:2] == [
        "the value is worked out of facts instead"] * 2  # fmt: skip
    client = desk(staff())
    for address in ("traits", "traits?name=city"):
        page = client.get(f"/customers/{customer.public_id}/{address}").content.decode()
        assert "Best channel" in page and "calculé à partir de faits" in page, address


def test_each_trait_leads_to_its_history_whatever_it_is_called(desk, staff, customer):  # noqa: F811
    client, address = desk(staff(role=Role.READ_ONLY)), f"/customers/{customer.public_id}"
    link = f"{address}/traits?name=shoe%20size%20%2F%20EU"
    for page in (address, f"{address}/traits"):
        assert f'href="{link}"' in client.get(page).content.decode(), page
    assert "38" in client.get(link).content.decode()
    overview = client.get(f"{address}/traits").content.decode()
    assert overview.index("name=name") < overview.index("name=language") < overview.index("name=city")
    assert "Nantes" in overview and "name=name" in overview and "/edit" not in overview
    assert client.get(f"{address}/traits?name=nothing").status_code == 404


def test_the_values_of_one_definition_stand_in_one_line(desk, staff, customer, monkeypatch):  # noqa: F811
    parts = {"rfm": ("5-2-5", "score"), "rfm.segment": ("at risk", "segment"), "rfm.recency": ("", "recency")}
    values = {
        name: Computed(said, said, "RFM", "how recent, how often, how much", AT, part, "/traits/computed/7")
        for name, (said, part) in parts.items()
    }
    monkeypatch.setattr(computed, "values", lambda _number: values)
    page = desk(staff()).get(f"/customers/{customer.public_id}/traits").content.decode()
    assert page.count(">RFM<") == 1
    assert "score 5-2-5 · segment at risk" in page
