"""The gate for very many people at once. Nothing is written.

For each person and each way to her all that the steps look at is gathered as one value that can be compared. Of those
who share a value one goes through the gate itself, the same steps in the same order, and her verdict is that of all. A
promotion to a million people has some hundred different cases.
"""

import copy
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.consent import queries as consent
from rondpoint.consent.types import PHONE
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import gate, house, knowing, places
from rondpoint.sending.loading import Batch
from rondpoint.sending.models import Decision
from rondpoint.sending.rules import counting, sparing, steps
from rondpoint.sending.types import Candidate, Request, Use

KEPT = 50_000  # cases that are remembered; then all are forgotten
LastInbound = Callable[[str, Mapping[int, int]], Mapping[int, int]]
"""When people last wrote on a channel, by customer, out of their profiles with the customer of each."""


class Way(Struct, frozen=True):
    """One way to everybody: a channel, and the connection that would carry it."""

    channel: str
    connection_id: int

    @property
    def kind(self) -> str:
        """The kind of address it writes to."""
        return registry.get(self.channel).manifest.address_kind


class Outcome(Struct, frozen=True):
    """What the gate says to one person on one way. ``due``: when what is put off leaves, microseconds UTC."""

    verdict: str
    step: str = ""
    reason: str = ""
    due: int = 0


GONE = Outcome("refuse", "alive", "gone")
NOWHERE = Outcome("refuse", "reachable", "no_address")


class _Case(Struct):
    """A representative of all who share a value: her candidate, loaded; when it would leave; and the numbers of the
    outcomes: of those who got no promotion lately, and of the others by how full their caps are."""

    candidate: Candidate
    at: int | None
    plain: int
    others: dict[Hashable, int]


class Crowd:
    """One message for one purpose, to be judged for any number of people at ``now`` (microseconds UTC).

    ``last_inbound`` is asked where a channel lets us write only after the person did, or only for some time.
    """

    def __init__(
        self, purpose: str, message: MessageOut, ways: Sequence[Way], now: int, last_inbound: LastInbound | None = None
    ):
        self.outcomes: list[Outcome] = [GONE, NOWHERE]
        self._numbers = {outcome: number for number, outcome in enumerate(self.outcomes)}
        self._purpose, self._message, self._ways, self.now = purpose, message, tuple(ways), now
        self._kinds = tuple(way.kind for way in ways)
        self._house, (self._country, _) = house.rules(), places.of_house()
        self._excepted = consent.exceptions(consent.terms().get(purpose))
        self._grounds = consent.crowds.Grounds(purpose, now)
        self._flooded = _flooded(now)
        self._last_inbound = last_inbound
        self._after = {way.channel for way in ways if _listens(way.channel, now)}  # asked when people last wrote
        self._last: dict[tuple[str, int], int] = {}
        self._people: dict[Hashable, int] = {}
        self._cases: dict[Hashable, _Case] = {}

    def judge(self, customer_ids: Sequence[int]) -> list[list[int]]:
        """For each of these customers, whose numbers ascend, the number of an outcome for each way."""
        if not customer_ids:
            return []
        if len(self._cases) > KEPT:
            self._people, self._cases = {}, {}
        found = customers.addressees(customer_ids, {*self._kinds, PHONE})
        uses = knowing.uses(found.owners, self.now)
        self._grounds.read(customer_ids)
        rows, new = self._look(customer_ids, found, uses)
        self._learn({key: (number, place) for number, _, place, key in reversed(new)}, found)
        for number, row, place, key in new:
            row[place] = self._outcome(self._cases[key], uses.get(number))
        return rows

    def _look(
        self, customer_ids: Sequence[int], found: customers.Addressees, uses: Mapping[int, Sequence[Use]]
    ) -> tuple[list[list[int]], list[tuple[int, list[int], int, Hashable]]]:
        """The outcomes of which one knows; and where one does not the customer, her row and the place in it, and the
        value that stands for all that the steps would look at."""
        people = set(found.owners.values())
        said = consent.crowds.preferences(found.owners)
        last = consent.lately(found.owners, self.now) if self._excepted else {}
        told = [frozenset(loader(people, self._house)) for loader in gate.LOADERS.values()]
        self._last, windows = self._windows(found.owners)
        held_out, grounds, flooded = self._house.hold_out * 10_000, self._grounds.of, self._flooded
        ways = [
            (place, way.channel, kind, found.held[kind])
            for place, (way, kind) in enumerate(zip(self._ways, self._kinds, strict=True))
        ]
        known, cases = self._people, self._cases
        rows: list[list[int]] = []
        new: list[tuple[int, list[int], int, Hashable]] = []
        for number in customer_ids:
            row = [0] * len(ways)
            rows.append(row)
            if number not in people:
                continue
            words, hers = said.get(number), uses.get(number)
            person = (
                self._law(number, found, last),
                msgspec.json.encode(words) if words is not None else b"",
                held_out > 0 and sparing.lot(number) < held_out,
                *[number in yes for yes in told],
            )
            who = known.setdefault(person, len(known))
            for place, channel, kind, at in ways:
                held = at.get(number)
                if held is None:
                    row[place] = 1
                    continue
                key: tuple[Any, ...] = (place, who, grounds(number, channel, kind, held[0]))
                if flooded or windows:
                    key = *key, (kind, held[0]) in flooded, windows.get((channel, number))
                case = cases.get(key)
                if case is None:
                    new.append((number, row, place, key))
                else:
                    row[place] = case.plain if hers is None else self._outcome(case, hers)
        return rows, new

    def _law(
        self, number: int, found: customers.Addressees, last: Mapping[int, tuple[int | None, int | None]]
    ) -> Hashable:
        """What decides by which law she is written to, and what that law makes exceptions of."""
        if number not in found.told and not self._excepted:  # most of them
            phone = found.held[PHONE].get(number)
            return (consent.country_of_phone(phone[0]) if phone else "") or self._country
        person = consent.person(number, found, last)
        place = person.place(self._country)
        facts = consent.alike(person, self.now) if self._excepted else ()
        return place.country, place.region, facts

    def _windows(
        self, owners: Mapping[int, int]
    ) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], tuple[bool, str]]]:
        """When people last wrote, on channels where that matters, and whether we may write to them now."""
        last: dict[tuple[str, int], int] = {}
        may: dict[tuple[str, int], tuple[bool, str]] = {}
        for channel in self._after if self._last_inbound else ():
            policy = registry.get(channel).reply_policy
            for number, at in self._last_inbound(channel, owners).items():
                said = policy(at, self.now)
                last[channel, number], may[channel, number] = at, (said.allowed, said.reason)
        return last, may

    def _learn(self, new: Mapping[Hashable, tuple[int, int]], found: customers.Addressees) -> None:
        """A representative of each value that is new, by her number and the place of the way; loaded together."""
        requests = []
        for number, place in new.values():
            way, kind = self._ways[place], self._kinds[place]
            address, profile = found.held[kind][number]
            last = self._last.get((way.channel, number))
            requests.append(
                Request(
                    profile, way.channel, way.connection_id, Address(kind, address), self._purpose, self._message, "",
                    last,
                )
            )  # fmt: skip
        batch = Batch(requests, self.now)
        for key, candidate in zip(new, batch.candidates, strict=True):
            batch.fill(candidate)
            self._cases[key] = _Case(candidate, _leaves(candidate), self._judged(candidate, ()), {})

    def _outcome(self, case: _Case, uses: Sequence[Use] | None) -> int:
        if not uses:
            return case.plain
        full = _fullness(case, uses)
        number = case.others.get(full)
        if number is None:
            number = case.others[full] = self._judged(case.candidate, uses)
        return number

    def _judged(self, candidate: Candidate, uses: Sequence[Use]) -> int:
        one = copy.copy(candidate)
        one.steps, one.uses = [], tuple(uses)
        verdict, step, fail = gate.judge(one)
        outcome = Outcome(verdict, step, fail.reason if fail else "", (fail.until or 0) if fail else 0)
        if outcome not in self._numbers:
            self._numbers[outcome] = len(self.outcomes)
            self.outcomes.append(outcome)
        return self._numbers[outcome]


