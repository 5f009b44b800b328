"""Many messages taken together end up exactly as the same messages taken one after the other."""

import random

import pytest
from django.db import transaction

from rondpoint.channels import connections
from rondpoint.channels.contract import Address, MessageIn
from rondpoint.channels.handlers import Arrival
from rondpoint.conversations import actions
from rondpoint.conversations.models import Conversation, Message, Participant
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events.models import Event
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MAILS = [f"person{number}@example.org" for number in range(6)]
PHONES = [f"+3319900010{number}" for number in range(4)]


def scenario(chance, house):
    """Forty arrivals: known and new people, repeats, answers to earlier mails, copies, further addresses."""
    made, ids = [], []
    for number in range(40):
        mailed = chance.random() < 0.6
        kind, value = ("email", chance.choice(MAILS)) if mailed else ("phone", chance.choice(PHONES))
        name = chance.choice(["", "Awa Diallo", "Luc Moreau"])
        sender = Address(kind, value, name, chance.choice(["claimed", "provider"]) if mailed else "provider")
        external = f"<{number}@example.org>" if mailed else ""
        columns = {
            "text": f"text {number}",
            "subject": f"subject {number}" if mailed else "",
            "external_id": external,
            "references": tuple(chance.sample(ids, 1)) if ids and chance.random() < 0.4 else (),
            "participants": tuple(Address("email", value) for value in chance.sample(MAILS, chance.choice([0, 0, 2]))),
            "automated": "vacation" if chance.random() < 0.1 else "",
            "addresses": (Address("phone", chance.choice(PHONES)),) if chance.random() < 0.08 else (),
        }
        if external:
            ids.append(external)
        event = f"event-{number if chance.random() < 0.9 else max(number - 3, 0)}"
        item = MessageIn(event_id=event, at=(number + 1) * 1_000_000, sender=sender, account="us", **columns)
        connection = house.mailbox if mailed else house.sms
        made.append(Arrival(number, connections.info(connection), item, f"{number}:0", item.at))
    return made


def outcome():
    """Everything that came of it, without the numbers of rows."""
    people = {number: place for place, number in enumerate(Profile.objects.order_by("id").values_list("id", flat=True))}
    rows = list(Message.objects.order_by("id"))
    places = {}
    for row in rows:
        places.setdefault(row.conversation_id, len(places))
    return {
        "messages": [
            (row.text, places[row.conversation_id], people[row.profile_id], row.author_kind)
            + (row.arrived_by, row.unverified, row.automated)
            for row in rows
        ],
        "conversations": sorted(
            (places[row.id], people[row.profile_id], people[row.customer_id], row.subject, row.state, row.last_preview)
            + (row.last_channel, row.last_message_at, row.waiting_since)
            for row in Conversation.objects.filter(id__in=places)
        ),
        "participants": sorted(
            (places[row.conversation_id], row.address_kind, row.address, row.role, people.get(row.profile_id, -1))
            for row in Participant.objects.filter(conversation_id__in=places)
        ),
        "profiles": [
            (row.source, row.key, people[row.customer_id], {name: said["value"] for name, said in row.traits.items()})
            for row in Profile.objects.order_by("id")
        ],
        "customers": [(row.name, row.last_seen) for row in Customer.objects.order_by("id")],
        "links": sorted(Link.objects.values_list("kind", "rule", "opened", "closed")),
        "facts": sorted(Event.objects.values_list("type", "occurred")),
    }


def taken(arrivals, sizes):
    """The outcome when the arrivals are taken in batches of these sizes; nothing of it stays."""
    with transaction.atomic():
        waiting = list(arrivals)
        with write():
            while waiting:
                size = next(sizes)
                actions.receive(waiting[:size])
                del waiting[:size]
        found = outcome()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_together_or_one_by_one_is_the_same(house, seed):
    chance = random.Random(seed)
    known = [IdentifierIn("email", MAILS[0], Evidence.SIGNED), IdentifierIn("phone", PHONES[0], Evidence.SIGNED)]
    customers.create_or_find("Known Person", known, {}, "api", 1)
    arrivals = scenario(chance, house)
    alone = taken(arrivals, iter(lambda: 1, None))
    assert len(alone["messages"]) == len({(row.connection.id, row.item.event_id) for row in arrivals})
    assert taken(arrivals, iter(lambda: 40, None)) == alone
    assert taken(arrivals, iter(lambda: chance.randint(1, 9), None)) == alone


def test_a_batch_takes_few_statements_however_many_people_write(house, django_assert_max_num_queries):
    def arrivals(start, many):
        return [
            Arrival(
                number,
                connections.info(house.mailbox),
                MessageIn(
                    event_id=f"mail-{number}",
                    at=number * 1_000_000,
                    sender=Address("email", f"writer{number}@example.org", "Writer", "provider"),
                    account="us",
                    text="Bonjour",
                    external_id=f"<mail-{number}@example.org>",
                ),
                f"{number}:0",
                1,
            )
            for number in range(start, start + many)
        ]

    with write():
        actions.receive(arrivals(1, 2))
    with django_assert_max_num_queries(60), write():
        actions.receive(arrivals(100, 50))
    assert Message.objects.count() == 52
