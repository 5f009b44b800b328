"""What is held is deleted by no rule and no erasure until the hold is lifted; the preview says how much it is."""

from argparse import Namespace
from datetime import date, timedelta

import msgspec
import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Connection, Delivery
from rondpoint.consent import queries as consent
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.models import Event, EventType
from rondpoint.events.types import Fact
from rondpoint.hub import commands
from rondpoint.hub.models import Erasure, HeldProfile, Hold
from rondpoint.hub.rights import actions, held, holds, own, queries, requests, retention, working
from rondpoint.hub.rights.tests.test_requests import signed_in
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Member, Segment
from rondpoint.sending.models import Decision, Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]
OLD = clock.now() - 1200 * clock.DAY
THAT_DAY = clock.to_datetime(OLD).date()
WHY = ("a lawsuit about deliveries", "RG 26/0199", "ada@example.com")
PLACE = "/api/v1/rights/holds"
ROWS = {
    "deliveries": lambda: Delivery.objects.exclude(body=b"").count(),
    "conversations": lambda: Conversation.objects.count(),
    "dispatches": lambda: Dispatch.objects.count(),
    "decisions": lambda: Decision.objects.count(),
    "audit": lambda: AuditEntry.objects.filter(action="customer.seen").count(),
    "events": lambda: Event.objects.filter(type="Order Completed").count(),
    "events:Order Completed": lambda: Event.objects.filter(type="Order Completed").count(),
}


def somebody(name, mailbox, at=OLD):
    """A customer of whom everything is old."""
    who = (IdentifierIn("email", f"{name}@example.com", Evidence.SIGNED),)
    said = Said("track:1", f"user:{name}", at, {"name": name.title()}, who)
    profile = customers.hear([said])["track:1", f"user:{name}"]
    Customer.objects.filter(id=profile.owner).update(last_seen=at, created=at)
    came = Delivery.objects.create(connection=mailbox, external_id=name, received=at, body=b"raw", state="done")
    talk = Conversation.objects.create(
        profile_id=profile.id, customer_id=profile.owner, state="closed", created=at, closed=at
    )
    Message.objects.create(
        conversation=talk, origin_conversation_id=talk.id, profile_id=profile.id, direction="in", channel="email",
        address_kind="email", address="a", author_kind="customer", at=at, source_key=name, text="hi",
        delivery_id=came.id,
    )  # fmt: skip
    sent = {"channel": "email", "profile_id": profile.id, "address_kind": "email", "address": "a", "purpose": "service"}
    content = msgspec.msgpack.encode(MessageOut(id=name, to=Address("email", "a"), text="hi"))
    Dispatch.objects.create(
        connection=mailbox, content=content, idempotency_key=name, created=at, state="sent", **sent
    )  # fmt: skip
    Decision.objects.create(at=at, verdict="send", idempotency_key=name, **sent)
    events.record([Fact(profile.id, "Order Completed", at, "track:1", f"o{name}", "web")])
    person = Customer.objects.get(id=profile.owner)
    accounts.audit("ada@example.com", "customer.seen", f"customer:{person.public_id}")
    AuditEntry.objects.filter(target__endswith=str(person.public_id)).update(at=at)
    return person


@pytest.fixture
def mailbox(brand):
    with write():
        return Connection.objects.create(kind="email", name="Mail", brand=brand, settings={})


@pytest.fixture
def two(mailbox, monkeypatch):
    """Awa and Luc, not heard of for three years."""
    monkeypatch.setattr(working, "SETTLED", 0)
    with write():
        found = somebody("awa", mailbox), somebody("luc", mailbox)
        EventType.objects.create(name="Order Completed", first_at=OLD, last_at=OLD)
    return found


@pytest.fixture
def api(brand):
    _, text = accounts.create_api_key("test")
    return Client(headers={"Authorization": f"Bearer {text}"})


def shut(name):
    """Why nothing is sent to somebody."""
    return consent.suppressions([("email", f"{name}@example.com")])


