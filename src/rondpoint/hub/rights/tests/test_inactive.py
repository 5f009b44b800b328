"""People not heard of for long: who is one, who is not, and that they are forgotten as by hand, with a receipt each."""

import pytest
from django.test import Client
from msgspec.structs import replace

from rondpoint.accounts import actions as accounts
from rondpoint.channels.models import Connection
from rondpoint.consent.models import ConsentEntry
from rondpoint.conversations.models import ChatSession, Commitment, Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.hub.models import Erasure, Forgotten, RetentionRule
from rondpoint.hub.rights import inactive, ledger, requests, retention, working
from rondpoint.hub.rights.tests.test_requests import signed_in
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]
NOW = clock.now()
LONG_AGO, LATELY = NOW - 1200 * clock.DAY, NOW - 100 * clock.DAY
PLACE = "/api/v1/rights/retention"


def hear(name, at=LONG_AGO, kind="email"):
    value = f"{name}@example.com" if kind == "email" else name
    said = Said("track:1", f"user:{name}", at, {"name": name}, (IdentifierIn(kind, value, Evidence.SIGNED),))
    with write():
        return customers.hear([said])["track:1", f"user:{name}"]


@pytest.fixture
def awa(brand):
    """Not heard of for more than three years."""
    return hear("Awa")


def names(days=1095):
    return set(inactive.inactive(NOW - days * clock.DAY).values_list("name", flat=True))


def fact(profile, type_, at=LATELY):
    events.record([Fact(profile.id, type_, at, "track:1", f"{type_}:{at}", "web")])


def talk(profile, **said):
    return Conversation.objects.create(profile_id=profile.id, customer_id=profile.owner, **said)


def message(profile, direction):
    home = talk(profile, state="closed", closed=LONG_AGO)
    Message.objects.create(
        conversation=home, origin_conversation_id=home.id, profile_id=profile.id, direction=direction, channel="email",
        address_kind="email", address="awa@example.com", author_kind="customer", at=LATELY, source_key="m", text="hi",
    )  # fmt: skip


def connection():
    return Connection.objects.create(kind="email", name="Mail", settings={})


def word(profile):
    ConsentEntry.objects.create(profile_id=profile.id, action="withdrawn", source="w", at=LATELY)


def visit(profile):
    ChatSession.objects.create(token_digest="t", connection=connection(), profile_id=profile.id, last_seen=LATELY)


def promise(profile):
    home = talk(profile, state="closed", closed=LONG_AGO)
    Commitment.objects.create(conversation=home, profile_id=profile.id, text="call", due=LATELY)


def leaving(profile):
    Dispatch.objects.create(
        connection=connection(), channel="email", profile_id=profile.id, address_kind="email", address="a",
        purpose="service", content=b"", idempotency_key="k",
    )  # fmt: skip


def asked(profile):
    requests.ask("rectification", Customer.objects.get(id=profile.owner), "key", "test", "letter", "card")


KEPT = {
    "an order": lambda row: fact(row, "Order Completed"),
    "an order brought in": lambda row: fact(row, "order.completed"),
    "a link followed": lambda row: fact(row, "message.clicked"),
    "a message of hers": lambda row: message(row, "in"),
    "a word about consent": word,
    "a visit to the chat": visit,
    "an open conversation": lambda row: talk(row, state="waiting"),
    "a promise": promise,
    "something on its way": leaving,
    "a request": asked,
    "news of a source": lambda _row: hear("Awa", LATELY),
}
NOT_HERS = {
    "a message to her": lambda row: message(row, "out"),
    "facts of the house": lambda row: [fact(row, name) for name in ("message.sent", "customer.linked")],
    "an opened mail": lambda row: fact(row, "message.opened"),
    "a closed conversation": lambda row: talk(row, state="closed", closed=LATELY),
    "an old order": lambda row: fact(row, "Order Completed", LONG_AGO),
}


@pytest.mark.parametrize("what", KEPT)
def test_who_did_something_is_kept(awa, what):
    assert names() == {"Awa"}
    with write():
        KEPT[what](awa)
    assert names() == set()


@pytest.mark.parametrize("what", NOT_HERS)
def test_what_others_did_keeps_nobody(awa, what):
    with write():
        NOT_HERS[what](awa)
    assert names() == {"Awa"}


def test_what_any_of_her_profiles_did_counts(awa):
    other = hear("Other")
    with write():
        fact(other, "Order Completed")
        Profile.objects.filter(id=other.id).update(customer=awa.owner)
        Customer.objects.filter(id=other.owner).update(merged_into=awa.owner)
    assert names() == set()


