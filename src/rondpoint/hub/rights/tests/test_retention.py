"""How long data is kept: tried before it is said, and nothing else goes."""

import pytest

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry
from rondpoint.channels.models import Connection, Delivery
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.models import Event, EventType
from rondpoint.events.types import Fact
from rondpoint.hub.models import RetentionRule
from rondpoint.hub.rights import retention
from rondpoint.hub.rights.tests.test_requests import signed_in
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]
OLD, NEW = clock.now() - 400 * clock.DAY, clock.now() - clock.DAY


@pytest.fixture
def history(brand):
    """An old and a new one of everything."""
    with write():
        mailbox = Connection.objects.create(kind="email", name="Mail", brand=brand, settings={})
        for at in (OLD, NEW):
            said = customers.hear(
                [
                    Said("track:1", f"anon:{at}", at, {}, (IdentifierIn("anonymous", f"a{at}", Evidence.CLAIMED),)),
                    Said(
                        "track:1", f"user:{at}", at, {}, (IdentifierIn("email", f"p{at}@example.com", Evidence.SIGNED),)
                    ),
                ]
            )
            Customer.objects.filter(profiles__in=said.values()).update(last_seen=at)
            person = said["track:1", f"user:{at}"]
            events.record(
                [
                    Fact(said["track:1", f"anon:{at}"].id, "Page Viewed", at, "track:1", f"v{at}", "web"),
                    Fact(person.id, "Page Viewed", at, "track:1", f"p{at}", "web"),
                    Fact(person.id, "Order Completed", at, "track:1", f"o{at}", "web"),
                ]
            )
            talk = Conversation.objects.create(
                profile_id=person.id, customer_id=person.owner, state="closed", closed=at
            )
            Message.objects.create(
                conversation=talk,
                origin_conversation_id=talk.id,
                profile_id=person.id,
                direction="in",
                channel="email",
                address_kind="email",
                address="p",
                author_kind="customer",
                at=at,
                source_key=f"m{at}",
                text="hello",
            )
            Delivery.objects.create(connection=mailbox, external_id=str(at), received=at, body=b"raw", state="done")
            accounts.audit("ada@example.com", "sign_in", "ada@example.com")
        AuditEntry.objects.filter(id=AuditEntry.objects.earliest("id").id).update(at=OLD)
        for name in ("Page Viewed", "Order Completed"):
            EventType.objects.create(name=name, first_at=OLD, last_at=NEW)


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("deliveries", lambda: Delivery.objects.exclude(body=b"").count()),
        ("conversations", lambda: Message.objects.count()),
        ("visitors", lambda: Customer.objects.filter(profiles__identifiers__kind="anonymous").count()),
        ("events:Order Completed", lambda: Event.objects.filter(type="Order Completed").count()),
    ],
)
def test_what_is_old_goes_and_what_is_new_stays(history, kind, left):
    assert left() == 2
    found = retention.preview(kind, 365)
    assert (found.count, found.soon, found.examples) == (1, 0, [])
    retention.change(kind, 365, False, "ada@example.com")
    assert retention.work_off() == 0
    retention.change(kind, 365, True, "ada@example.com")
    people = Customer.objects.count()
    assert retention.work_off() == 1
    assert left() == 1
    assert Customer.objects.count() == people - (kind == "visitors")
    assert retention.work_off() == 0
    assert RetentionRule.objects.get().removed == 1


def test_with_a_type_of_facts_the_others_stay(history):
    retention.change("events:Order Completed", 365, True, "ada@example.com")
    retention.work_off()
    assert Event.objects.filter(type="Page Viewed").count() == 4
    assert Delivery.objects.count() == 2


def test_a_rule_has_its_bounds(history):
    for kind, days in (("deliveries", 6), ("deliveries", 40_000), ("nothing", 30), ("events:nothing", 30)):
        with pytest.raises(Invalid):
            retention.change(kind, days, True, "ada@example.com")
    assert not RetentionRule.objects.exists()


def test_on_the_screen_it_is_tried_before_it_is_said(history):
    desk = signed_in("administrator")
    page = desk.post("/rights/retention", {"kind": "deliveries", "days": "365", "do": "try"}).content.decode()
    assert "now 1, and 0 more within 30 days" in page
    assert not RetentionRule.objects.exists()
    assert desk.post("/rights/retention", {"kind": "deliveries", "days": "x", "do": "on"}).status_code == 422
    assert desk.post("/rights/retention", {"kind": "deliveries", "days": "365", "do": "on"}).status_code == 302
    assert RetentionRule.objects.get().active
    assert desk.post("/rights/retention", {"kind": "deliveries", "days": "365", "do": "off"}).status_code == 302
    assert not RetentionRule.objects.get().active