def remove(kind, days=400):
    retention.change(kind, days, True, "ada@example.com")
    return retention.work_off()


@pytest.mark.parametrize("kind", ROWS)
def test_of_one_customer_nothing_goes_until_it_is_lifted(two, kind):
    row = holds.on_customer(two[0], *WHY)
    found = retention.preview(kind, 400)
    assert (found.count, found.kept, found.by_hold) == (1, 1, [(row, 1)])
    assert remove(kind) == 1
    assert ROWS[kind]() == 1
    assert retention.work_off() == 0
    holds.lift(row, "it was settled", "ada@example.com")
    assert retention.preview(kind, 400).kept == 0
    with write():
        retention.RetentionRule.objects.update(ran=None)
    assert retention.work_off() == 1
    assert ROWS[kind]() == 0


@pytest.mark.parametrize("kind", ROWS)
def test_a_kind_of_data_stays_for_the_days_that_were_said(two, mailbox, kind):
    later = OLD + 10 * clock.DAY
    with write():
        somebody("nour", mailbox, later)
    holds.on_kind(kind, THAT_DAY - timedelta(days=1), THAT_DAY + timedelta(days=1), *WHY)
    assert retention.preview(kind, 400).kept == 2
    assert remove(kind) == 1
    assert ROWS[kind]() == 2


@pytest.mark.parametrize("kind", ["deliveries", "conversations", "dispatches", "decisions", "events", "customers"])
def test_nobody_with_such_a_row_is_forgotten_by_a_rule(two, mailbox, kind):
    with write():
        somebody("nour", mailbox, OLD + 10 * clock.DAY)
    row = holds.on_kind(kind, THAT_DAY - timedelta(days=1), THAT_DAY + timedelta(days=1), *WHY)
    found = retention.preview("customers", 1095)
    assert (found.count, found.kept, [each.name for each in found.examples]) == (1, 2, ["Nour"])
    assert remove("customers", 1095) == 1
    assert set(Customer.objects.values_list("name", flat=True)) == {"Awa", "Luc"}
    assert held.over([two[0].id]) == [row]


@pytest.mark.parametrize("about", ["customer", "visitors", "customers", "events"])
def test_visitors_stay_too(two, about):
    who = (IdentifierIn("anonymous", "a1", Evidence.CLAIMED),)
    with write():
        visitor = customers.hear([Said("track:1", "anon:1", OLD, {}, who)])["track:1", "anon:1"]
        Customer.objects.filter(id=visitor.owner).update(last_seen=OLD, created=OLD)
        events.record([Fact(visitor.id, "Page Viewed", OLD, "track:1", "p", "web")])
    if about == "customer":
        holds.on_customer(Customer.objects.get(id=visitor.owner), *WHY)
    else:
        holds.on_kind(about, THAT_DAY - timedelta(1), THAT_DAY + timedelta(1), *WHY)
    kept = about != "customers"
    assert retention.preview("visitors", 400).kept == kept
    assert remove("visitors") == (not kept)


def test_a_type_of_events_is_held_by_itself_and_from_the_rule_of_all(two):
    with write():
        events.record([Fact(two[0].id, "Page Viewed", OLD, "track:1", "p", "web")])
    holds.on_kind("events:Order Completed", THAT_DAY - timedelta(1), THAT_DAY + timedelta(1), *WHY)
    found = retention.preview("events", 400)
    assert (found.count, found.kept) == (1, 2)
    assert remove("events") == 1
    assert not Event.objects.filter(type="Page Viewed").exists()


