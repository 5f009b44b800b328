"""``/api/v1/connections`` and ``/quarantine``."""

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import AuditEntry
from rondpoint.channels import actions
from rondpoint.channels.models import Delivery
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TOKEN = "secret-of-the-provider"


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def number(brand):
    values = {"provider": "twilio", "number": "+33199001000", "auth_token": TOKEN, "account_sid": "AC1"}
    return actions.add_connection("sms", "SMS", values, brand)


def delivery(connection, external_id, state="quarantined"):
    with write():
        return Delivery.objects.create(
            connection=connection,
            external_id=external_id,
            received=1_000_000,
            state=state,
            attempts=5,
            error="Bad\n\nat x",
        )


def test_connections_show_their_address_and_no_secret(api, number):
    actions.set_active(number, False)
    response = api.get("/api/v1/connections")
    row = response.json()["items"][0]
    assert (row["channel"], row["name"], row["active"]) == ("sms", "SMS", False)
    assert row["inbound_url"].endswith(f"/in/sms/{number.public_id}")
    assert row["settings"]["number"] == "+33199001000"
    assert TOKEN not in response.content.decode()


def test_the_quarantine_is_listed_newest_first_in_pages(api, number):
    for name in ("a", "b", "c"):
        delivery(number, name)
    delivery(number, "fine", "done")
    first = api.get("/api/v1/quarantine?limit=2").json()
    second = api.get(f"/api/v1/quarantine?limit=2&cursor={first['next']}").json()
    assert [row["external_id"] for row in first["items"] + second["items"]] == ["c", "b", "a"]
    assert first["items"][0]["error"] == "Bad"


def test_a_replayed_delivery_is_put_back_to_work_and_noted(api, number):
    row = delivery(number, "a")
    response = api.post(f"/api/v1/quarantine/{row.public_id}/replay")
    assert (response.status_code, response.json()["state"]) == (202, "new")
    assert AuditEntry.objects.get().actor == "API key shop"
    assert api.post(f"/api/v1/quarantine/{row.public_id}/replay").status_code == 409


@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000000", "x"])
def test_an_unknown_delivery_is_404(api, id_):
    assert api.post(f"/api/v1/quarantine/{id_}/replay").status_code == 404


@pytest.mark.parametrize("path", ["connections", "quarantine"])
def test_a_bad_page_is_refused(api, path):
    assert api.get(f"/api/v1/{path}?limit=0").status_code == 422
    assert api.get(f"/api/v1/{path}?cursor=x").status_code == 400
