"""Companies on the desk: found, written down, joined, and with what happened to their people, as far as one may see."""

import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import state
from rondpoint.conversations.desk.inbox.tests.conftest import desk, house, staff, team  # noqa: F401
from rondpoint.customers import queries as customers
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.companies.tests.conftest import company, members, somebody, told
from rondpoint.customers.queries import companies as queries
from rondpoint.customers.types import Evidence

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SECRET = "Mon dossier bleu est confidentiel"


@pytest.fixture
def ines(desk, staff):  # noqa: F811
    user = staff("Inès")
    user.language = "en"
    from rondpoint.lib.db import write

    with write():
        user.save()
    return desk(user)


def page(client, address, **headers):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return answer.content.decode()


def of(number) -> str:
    return f"/companies/{company(number).public_id}"


def person(number) -> str:
    return f"/customers/{customers.by_ids({number})[number].public_id}"


def test_companies_are_listed_and_found_as_typed(ines):
    assert "No company yet" in page(ines, "/companies")
    awa = somebody("user:1")
    told("acme", name="Acme <b>", domain="acme.example.com", profile=awa)
    told("loose", evidence=Evidence.CLAIMED, source="track:2", name="Loose")
    found = page(ines, "/companies")
    assert "Acme &lt;b&gt;" in found and "acme.example.com" in found and found.count("claimed") == 1
    part = page(ines, "/companies?q=acm", **{"HX-Request": "true"})
    assert "Acme" in part and "Loose" not in part and "<html" not in part
    assert "No company was found" in page(ines, "/companies?q=nothing") and "name=nothing" in page(
        ines, "/companies?q=nothing"
    )


def test_the_list_goes_on(ines, monkeypatch):
    monkeypatch.setattr("rondpoint.conversations.desk.company.views.PAGE", 2)
    for name in "CAB":
        told(name, name=name)
    first = page(ines, "/companies")
    assert [name for name in "ABC" if f">{name}</a>" in first] == ["A", "B"]
    after = queries.find("B")[0].public_id
    behind = page(ines, f"/companies?after={after}", **{"HX-Request": "true"})
    assert ">C</a>" in behind and ">B</a>" not in behind


def test_a_company_is_written_down_and_changed(ines):
    assert ines.post("/companies/new", {"name": " "}).status_code == 422
    answer = ines.post("/companies/new", {"name": "Acme"})
    number = queries.find("acme")[0].id
    assert answer["Location"] == of(number)
    bad = {"name": "Acme SA", "domains": "gmail.com", "new": "size"}
    answer = ines.post(f"{of(number)}/edit", bad)
    text = answer.content.decode()
    assert answer.status_code == 422 and "names no company" in text and "Write both" in text and "Acme SA" in text
    assert company(number).name == "Acme"
    good = {"name": "Acme SA", "domains": "acme.example.com\nwww.acme.example.org", "new": "size", "new_value": "40"}
    assert ines.post(f"{of(number)}/edit", good)["Location"] == of(number)
    shown = page(ines, of(number))
    assert "Acme SA" in shown and "acme.example.com, acme.example.org" in shown and "Inès, by hand" in shown
    given = {"name": "Acme SA", "domains": "", "trait": ["size"], "value": [""]}
    ines.post(f"{of(number)}/edit", given)
    assert set(queries.known([number])[number].traits) == {"name"}
    assert [row.action for row in AuditEntry.objects.order_by("id")] == [
        "company.written", "company.edited", "company.edited",
    ]  # fmt: skip
    assert ines.get("/companies/nobody").status_code == 404


def test_what_is_only_claimed_is_shown_as_that(ines):
    number = told("acme", name="Acme", industry="retail")
    told("acme", 20, "track:2", Evidence.CLAIMED, industry="crime")
    shown = page(ines, of(number))
    known, _, claimed = shown.partition("Only claimed")
    assert "retail" in known and "crime" not in known and "crime" in claimed