def test_who_was_in_a_segment_stays_also_when_she_leaves_it(two):
    with write():
        segment = Segment.objects.create(name="Late parcels", definition={})
        Member.objects.create(segment=segment, customer_id=two[0].id, since=OLD)
    row = holds.on_segment(segment, *WHY)
    with write():
        Member.objects.all().delete()
    assert remove("conversations") == 1
    assert Conversation.objects.get().customer_id == two[0].id
    with write():
        Member.objects.create(segment=segment, customer_id=two[1].id, since=OLD)
    assert held.over([two[1].id]) == [row]
    assert holds.mind() == 0
    with write():
        Member.objects.all().delete()
    assert held.over([two[1].id]) == [row]
    assert remove("audit") == 0, "the log does not say which entries are about whom"


def test_who_wrote_in_a_conversation_that_is_held_is_forgotten_by_no_rule(two, mailbox):
    awa, luc = two
    holds.on_customer(awa, *WHY)
    assert retention.preview("customers", 1095).kept == 1
    with write():
        talk = Conversation.objects.get(customer_id=awa.id)
        Message.objects.create(
            conversation=talk, origin_conversation_id=talk.id, profile_id=luc.id, direction="in", channel="email",
            address_kind="email", address="l", author_kind="participant", at=OLD, source_key="reply", text="me too",
        )  # fmt: skip
    assert retention.preview("customers", 1095).kept == 2
    assert remove("customers", 1095) == 0
    assert held.over([luc.id]) == [], "whoever asks for it herself takes her words along"


def test_a_hold_follows_people_who_are_joined_and_parted(two):
    awa, luc = two
    holds.on_customer(luc, *WHY)
    with write():
        Profile.objects.filter(id=luc.id).update(customer=awa)
        Customer.objects.filter(id=luc.id).update(merged_into=awa)
    assert len(held.over([awa.id])) == 1
    with write():
        Profile.objects.filter(id=luc.id).update(customer=luc)
        Customer.objects.filter(id=luc.id).update(merged_into=None)
    assert (len(held.over([awa.id])), len(held.over([luc.id]))) == (0, 1)


def test_what_comes_to_be_held_at_the_last_moment_stays(two, monkeypatch):
    """It was chosen, and then somebody set a hold."""
    asked_for = retention._still

    def late(*args):
        holds.on_customer(two[0], *WHY)
        holds.on_customer(two[1], *WHY)
        return asked_for(*args)

    monkeypatch.setattr(retention, "_still", late)
    assert remove("conversations") == 0
    assert Conversation.objects.count() == 2


def test_it_ends_by_itself(two):
    with pytest.raises(Invalid):
        holds.on_customer(two[0], *WHY, ends=date(2020, 1, 1))
    row = holds.on_customer(two[0], *WHY, ends=clock.to_datetime(clock.now()).date() + timedelta(days=2))
    assert held.live() == [row]
    assert held.live(row.ends) == [] and not row.is_live(row.ends)


def test_whoever_asks_to_be_forgotten_waits_and_then_is(two):
    awa = two[0]
    row = holds.on_customer(awa, *WHY)
    asked = requests.ask("erasure", awa, own.HERSELF, own.HERSELF, "own_page", "code")
    with pytest.raises(Invalid) as refused:
        actions.erase(awa, "ada@example.com")
    assert refused.value.field == "override" and "RG 26/0199" in str(refused.value)
    requests.wait(asked, "ada@example.com")
    assert asked.state == "held" and asked in queries.waiting()
    assert shut("awa") and not shut("luc"), "nothing is sent to her meanwhile"
    [line] = own.lines(awa.id)
    assert "17(3)(e)" in line.state and "RG 26/0199" not in line.state and "lawsuit" not in line.state
    own.ask(awa.id, "erasure")
    assert len(queries.of_customer(awa.id)) == 1
    assert holds.release() == 0 and not Erasure.objects.exists()
    holds.lift(row, "it was settled", "ada@example.com")
    erasure = working.whole(Erasure.objects.get(), "test")
    asked.refresh_from_db()
    assert (asked.state, asked.erasure) == ("done", erasure)
    told = queries.receipt(erasure)
    assert told["held_since"] == clock.iso(asked.held) and "lawsuit" not in str(told)
    assert not shut("awa") and told["kept"]["suppressed_addresses"] == 0
    assert set(Customer.objects.values_list("name", flat=True)) == {"Luc"}
    row.refresh_from_db()
    assert (row.reason, row.reference) == ("erased", "") and not HeldProfile.objects.exists()


