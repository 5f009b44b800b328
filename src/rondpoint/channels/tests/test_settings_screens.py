"""The screens of connections and quarantine: filling in, checking, pausing, and putting deliveries back to work."""

import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_user
from rondpoint.accounts.models import AuditEntry
from rondpoint.accounts.types import Role
from rondpoint.channels import actions, trying, views
from rondpoint.channels.models import Connection, Delivery
from rondpoint.channels.sms.channel import SmsChannel
from rondpoint.lib import signing
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TWILIO = {"provider": "twilio", "number": "+33199001000", "auth_token": "word-of-the-provider", "account_sid": "AC1"}


@pytest.fixture
def desk(brand):
    user = create_user("ada@example.com", "Ada", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    client = Client()
    with write():
        client.force_login(user)
    return client


@pytest.fixture
def number(brand):
    return actions.add_connection("sms", "Our number", TWILIO, brand)


def delivery(connection, name, body=b"", **values):
    with write():
        return Delivery.objects.create(
            connection=connection, external_id=name, body=body, received=1, state="quarantined", attempts=5, **values
        )


def opened(row, settings):
    return signing.unseal(settings.SECRET_KEY, Connection.objects.get(id=row.id).secrets)


def test_all_accounts_are_listed(desk, number):
    page = desk.get("/connections").content.decode()
    assert f"/connections/{number.public_id}" in page
    assert TWILIO["auth_token"] not in page


def test_an_account_is_added_from_its_form_and_noted(desk, settings):
    assert desk.get("/connections/new/sms").status_code == 200
    answer = desk.post("/connections/new/sms", {**TWILIO, "name": "  "})
    row = Connection.objects.get()
    assert answer["Location"] == f"/connections/{row.public_id}"
    assert row.name == "SMS"  # without a name, the channel's own
    assert opened(row, settings) == {"auth_token": TWILIO["auth_token"]}
    assert AuditEntry.objects.get(action="connection.change").target == str(row.public_id)


def test_a_form_with_a_mistake_keeps_what_was_typed_and_stores_nothing(desk):
    answer = desk.post("/connections/new/sms", {"provider": "twilio", "name": "Shop line", "number": "", "host": "h.1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Shop line" in page
    assert "h.1" in page
    assert not Connection.objects.exists()
    assert not AuditEntry.objects.filter(action="connection.change").exists()


def test_a_secret_is_never_shown_and_an_empty_one_keeps_its_value(desk, number, settings):
    here = f"/connections/{number.public_id}"
    assert TWILIO["auth_token"] not in desk.get(here).content.decode()
    assert desk.post(here, {**TWILIO, "auth_token": "", "name": "Renamed"})["Location"] == here
    assert Connection.objects.get().name == "Renamed"
    assert opened(number, settings) == {"auth_token": TWILIO["auth_token"]}


def test_what_there_is_not_is_not_found(desk, number):
    for path in (
        "connections/new/pigeon",
        "connections/x",
        f"connections/{uuid.uuid4()}",
        f"quarantine/{uuid.uuid4()}",
    ):
        assert desk.get(f"/{path}").status_code == 404
    assert desk.get("/quarantine/x").status_code == 404


def test_an_account_is_paused_and_taken_up_again(desk, number):
    for active in (False, True):
        desk.post(f"/connections/{number.public_id}/activity")
        assert Connection.objects.get().active is active
    noted = AuditEntry.objects.filter(action="connection.activity").order_by("id")
    assert [row.detail for row in noted] == [{"active": False}, {"active": True}]


@pytest.mark.parametrize("problem", ["", "Twilio refuses the account."])
def test_checking_says_that_it_works_or_what_to_mend(desk, number, problem, monkeypatch):
    async def check(self, connection, http):
        assert connection.get("auth_token") == TWILIO["auth_token"]
        return problem

    monkeypatch.setattr(SmsChannel, "check", check)
    page = desk.post(f"/connections/{number.public_id}/check").content.decode()
    assert Connection.objects.get().problem == problem
    assert (problem in page) and ("callout bad" in page) if problem else "callout ok" in page


def test_checking_gives_up_where_nobody_answers(desk, number, monkeypatch):
    async def check(self, connection, http):
        raise TimeoutError

    monkeypatch.setattr(SmsChannel, "check", check)
    page = desk.post(f"/connections/{number.public_id}/check").content.decode()
    assert str(trying.SECONDS) in Connection.objects.get().problem
    assert "callout bad" in page


def test_the_quarantine_shows_the_first_line_of_each_error_in_pages(desk, number):
    rows = [delivery(number, str(count), error=f"Broken {count}\nat a secret place") for count in range(2)]
    page = desk.get("/quarantine").content.decode()
    assert page.index("Broken 1") < page.index("Broken 0")
    assert "secret place" not in page
    older = desk.get(f"/quarantine?before={rows[1].id}").content.decode()
    assert "Broken 0" in older
    assert "Broken 1" not in older
    assert "Broken 1" in desk.get("/quarantine?before=x").content.decode()


def test_a_delivery_is_shown_as_it_came_up_to_a_limit(desk, number):
    short = delivery(number, "short", b"caf\xe9 <b>", error="Broken")
    long = delivery(number, "long", b"x" * (views.RAW_SHOWN + 1))
    page = desk.get(f"/quarantine/{short.public_id}").content.decode()
    assert "caf\ufffd &lt;b&gt;</pre>" in page
    assert "Broken" in page
    page = desk.get(f"/quarantine/{long.public_id}").content.decode()
    assert "x" * views.RAW_SHOWN + "…</pre>" in page
    assert "x" * (views.RAW_SHOWN + 1) not in page


def test_one_delivery_or_all_are_put_back_to_work_and_it_is_noted(desk, number):
    rows = [delivery(number, str(count)) for count in range(3)]
    assert desk.post(f"/quarantine/{rows[0].public_id}")["Location"] == "/quarantine"
    assert dict(Delivery.objects.values_list("external_id", "state")) == {
        "0": "new", "1": "quarantined", "2": "quarantined",
    }  # fmt: skip
    desk.post("/quarantine/all")
    assert set(Delivery.objects.values_list("state", "attempts")) == {("new", 0)}
    noted = AuditEntry.objects.filter(action="delivery.replay").order_by("id")
    assert [row.target for row in noted] == [str(rows[0].public_id), "the whole quarantine"]


def test_the_word_all_shows_no_delivery(desk, number):
    delivery(number, "1")
    assert desk.get("/quarantine/all").status_code == 404
    assert Delivery.objects.get().state == "quarantined"