def test_visitors_and_those_seen_lately_are_no_such_people(awa):
    hear("device", kind="anonymous")
    hear("Luc", LATELY)
    assert names() == {"Awa"}


def test_they_are_forgotten_as_by_hand(awa, monkeypatch):
    monkeypatch.setattr(working, "SETTLED", 0)
    hear("Luc", LATELY)
    public = Customer.objects.get(id=awa.owner).public_id
    found = retention.preview("customers", 1095)
    assert (found.count, found.soon, [row.name for row in found.examples]) == (1, 0, ["Awa"])
    retention.change("customers", 1095, False, "ada@example.com")
    assert retention.work_off() == 0
    retention.change("customers", 1095, True, "ada@example.com")
    assert retention.work_off() == 1
    receipt = Erasure.objects.get()
    assert (receipt.customer, receipt.reason, receipt.by) == (public, "retention", "worker")
    assert Forgotten.objects.count() == receipt.kept["hashes"] > 0
    assert ledger.path().read_text().count("\n") == 1 + Forgotten.objects.count()
    assert set(Customer.objects.filter(merged_into=None).values_list("name", flat=True)) == {"Luc"}
    working.whole(receipt, "test")
    assert receipt.state == "done" and receipt.counts["profiles"] == 1
    assert retention.work_off() == 0
    assert RetentionRule.objects.get().removed == 1


def test_who_writes_at_the_last_moment_is_kept(awa, monkeypatch):
    """She was chosen, and wrote before her turn came."""
    retention.change("customers", 1095, True, "ada@example.com")
    asked_for = inactive.still

    def late(keys, before):
        fact(awa, "Order Completed", NOW)
        return asked_for(keys, before)

    people = retention.KINDS["customers"]
    monkeypatch.setitem(retention.KINDS, "customers", replace(people, still=late))
    assert retention.work_off() == 0
    assert not Erasure.objects.exists() and names() == set()


def test_they_wait_while_others_are_being_forgotten(awa, monkeypatch):
    """Somebody who asks does not stand behind thousands."""
    hear("Luc")
    monkeypatch.setattr(inactive, "UNDER_WAY", 1)
    retention.change("customers", 1095, True, "ada@example.com")
    assert retention.work_off() == 1
    assert retention.work_off() == 0
    assert RetentionRule.objects.get().ran is None
    with write():
        Erasure.objects.update(state="done")
    assert retention.work_off() == 1


def test_nobody_is_inactive_after_a_month(awa):
    for days in (30, 179, 40_000):
        with pytest.raises(Invalid):
            retention.change("customers", days, True, "ada@example.com")
    assert not RetentionRule.objects.exists()


@pytest.fixture
def api(brand):
    _, text = accounts.create_api_key("test")
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_rules_by_the_api(awa, api):
    kinds = {row["kind"]: row for row in api.get(PLACE).json()}
    assert kinds["customers"]["days"] is None and not kinds["customers"]["active"]
    found = api.get(f"{PLACE}/preview?kind=customers&days=1095").json()
    assert (found["now"], found["within_30_days"]) == (1, 0)
    public = str(Customer.objects.get(id=awa.owner).public_id)
    assert found["examples"] == [{"customer": public, "name": "Awa", "last_seen_at": clock.iso(LONG_AGO)}]
    put = {"kind": "customers", "days": 1095, "active": True}
    assert api.put(PLACE, put, content_type="application/json").json()["active"]
    assert {row["kind"]: row["days"] for row in api.get(PLACE).json()}["customers"] == 1095
    for wrong in ({"days": 30}, {"days": 1095, "kind": "planets"}):
        answer = api.put(PLACE, {**put, **wrong}, content_type="application/json")
        assert answer.status_code == 422, answer.content
    assert api.get(f"{PLACE}/preview?kind=customers&days=1").status_code == 422
    assert api.put(PLACE, {**put, "days": None}, content_type="application/json").json()["days"] is None
    assert not RetentionRule.objects.exists()


def test_examples_on_the_screen(awa):
    desk = signed_in("administrator")
    page = desk.post("/rights/retention", {"kind": "customers", "days": "1095", "do": "try"}).content.decode()
    assert "Customers not heard of" in page and "now 1, and 0 more within 30 days" in page
    assert f"/customers/{Customer.objects.get(id=awa.owner).public_id}" in page and ">Awa</a>" in page
    assert ">Awa</a>" not in desk.get("/rights/retention").content.decode()