def ways_of(channels: Collection[str]) -> list[Way]:
    """The ways by which the house would write on these channels; those without a connection are left out."""
    found = {channel: connections.first(channel, None) for channel in channels if channel in registry.kinds()}
    return [Way(channel, row.id) for channel, row in found.items() if row is not None]


def _listens(channel: str, now: int) -> bool:
    """Whether it matters on a channel when somebody last wrote, if ever."""
    policy = registry.get(channel).reply_policy
    return not all(policy(last, now).allowed for last in (None, 0, now))


def _leaves(candidate: Candidate) -> int | None:
    """When it would leave; None: never, or what would be asked breaks, for which the gate refuses."""
    try:
        return sparing.moment(candidate).at
    except Exception:
        return None


def _fullness(case: _Case, uses: Sequence[Use]) -> Hashable:
    """What the steps see of her other promotions: which caps are full, and whether she had these words."""
    one = case.candidate
    at, caps = case.at, one.caps
    full = tuple([len(uses) >= cap.most and counting.full(cap, uses, at) for cap in caps]) if at is not None else ()
    if one.digest is None or one.house is None:
        return full, False
    within, now = one.house.duplicate_days * clock.DAY, at or one.now
    return full, any(use.digest == one.digest and abs(now - use.at) < within for use in uses)


def _flooded(now: int) -> set[tuple[str, str]]:
    """Addresses that got so many automatic messages within the hour that they get no more."""
    counts: Counter[tuple[str, str]] = Counter()
    rows = Decision.objects.order_by("-id").values_list("at", "verdict", "address_kind", "address", "steps")
    for at, verdict, kind, address, taken in rows.iterator(2000):
        if at < now - 2 * clock.HOUR:  # decisions stand nearly in the order of their times
            break
        if at >= now - clock.HOUR and verdict != "refuse" and any(note.get("automated") for note in taken):
            counts[kind, address] += 1
    return {address for address, number in counts.items() if number >= steps.AUTOMATED_PER_HOUR}
