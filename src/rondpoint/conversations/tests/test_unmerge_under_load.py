"""Un-merge is exact while messages land, calls are heard and devices join the same customers."""

import os
import random
import threading

import pytest
from django.db import OperationalError, connection

from rondpoint.conversations.models import Message
from rondpoint.conversations.tests.oracle import Oracle, wrong
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
PEOPLE = 5  # with six telephones a customer would wait for a person before a device joins her
UNMERGES = int(os.environ.get("RONDPOINT_UNMERGES_UNDER_LOAD", "12"))  # `make prove` does thousands


class Load:
    """Threads that go on until they are stopped; what they did is known to the oracle in the end."""

    def __init__(self, house, numbers):
        self.house, self.numbers = house, numbers
        self.stop = threading.Event()
        self.joined: list[tuple[int, int]] = []  # device and the person it was used by
        self.heard: dict[str, int] = {}  # by message id the profile it is about
        self.failed: list[BaseException] = []
        self.threads = [threading.Thread(target=self._repeat, args=(work,)) for work in (self.land, self.hear)]

    def _repeat(self, work) -> None:
        chance, number = random.Random(work.__name__), 0
        try:
            while not self.stop.is_set():
                number += 1
                again(lambda: work(chance, number))  # noqa: B023  called at once
        except BaseException as error:
            self.failed.append(error)
        finally:
            connection.close()

    def land(self, chance, number) -> None:
        """A message from one of the people."""
        self.house.text(chance.choice(self.numbers), f"text {number}", event_id=f"load-{number}")

    def hear(self, chance, number) -> None:
        """A device is used by one of the people; it says something, and something happens on it."""
        person = chance.choice(self.people)
        known_as = IdentifierIn("anonymous", f"device {number}", Evidence.CLAIMED)
        said = Said("track:1", f"anon:{number}", clock.now(), {"plan": f"p{number}"}, (known_as,))
        with write():
            profile = next(iter(customers.hear([said]).values()))
            fact = Fact(profile.id, "Page Viewed", clock.now(), "track:1", f"call-{number}")
            events.record([fact])
            customers.attribute_many([(profile, Profile.objects.get(id=person))], "device", clock.now())
        self.joined.append((profile.id, person))
        self.heard[fact.message_id] = profile.id

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def again(work):
    """As every worker does: who lost a deadlock begins again."""
    for _ in range(20):
        try:
            return work()
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
    raise AssertionError("twenty deadlocks in a row")


@pytest.mark.parametrize("seed", range(2))
def test_every_fact_goes_home_whatever_happens_meanwhile(house, seed):
    chance, oracle = random.Random(seed), Oracle()
    numbers = [f"+3319900{seed:02d}{number:02d}" for number in range(PEOPLE)]
    oracle.people = [house.text(number).profile_id for number in numbers]
    addresses = dict(zip(oracle.people, numbers, strict=True))
    undone = 0
    load = Load(house, numbers)
    load.people = list(oracle.people)
    with load:
        while undone < UNMERGES and not load.failed:
            pair = oracle.next_merge(chance)
            if pair and (chance.random() < 0.6 or not oracle.merges):
                oracle.merges.append((again(lambda: customers.merge(*pair, "test")).id, *pair))  # noqa: B023
            elif oracle.merges:
                merge = oracle.merges.pop(chance.randrange(len(oracle.merges)))
                again(lambda: customers.unmerge(Link.objects.get(id=merge[0]), "test"))  # noqa: B023
                undone += 1
    assert load.failed == []
    assert len(load.joined) > 2, "nothing happened meanwhile"
    oracle.people += [device for device, _ in load.joined]
    oracle.merges += [(0, person, device) for device, person in load.joined]
    author = dict(Message.objects.values_list("id", "profile_id"))
    sent = dict(Message.objects.values_list("id", "address"))
    assert {number: addresses[profile] for number, profile in author.items()} == sent, "by the address, whose it is"
    assert len(author) > PEOPLE
    assert wrong([oracle], addresses, author) == []
    told = dict(Event.objects.filter(type="Page Viewed").values_list("message_id", "profile_id"))
    assert told == load.heard
