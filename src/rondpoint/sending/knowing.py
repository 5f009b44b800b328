"""What the steps that spare people promotions need to know of their customers: one question for each concern, for any
number of candidates. Nothing is asked where nothing is promoted and nobody is called."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from rondpoint.consent import queries as consent
from rondpoint.consent.types import Preferences, Terms
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import skip_locked
from rondpoint.lib.spans import within
from rondpoint.sending import gate, house, places
from rondpoint.sending.models import Dispatch
from rondpoint.sending.rules import content
from rondpoint.sending.rules.house import LONGEST
from rondpoint.sending.rules.sparing import VOICE
from rondpoint.sending.types import PRIORITIES, Candidate, Cap, HouseRules, Use, When

COUNTED = ("queued", "sent", "delivered", "read", "unknown")
"""What takes a place under caps. ``unknown`` may have arrived; what failed or was taken back did not."""
LATE = 3 * clock.DAY  # so much later than it was due something may have left
WEEK = 7 * clock.DAY
_READ = ("id", "profile_id", "purpose", "channel", "priority", "digest", "state", "due", "sent", "attempts")


class Known:
    """What is known of the customers of some candidates. ``whole``: with what was sent to them lately, for caps and
    duplicates. ``displacing``: what waits with a lower priority is locked, so that it may be cancelled. ``terms``: of
    the purposes. What the ledger says of a candidate is held to the law of where she is."""

    def __init__(
        self,
        candidates: list[Candidate],
        now: int,
        whole: bool = True,
        displacing: bool = False,
        terms: Mapping[str, Terms] | None = None,
    ):
        self._now, self._terms = now, terms or {}
        promotions = [each for each in candidates if each.promotion]
        wanted = {each.request.profile_id for each in candidates if each.promotion or _is_call(each)}
        self._uses: dict[int, list[Use]] = {}
        if not wanted:
            return
        owners = customers.customers_of(wanted)
        for each in candidates:
            if each.request.profile_id in wanted:
                each.customer_id = owners.get(each.request.profile_id, 0)
        said = consent.preferences(set(owners.values()))
        for each in candidates:
            each.preferences = said.get(each.customer_id)
        if promotions:
            self._promotions(promotions, said, whole, displacing)

    def fill(self, candidate: Candidate) -> None:
        """What she gets by now, for a candidate that is judged next."""
        candidate.uses = tuple(self._uses.get(candidate.customer_id, ()))

    def took(self, candidate: Candidate, at: int) -> None:
        """A candidate was let through, to leave at a time."""
        if not candidate.promotion:
            return
        wish = candidate.request
        self.left(candidate, candidate.displaces)
        self._uses.setdefault(candidate.customer_id, []).append(
            Use(candidate.dispatch_id, at, wish.purpose, wish.channel, PRIORITIES[wish.priority], candidate.digest)
        )

    def left(self, candidate: Candidate, dispatch_ids: Collection[int] = ()) -> None:
        """A candidate that had a place, and these dispatches, have it no more."""
        gone = {*dispatch_ids, candidate.dispatch_id} - {0}
        uses = self._uses.get(candidate.customer_id, ())
        self._uses[candidate.customer_id] = [use for use in uses if use.dispatch_id not in gone]

    def _promotions(self, candidates: list[Candidate], said: dict[int, Preferences], whole: bool, lock: bool) -> None:
        rules = house.rules()
        people = {each.customer_id for each in candidates} - {0}
        where = places.Places(people, said, self._now, any(self._excepted(each) for each in candidates))
        told = {name: frozenset(loader(people, rules)) for name, loader in gate.LOADERS.items()}
        for each in candidates:
            if each.customer_id == 0:
                continue
            each.house, wish = rules, each.request
            here = where.of(each)
            laws = here.laws(wish.channel)
            quiet = said[each.customer_id].quiet or rules.quiet.get(wish.channel)
            each.when = When(here.zones, quiet, tuple(rule.hours for rule in laws if rule.hours))
            if each.standing is not None:
                each.standing = here.lawful(each.standing, self._terms.get(wish.purpose), wish.channel)
            each.told = {name: each.customer_id in yes for name, yes in told.items()}
            each.digest = content.digest(wish.message)
            lawful = [places.cap_of(rule, wish.channel) for rule in laws if rule.most]
            each.caps = tuple(_meant([*rules.caps, *_own(said[each.customer_id]), *lawful], each))
        if whole:
            self._load_uses(candidates, people, rules, lock)

    def _excepted(self, candidate: Candidate) -> bool:
        """Whether it may be what she bought or asked that lets her be written to."""
        found = candidate.standing
        return found is not None and found.allowed and consent.exceptions(self._terms.get(candidate.request.purpose))

    def _load_uses(self, candidates: list[Candidate], people: set[int], rules: HouseRules, lock: bool) -> None:
        """What these customers get within the longest span that anything looks back or ahead."""
        spans = [cap.within for each in candidates for cap in each.caps] + [rules.duplicate_days * clock.DAY]
        since = self._now - max(spans) - LATE
        owners = {row.id: row.owner for row in bulk.fetch(Profile, customer_id=people)}
        found = list(_counted(Q(profile_id__in=owners), since))
        yielding = _yielding(found, max(PRIORITIES[each.request.priority] for each in candidates)) if lock else set()
        for row in found:
            use = _use(row, self._now, row.id in yielding)
            self._uses.setdefault(owners[row.profile_id], []).append(use)


def uses(owners: Mapping[int, int], now: int) -> dict[int, list[Use]]:
    """What people get within the longest span that any rule looks at, by customer. ``owners``: by profile the customer,
    of all of them. Nothing of it gives way."""
    found: dict[int, list[Use]] = {}
    for row in _counted(within("profile_id", sorted(owners)), now - LONGEST * clock.DAY - LATE).iterator(5000):
        if row.profile_id in owners:
            found.setdefault(owners[row.profile_id], []).append(_use(row, now))
    return found


def _counted(whose: Q, since: int) -> QuerySet[Dispatch, Any]:
    """What counts of somebody's promotions, from then on."""
    rows = Dispatch.objects.filter(whose, promotion=True, due__gt=since, state__in=COUNTED)
    return rows.values_list(*_READ, named=True)


def _use(row: Any, now: int, yields: bool = False) -> Use:
    at = row.sent or (max(row.due, now) if row.state == "queued" else row.due)
    return Use(row.id, at, row.purpose, row.channel, row.priority, row.digest, yields)


def _yielding(rows: list, priority: int) -> set[int]:
    """Those that wait with a lower priority, locked. What a worker has in hand in this moment is not waited for: it
    keeps its place."""
    waits = [row.id for row in rows if row.state == "queued" and row.priority < priority and not row.attempts]
    if not waits:
        return set()
    free = Dispatch.objects.filter(id__in=waits, state="queued", in_flight=False, attempts=0).order_by("id")
    return {row.id for row in skip_locked(free.only("id"))}


def _own(said: Preferences) -> Iterable[Cap]:
    """How often she wants promotions at most."""
    for purpose, most in said.per_week.items():
        yield Cap(most, WEEK, purpose, "", "per_week")


def _meant(caps: Iterable[Cap], candidate: Candidate) -> list[Cap]:
    wish = candidate.request
    return [cap for cap in caps if cap.purpose in ("", wish.purpose) and cap.channel in ("", wish.channel)]


def _is_call(candidate: Candidate) -> bool:
    return candidate.request.channel == VOICE
