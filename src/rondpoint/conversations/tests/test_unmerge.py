"""Un-merge is exact: random histories against an independent oracle."""

import os
import random

import pytest

from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.tests.oracle import Oracle
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.events.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PEOPLE = 6
HISTORIES = int(os.environ.get("RONDPOINT_HISTORIES", "60"))  # `make prove` plays thousands


def play(house, seed: int, steps: int) -> None:
    chance, oracle, clock = random.Random(seed), Oracle(), 1
    author: dict[int, int] = {}
    for _ in range(steps):
        clock += 1
        step = chance.random()
        if step < 0.5 or len(oracle.people) < 2:
            number = f"+3319900{seed % 100:02d}{chance.randrange(PEOPLE):02d}"
            message = house.text(number, f"{clock}", at=clock * 10**6)
            author[message.id] = message.profile_id
            if message.profile_id not in oracle.people:
                oracle.people.append(message.profile_id)
        elif step < 0.8:
            left, right = chance.sample(oracle.people, 2)
            sides = oracle.sides()
            if sides[left] != sides[right]:
                link = customers.merge(sides[left], sides[right], "test", clock * 10**6)
                oracle.merges.append((link.id, sides[left], sides[right]))
        elif oracle.merges:
            undone = chance.choice(oracle.merges)
            customers.unmerge(Link.objects.get(id=undone[0]), "test", clock * 10**6)
            oracle.merges.remove(undone)
        check(oracle, author)


def check(oracle: Oracle, author: dict[int, int]) -> None:
    sides = oracle.sides()
    assert dict(Profile.objects.filter(id__in=sides).values_list("id", "customer_id")) == sides
    for person, root in sides.items():
        customer = Customer.objects.get(id=person)
        assert customer.merged_into_id == (None if person == root else root)
        assert known.resolve(customer.public_id).id == root
    for message in Message.objects.filter(id__in=author).select_related("conversation"):
        assert message.profile_id == author[message.id]
        assert message.conversation.customer_id == sides[author[message.id]], "a message stands with somebody else"
        assert message.conversation.merged_into_id is None
    for profile_id, conversation_profile in Event.objects.filter(type="message.received").values_list(
        "profile_id", "properties__message_id"
    ):
        assert profile_id == author[conversation_profile]
    living = Conversation.objects.filter(merged_into=None).exclude(state="closed")
    owners = list(living.filter(messages__isnull=False).distinct().values_list("customer_id", flat=True))
    assert len(owners) == len(set(owners)), "one person has two open conversations"


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_fact_is_where_it_belongs(house, seed):
    play(house, seed, 40)


def test_a_message_that_came_to_the_merged_customer_goes_with_its_sender(house):
    one, two = house.text("+33199000001"), house.text("+33199000002")
    link = customers.merge(one.conversation.customer_id, two.conversation.customer_id, "Inès")
    later = house.text("+33199000002", "plus tard")
    assert later.conversation_id == one.conversation_id
    customers.unmerge(link, "Inès")
    later.refresh_from_db()
    assert later.conversation_id == two.conversation_id
    assert list(Message.objects.filter(conversation=one.conversation)) == [one]
