"""The rule of each trait, chosen on a screen or over the API; and what was said of one, with what holds."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import AuditEntry, User
from rondpoint.customers import actions, hearsay, naming, queries, speaking, traits
from rondpoint.customers.models import Customer, RuleChange, TraitName
from rondpoint.customers.types import Evidence, IdentifierIn, Said, TraitRule
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No test sees what this process remembered before it."""
    monkeypatch.setattr(naming, "_seen", set())
    monkeypatch.setattr(hearsay, "_followers", [])
    monkeypatch.setattr(speaking, "FRESH", -1.0)


@pytest.fixture
def api():
    client = Client(headers={"Authorization": f"Bearer {create_api_key('tests')[1]}"})

    def call(method, path, body=None):
        told = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        answer = getattr(client, method)(f"/api/v1{path}", **told)
        return answer.status_code, answer.json()

    return call


@pytest.fixture
def awa():
    """A customer of whom two sources say different names: the proven one the older."""
    proof = IdentifierIn("email", "awa@example.com", Evidence.VERIFIED)
    with write():
        proven = actions.hear([Said("shop", "1", 10, {"name": "Awa Diallo", "city": "Lyon"}, (proof,))])["shop", "1"]
        other = actions.hear([Said("app", "1", 20, {"name": "awa", "city": "Lyon"})])["app", "1"]
    actions.merge(proven.owner, other.owner, "Inès")
    return Customer.objects.get(id=proven.owner)


def test_a_rule_chooses_the_value_and_the_names_in_lists_follow(awa):
    assert (awa.name, queries.golden(awa.id).name) == ("awa", "awa")
    assert traits.rule("name", TraitRule.TRUSTED, "ines@example.com", now=clock.now() - clock.HOUR)
    assert queries.golden(awa.id).name == "Awa Diallo"
    told = []
    actions.on_words(told.extend)
    assert actions.renew() == 1
    awa.refresh_from_db()
    assert awa.name == "Awa Diallo" and awa.id in told
    assert actions.renew() == 0, "once is enough"
    assert not traits.rule("name", TraitRule.TRUSTED, "ines@example.com"), "nothing changed"
    assert traits.rule("name", TraitRule.RECENT, "samir@example.com", now=clock.now() - clock.MINUTE)
    actions.renew()
    awa.refresh_from_db()
    assert awa.name == "awa"
    assert [(row.rule, row.by) for row in traits.changes()] == [
        ("recent", "samir@example.com"),
        ("trusted", "ines@example.com"),
    ]


def test_names_wait_until_every_process_has_seen_the_rule(awa):
    traits.rule("name", TraitRule.TRUSTED, "ines@example.com")
    assert actions.renew() == 0
    assert actions.renew(clock.now() + 3 * clock.SECOND) == 1


def test_each_trait_is_kept_once_and_not_without_end(awa, monkeypatch, django_assert_num_queries):
    assert [row.name for row in traits.every()] == ["city", "name"]
    with django_assert_num_queries(0):
        naming.note(["city", "name"])
    monkeypatch.setattr(naming, "MOST", 2)
    with write():
        naming.note(["flood"])
    assert TraitName.objects.count() == 2


def test_what_was_said_of_a_trait_and_what_holds(api, awa):
    actions.edit(awa.id, {"city": "Paris"}, "Inès", now=30)
    actions.edit(awa.id, {"city": "Nantes"}, "Samir", now=40)
    actions.edit(awa.id, {"city": ""}, "Inès", now=50)
    status, told = api("get", f"/customers/{awa.public_id}/traits/city")
    assert status == 200 and told["rule"] == "recent"
    shown = [(row["value"], row["source"], row["by"], row["holds"], row["replaced"]) for row in told["items"]]
    assert shown == [
        (None, "staff", "Inès", False, False),
        ("Nantes", "staff", "Samir", False, True),
        ("Paris", "staff", "Inès", False, True),
        ("Lyon", "app", "", False, False),
        ("Lyon", "shop", "", False, False),
    ]
    _, told = api("get", f"/customers/{awa.public_id}/traits/name")
    assert [(row["value"], row["holds"]) for row in told["items"]] == [("awa", True), ("Awa Diallo", False)]
    assert api("get", f"/customers/{awa.public_id}/traits/nothing")[0] == 404


def test_over_the_api(api, awa):
    assert api("get", "/traits")[1] == {
        "items": [{"name": "city", "rule": "recent"}, {"name": "name", "rule": "recent"}],
        "next": None,
    }
    status, page = api("get", "/traits?limit=1")
    assert [each["name"] for each in api("get", f"/traits?limit=1&cursor={page['next']}")[1]["items"]] == ["name"]
    assert api("put", "/traits/name", {"rule": "frequent"}) == (200, {"name": "name", "rule": "frequent"})
    assert api("get", "/traits")[1]["items"][1]["rule"] == "frequent"
    assert AuditEntry.objects.filter(action="trait.ruled", target="name").count() == 1
    assert api("put", "/traits/nothing", {"rule": "recent"})[0] == 404
    assert api("put", "/traits/name", {"rule": "best"})[0] == 422
    assert api("put", "/traits/name", {})[0] == 422


def test_on_the_screen(awa):
    client = Client()
    with write():
        user = User.objects.create(email="admin@example.com", name="A", role="administrator", language="en")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "Rule of city" in client.get("/traits").content.decode()
    client.post("/traits", {"trait": "city", "rule": "frequent"})
    page = client.get("/traits").content.decode()
    assert '<option value="frequent" selected>' in page and "admin@example.com" in page
    for wrong in ({"trait": "city", "rule": "best"}, {"trait": "nothing", "rule": "recent"}, {}):
        answer = client.post("/traits", wrong)
        assert answer.status_code == 422 and "There is no such trait or rule" in answer.content.decode()
    assert RuleChange.objects.count() == 1
