"""Sixteen who ask and send at once: nobody gets a promotion that she should not get.

Time is simulated and moved on by half an hour at a stretch, so that quiet hours come and go, offers end while they
wait, and caps are full and free again. What workers took is judged by an oracle of a few lines that knows nothing of
the gate. The long form plays RONDPOINT_SENDS_SIMULATED cases.
"""

import os
import random
import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import count

import pytest
from django.db import connections

from rondpoint.channels.contract import OutcomeUnknown, SendError, Sent
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes
from rondpoint.consent.models import Purpose
from rondpoint.consent.types import Entry
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, house, outbox
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.tests.fakes import NOW, fake, make_connection, make_person, wish  # noqa: F401
from rondpoint.sending.types import Cap, HouseRules

CASES = int(os.environ.get("RONDPOINT_SENDS_SIMULATED", "600"))  # `make prove` plays a million
RACERS = 16
TOGETHER = 10  # promotions asked for at once
PEOPLE = max(12, min(2000, CASES // 20))
SHUT = PEOPLE / 3 / (CASES / TOGETHER)  # in each turn, so that a third of all are shut in the end
STEP = 30 * clock.MINUTE
PER_DAY, PER_WEEK = 2, 4
QUIET = (20 * 60, 9 * 60)  # of one person in three, in UTC

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


@pytest.fixture
def connection(fake):  # noqa: F811
    with write():
        purposes.every()
        Purpose.objects.filter(key="offers").update(channels=["fake"])
    house.decide(HouseRules(duplicate_days=0, caps=(Cap(PER_DAY, clock.DAY), Cap(PER_WEEK, 7 * clock.DAY))), "admin")
    return make_connection()


@pytest.fixture
def people(connection):
    found = [make_person(f"p{number}@example.com") for number in range(PEOPLE)]
    said = [
        Entry(who, "granted", f"yes:{who}", NOW - 9, "offers", "fake", "email", f"p{n}@example.com", expires=expiry(n))
        for n, who in enumerate(found)
    ]
    consent.record(said, NOW - 9)
    for who in found[::3]:
        consent.prefer(who, {"quiet": list(QUIET), "timezone": "UTC"}, now=NOW - 9)
    return found


def expiry(place: int) -> int | None:
    """When the agreement of one person in five ends, spread over the time that is played."""
    played = max(1, CASES // (RACERS * TOGETHER)) * STEP
    return NOW + played * (place // 5 % 10 + 1) // 10 if place % 5 == 4 else None


class Race:
    """What all share: the simulated time, what was asked, and what the oracle needs to know."""

    def __init__(self, connection, people):
        self.connection, self.people = connection, people
        self.now = NOW
        self.asked, self.turn = count(), 0
        self.shut: dict[str, float] = {}  # address: the place in ``order`` from which on it was shut for certain
        self.order = count()
        self.ends: dict[str, int] = {}
        self.wrong: list[str] = []
        self.lock = threading.Lock()

    def run(self, number):
        chance = random.Random(number)
        try:
            while self._more():
                self._ask(chance)
                self._send(chance, f"worker {number}")
                if chance.random() < SHUT:
                    self._shut(chance)
        except Exception as error:
            self.wrong.append(repr(error))
            raise
        finally:
            connections.close_all()

    def _more(self):
        with self.lock:
            self.turn += TOGETHER
            if self.turn % (RACERS * TOGETHER) == 0:
                self.now += STEP
            return self.turn <= CASES and not self.wrong

    def _ask(self, chance):
        now, batch = self.now, []
        for _ in range(TOGETHER):
            place, key = chance.randrange(len(self.people)), f"case {next(self.asked)}"
            end = now + chance.randrange(4 * clock.HOUR) if chance.random() < 0.2 else None
            if end is not None:
                self.ends[key] = end
            batch.append(
                wish(
                    self.connection, self.people[place], key, to=f"p{place}@example.com", key=key, purpose="offers",
                    not_after=end, not_before=now + chance.choice((0, 0, 0, 5 * clock.HOUR)),
                    priority=chance.choice(("low", "normal", "high")),
                )  # fmt: skip
            )
        actions.submit(batch, now)

    def _send(self, chance, name):
        began, now = next(self.order), self.now
        _, jobs = outbox.take(self.connection.id, name, TOGETHER, now)
        outcomes = []
        for job in jobs:
            address = job.message.to.value
            place = int(address[1:].partition("@")[0])
            minute = datetime.fromtimestamp(now // clock.SECOND, UTC)
            if self.shut.get(address, began) < began:
                self.wrong.append(f"{job.message.text} went to {address}, which was shut")
            if (until := expiry(place)) is not None and until <= now:
                self.wrong.append(f"{job.message.text} left after the agreement had ended")
            if self.ends.get(job.message.text, now + 1) <= now:
                self.wrong.append(f"{job.message.text} was over")
            if place % 3 == 0 and (minute.hour >= QUIET[0] // 60 or minute.hour < QUIET[1] // 60):
                self.wrong.append(f"{job.message.text} left at {minute:%H:%M}")
            ends = chance.choices(
                (None, SendError("no", permanent=True), OutcomeUnknown("cut"), SendError("later")),
                (8, 1, 1, 1),
            )[0]
            sent = (Sent(),) if ends is None else ()
            outcomes.append(outbox.Outcome(job.dispatch_id, name, len(sent), sent, ends, now))
        with write():
            outbox.record(outcomes)

    def _shut(self, chance):
        """An address bounces for good, or its owner withdraws what she agreed to."""
        place = chance.randrange(len(self.people))
        address = f"p{place}@example.com"
        if chance.random() < 0.5:
            with write():
                consent.suppress("email", address, "bounce", self.now)
        else:
            no = Entry(self.people[place], "withdrawn", f"no:{next(self.asked)}", self.now, "offers", "fake")
            consent.record([no], self.now)
        self.shut.setdefault(address, next(self.order))


def overshot(moments, most, within):
    """How many moments are too many in any span."""
    moments = sorted(moments)
    return sum(bisect_left(moments, at + within) - place > most for place, at in enumerate(moments))


def test_sixteen_at_once_overshoot_nothing(connection, people):
    race = Race(connection, people)
    racers = [threading.Thread(target=race.run, args=(number,)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert race.wrong == []
    left = defaultdict(list)
    for who, state, due, sent in Dispatch.objects.values_list("profile_id", "state", "due", "sent"):
        if state in ("sent", "unknown"):
            left[who].append(sent or due)
    over = {
        who: sorted(moments)
        for who, moments in left.items()
        if overshot(moments, PER_DAY, clock.DAY) or overshot(moments, PER_WEEK, 7 * clock.DAY)
    }
    assert over == {}
    reasons = Counter(Decision.objects.values_list("verdict", "reason"))
    states = Counter(Dispatch.objects.values_list("state", flat=True))
    print(f"\n{race.turn - TOGETHER * RACERS} cases, {PEOPLE} people: {dict(states)}; {dict(reasons)}")
    assert sum(len(moments) for moments in left.values()) > PEOPLE // 2
    assert {("refuse", "capped"), ("defer", "quiet_hours"), ("refuse", "expired")} <= reasons.keys()
    assert {("refuse", "bounce"), ("refuse", "withdrawn")} <= reasons.keys()
    assert reasons["refuse", "error"] == 0


@pytest.mark.parametrize("round_", range(3))
def test_the_last_place_is_taken_once(connection, people, round_):
    """All ask for the same people in the same moment: each gets exactly as many as the cap allows."""
    start, broken = threading.Barrier(RACERS), []
    wanted = list(enumerate(people[: min(len(people), 8)]))

    def ask(number):
        try:
            mine = random.Random(number).sample(wanted, len(wanted))  # each in an order of her own
            start.wait(60)
            actions.submit(
                [
                    wish(connection, who, f"{number}", to=f"p{place}@example.com", purpose="offers",
                         not_before=NOW + 4 * clock.HOUR)
                    for place, who in mine
                ],
                NOW,
            )  # fmt: skip
        except Exception as error:
            broken.append(repr(error))
        finally:
            connections.close_all()

    racers = [threading.Thread(target=ask, args=(number,)) for number in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert broken == []
    counted = Counter(Dispatch.objects.values_list("profile_id", flat=True))
    assert counted == {who: PER_DAY for _, who in wanted}