def test_somebody_is_added_from_her_page_and_leaves(ines):
    awa = somebody("user:1")
    number = told("acme", name="Acme")
    choice = page(ines, f"{person(awa.owner)}/companies?q=acm&role=Buyer")
    assert "Acme" in choice and "A new company called “acm”" in choice
    ines.post(f"{person(awa.owner)}/companies", {"company": company(number).public_id, "role": "Buyer", "name": "acm"})
    assert members(number) == [awa.owner]
    shown = page(ines, person(awa.owner))
    assert of(number) in shown and "· Buyer" in shown
    assert "Buyer" in page(ines, of(number))
    ines.post(f"{person(awa.owner)}/companies/{company(number).public_id}", {"answer": "left"})
    assert members(number) == []
    assert "until" in page(ines, person(awa.owner))
    ines.post(f"{person(awa.owner)}/companies", {"company": "", "name": "New one"})
    assert queries.find("new one") and members(queries.find("new one")[0].id) == [awa.owner]
    assert ines.post(f"{person(awa.owner)}/companies", {"company": "", "name": ""}).status_code == 422


def test_who_may_belong_is_suggested_on_both_pages_and_a_no_is_remembered(ines):
    awa, ben = (somebody(f"user:{name}", email=f"{name}@acme.example.com") for name in ("awa", "ben"))
    number = told("acme", name="Acme", domain="acme.example.com")
    assert "Perhaps also" in page(ines, of(number)) and "awa@acme.example.com" in page(ines, of(number))
    assert "@acme.example.com" in page(ines, person(awa.owner))
    public = company(number).public_id
    answer = ines.post(f"{person(awa.owner)}/companies/{public}", {"answer": "belongs", "from": "company"})
    assert answer["Location"] == of(number) and members(number) == [awa.owner]
    ines.post(f"{person(ben.owner)}/companies/{public}", {"answer": "not"})
    assert members(number) == [awa.owner] and "Perhaps also" not in page(ines, of(number))
    assert ines.post(f"{person(ben.owner)}/companies/{public}", {"answer": "x"}).status_code == 404


def test_two_companies_become_one_and_come_apart(ines):
    one, two = told("a", name="One", domain="x.example.com"), told("b", name="Two", domain="x.example.com")
    assert "Perhaps the same company" in page(ines, of(one))
    answer = ines.post(f"{of(two)}/links", {"company": f"http://127.0.0.1{of(one)}/"})
    assert answer["Location"] == of(one)
    assert queries.resolve(company(two).public_id).id == one
    shown = page(ines, of(one))
    assert "joined by" in shown and "Inès" in shown
    link = queries.links(one)[0].public_id
    assert ines.post(f"{of(one)}/links/{link}/removal")["Location"] == of(one)
    assert queries.resolve(company(two).public_id).id == two
    assert "Perhaps the same company" not in page(ines, of(one)), "somebody said that they are two"
    assert "There is no such company" in ines.post(f"{of(one)}/links", {"company": "x"}).content.decode()
    assert ines.post(f"{of(one)}/links", {"company": company(one).public_id}).status_code == 422
    assert ines.post(f"{of(one)}/links/{link}/removal").status_code == 404


@pytest.mark.parametrize(("role", "seen"), [(Role.AGENT, False), (Role.SUPERVISOR, True)])
def test_words_of_another_teams_conversation_are_hidden(desk, staff, house, team, role, seen):  # noqa: F811
    hidden = house.text("+33199000177", SECRET).conversation
    state.assign_team(hidden, team("Comptabilité"))
    open_ = house.text("+33199000178", "Bonjour de Ben").conversation
    number = actions.begin({"name": "Acme"}, "Inès")
    for talk in (hidden, open_):
        actions.add_member(number, talk.customer_id, "Inès", role="Buyer")
    shown = page(desk(staff("Samir", role)), of(number))
    assert (SECRET in shown) is seen
    assert shown.count("Bonjour de Ben") >= 2, "among the conversations and on the timeline"
    assert f'href="{person(open_.customer_id)}"' in shown
    further = page(desk(staff("Ana", role)), f"{of(number)}/timeline?kind=messages")
    assert (SECRET in further) is seen and "Bonjour de Ben" in further


def test_who_may_only_read_changes_nothing(desk, staff):  # noqa: F811
    awa = somebody("user:1")
    number = told("acme", name="Acme", profile=awa)
    reader = desk(staff("Rose", Role.READ_ONLY))
    shown = page(reader, of(number))
    assert "method=\"post\" action=\"/companies" not in shown and "/edit" not in shown
    for address in ("/companies/new", f"{of(number)}/edit", f"{of(number)}/links", f"{person(awa.owner)}/companies"):
        assert reader.post(address, {"name": "X", "company": company(number).public_id}).status_code == 404
    assert reader.post(f"{person(awa.owner)}/companies/{company(number).public_id}").status_code == 404
