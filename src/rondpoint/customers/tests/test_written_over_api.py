"""What is known of a customer, changed over the API as by hand: shown, kept with who wrote it, and checked."""

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import AuditEntry
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Customer
from rondpoint.customers.types import STAFF
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def awa():
    profile, _ = actions.make_profile("shop", "1", 10, {"name": {"value": "awa d", "at": 10}})
    actions.identify(profile.id, [], 20, {"city": "Lyon", "company": "Atelier Nord"})
    return Customer.objects.get(id=profile.owner)


@pytest.fixture
def change(awa):
    client = Client(headers={"Authorization": f"Bearer {create_api_key('crm')[1]}"})

    def send(body, public_id=None):
        url = f"/api/v1/customers/{public_id or awa.public_id}"
        return client.patch(url, body, content_type="application/json")

    return send


def test_what_a_program_writes_is_shown_and_nothing_is_lost(change, awa):
    actions.edit(awa.id, {"city": "Paris"}, "Inès", 30)
    body = {"name": " Awa Diallo ", "language": "fr", "traits": {"city": "Nantes", "company": None, "visits": 3}}
    answer = change(body)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["language"]) == ("Awa Diallo", "fr")
    assert shown["traits"] == {"name": "Awa Diallo", "language": "fr", "city": "Nantes", "visits": 3}
    assert shown["trait_sources"]["city"]["source"] == STAFF
    words = [(row.value, row.by, row.holds, row.over) for row in queries.heard(awa.id, "city")]
    assert words == [
        ("Nantes", "API key crm", True, False), ("Paris", "Inès", False, True), ("Lyon", "", False, False),
    ]  # fmt: skip
    [entry] = AuditEntry.objects.filter(action="customer.edited")
    assert (entry.actor, entry.target) == ("API key crm", str(awa.public_id))
    assert change(body).json() == shown
    assert AuditEntry.objects.filter(action="customer.edited").count() == 1, "what stands there already is no change"


def test_what_was_emptied_comes_back_when_it_is_said_anew(change, awa):
    assert "city" not in change({"traits": {"city": ""}}).json()["traits"]
    assert queries.heard(awa.id, "city")[0].why == "emptied by hand: what was said before does not hold"
    with write():
        actions.identify(awa.id, [], 2**52, {"city": "Lille"})
    assert change({}).json()["traits"]["city"] == "Lille"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x" * 201}, "name"),
        ({"language": "français"}, "language"),
        ({"language": "F"}, "language"),
        ({"traits": {"city": "x" * 501}}, "traits.city"),
        ({"traits": {"x" * 65: "a"}}, "traits." + "x" * 65),
        ({"traits": {"name": "Awa"}}, "traits.name"),
        ({"traits": {"email": "awa@example.com"}}, "traits.email"),
        ({"traits": {"size": [1]}}, "traits.size"),
        ({"traits": {"size": 10**30}}, "traits.size"),
        ({"traits": {f"t{number}": 1 for number in range(99)}}, "traits.t98"),
        ({"nmae": "Awa"}, "nmae"),
    ],
)
def test_what_may_not_be_written_is_refused_naming_the_field(change, awa, body, field):
    answer = change(body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert queries.golden(awa.id).traits["city"].value == "Lyon"


def test_a_customer_nobody_knows_is_404(change, awa):
    assert change({"name": "A"}, "00000000-0000-4000-8000-000000000000").status_code == 404