def test_a_request_that_waits_can_be_proved_and_refused_but_not_put_off_twice(two):
    holds.on_customer(two[0], *WHY)
    asked = requests.ask("erasure", two[0], "colleague", "ada@example.com", "phone")
    requests.wait(asked, "ada@example.com")
    with pytest.raises(Invalid):
        requests.wait(asked, "ada@example.com")
    requests.prove(asked, "showed her card", "ada@example.com")
    assert shut("awa")
    requests.refuse(asked, "it was somebody else", "ada@example.com")
    assert not shut("awa")
    assert asked.state == "refused" and holds.release() == 0


def test_two_holds_are_both_waited_for(two):
    awa = two[0]
    first, second = holds.on_customer(awa, *WHY), holds.on_customer(awa, *WHY)
    requests.wait(requests.ask("erasure", awa, "colleague", "ada@example.com"), "ada@example.com")
    holds.lift(first, "it was settled", "ada@example.com")
    assert not Erasure.objects.exists()
    with write():
        Hold.objects.filter(id=second.pk).update(ends=clock.now())
    assert holds.mind() == 1
    assert Erasure.objects.get().kept["held"]


def test_only_an_erasure_waits_and_only_for_a_hold(two):
    for kind in ("erasure", "objection"):
        with pytest.raises(Invalid):
            requests.wait(requests.ask(kind, two[0], "colleague", "ada@example.com"), "ada@example.com")


def test_it_is_overridden_with_a_word_that_is_kept(two):
    row = holds.on_customer(two[0], *WHY)
    with pytest.raises(Invalid):
        actions.erase(two[0], "ada@example.com", override="no")
    working.whole(actions.erase(two[0], "ada@example.com", override="the court said so"), "test")
    entry = AuditEntry.objects.get(action="hold.overridden")
    assert entry.detail == {"holds": [str(row.public_id)], "why": "the court said so"}
    row.refresh_from_db()
    assert row.lifted and not held.live()


def test_on_the_command_line_too(two, capsys):
    holds.on_customer(two[0], *WHY)
    said = {"what": "customer", "id": str(two[0].public_id), "reason": "asked"}
    with pytest.raises(SystemExit, match="RG 26/0199"):
        commands._erase(Namespace(**said, override=""))
    assert not Erasure.objects.exists()
    commands._erase(Namespace(**said, override="the court said so"))
    assert '"state": "done"' in capsys.readouterr().out


def test_bad_holds_say_what_is_wrong(two):
    for wrong in (
        lambda: holds.on_customer(two[0], "no", "", "ada@example.com"),
        lambda: holds.on_kind("planets", THAT_DAY, THAT_DAY, *WHY),
        lambda: holds.on_kind("events", None, THAT_DAY, *WHY),
        lambda: holds.on_kind("events", THAT_DAY, THAT_DAY - timedelta(1), *WHY),
        lambda: holds.day("31/12/2026", "first"),
        lambda: holds.day("0001-01-01", "first"),
    ):
        with pytest.raises(Invalid):
            wrong()
    row = holds.on_customer(two[0], *WHY)
    with pytest.raises(Invalid):
        holds.lift(row, " ", "ada@example.com")
    holds.lift(row, "it was settled", "ada@example.com")
    with pytest.raises(Invalid):
        holds.lift(row, "once more", "ada@example.com")


def test_by_the_api(two, api):
    awa, luc = two

    def post(place, said):
        return api.post(place, said, content_type="application/json")

    said = {"customer": str(awa.public_id), "reason": WHY[0], "reference": WHY[1]}
    made = post(PLACE, said)
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "live" and made.json()["by"] == "API key test"
    for wrong in (
        {**said, "kind": "events"}, {**said, "customer": "nobody"}, {**said, "reason": "no"}, {**said, "ends": "x"},
        {"reason": WHY[0]}, {"reason": WHY[0], "kind": "events", "first": "2026-02-01"},
        {"reason": WHY[0], "segment": "x"},
    ):  # fmt: skip
        assert post(PLACE, wrong).status_code == 422, wrong
    place = f"/api/v1/customers/{awa.public_id}/erasure"
    refused = post(place, {"reason": "asked"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "override"
    found = api.get("/api/v1/rights/retention/preview?kind=customers&days=1095").json()
    assert (found["now"], found["held"]) == (1, 1)
    assert found["holds"] == [{"hold": made.json()["id"], "rows": 1}]
    assert [row["id"] for row in api.get(PLACE).json()["items"]] == [made.json()["id"]]
    lifting = f"{PLACE}/{made.json()['id']}/lifting"
    assert post(lifting, {"why": ""}).status_code == 422
    assert post(lifting, {"why": "it was settled"}).json()["state"] == "ended"
    assert post(f"{PLACE}/nothing/lifting", {"why": "it was settled"}).status_code == 404
    assert post(place, {"reason": "asked"}).status_code == 202
    again = {"kind": "events", "first": "2022-01-01", "last": "2026-01-01", "reason": WHY[0]}
    assert post(PLACE, again).status_code == 201
    place = f"/api/v1/customers/{luc.public_id}/erasure"
    assert post(place, {"reason": "asked"}).status_code == 422
    assert post(place, {"reason": "asked", "override": "the court said so"}).status_code == 202


def test_on_the_screen(two):
    awa = two[0]
    desk = signed_in("administrator")
    said = {"about": "customer", "customer": "awa@example.com", "reason": WHY[0], "reference": WHY[1]}
    for wrong in (
        {"customer": "nobody at all"}, {"reason": "no"}, {"ends": "2020-01-01"}, {"ends": "x"},
        {"about": "segment", "segment": "x"}, {"about": "kind", "kind": "events", "first": "2026-02-01"},
    ):  # fmt: skip
        assert desk.post("/rights/holds", {**said, **wrong}).status_code == 422, wrong
    assert desk.post("/rights/holds", said).status_code == 302
    row = Hold.objects.get()
    page = desk.get("/rights/holds").content.decode()
    assert "Awa" in page and WHY[0] in page and "eve@example.com" in page
    tried = desk.post("/rights/retention", {"kind": "conversations", "days": "400", "do": "try"}).content.decode()
    assert "1 held back" in tried and WHY[0] in tried
    asked = requests.ask("erasure", awa, "colleague", "ada@example.com")
    place = f"/customers/{awa.public_id}/erasure"
    page = desk.get(place).content.decode()
    assert WHY[0] in page and "Let her request wait" in page
    assert desk.post(place, {"name": "Awa", "reason": "asked"}).status_code == 422
    assert not Erasure.objects.exists()
    answered = desk.post(f"/rights/requests/{asked.public_id}/answer", {"do": "wait"})
    assert answered.status_code == 302
    page = desk.get(f"/rights/requests/{asked.public_id}").content.decode()
    assert "waits for a hold" in page and "17(3)(e)" in page
    assert "waits for a hold" in desk.get("/rights").content.decode()
    assert desk.post(f"/rights/holds/{row.public_id}/lifting", {"why": ""}).status_code == 422
    assert desk.post(f"/rights/holds/{row.public_id}/lifting", {"why": "it was settled"}).status_code == 302
    erasure = Erasure.objects.get()
    assert "Waited since" in desk.get(f"/rights/erasures/{erasure.public_id}").content.decode()
    assert signed_in("agent", "ann@example.com").get("/rights/holds").status_code == 404
    assert AuditEntry.objects.filter(action__in=("hold.set", "hold.lifted")).count() == 2
