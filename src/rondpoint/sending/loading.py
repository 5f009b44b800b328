"""All that the gate's steps need to know about a batch of requests, with one query for each concern."""

import hashlib
from collections import Counter
from collections.abc import Collection

from django.db.models import Count, Max, QuerySet
from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Channel, ConnectionInfo
from rondpoint.channels.models import Connection
from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN, Asked, Terms
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk, clock
from rondpoint.lib.addresses import BadAddress
from rondpoint.lib.prepared import prepared
from rondpoint.sending import knowing
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules.steps import rate_of
from rondpoint.sending.types import OPT_OUT_CONFIRMATION, Candidate, Request, Suppressed

KEY_LENGTH = 200


def key_of(request: Request) -> str:
    """The idempotency key as it is stored."""
    key = request.idempotency_key
    return key if len(key) <= KEY_LENGTH else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


class Known(Struct, frozen=True):
    """What whoever asks has just read itself: connections by id, profiles that are there, and what is suppressed of
    addresses that were looked up."""

    connections: dict[int, Connection] = {}
    profiles: Collection[int] = ()
    suppressions: consent.Suppressions = {}


class Batch:
    """A batch of candidates; ``took`` keeps its counts right while the batch itself adds to them."""

    def __init__(
        self,
        requests: list[Request],
        now: int,
        known: Known | None = None,
        whole: bool = True,
        displacing: bool = False,
    ):
        """``whole``: with what was sent lately, which judging again in a hurry leaves out; ``displacing``: inside
        ``write()``, where promotions may take the place of others (``knowing.Known``)."""
        self._known = known or Known()
        self.candidates = [Candidate(request=request, now=now, steps=[]) for request in requests]
        self._now = now
        self._load_connections()
        self._load_profiles()
        self._load_terms()
        addresses = list({(c.request.address.kind, c.address) for c in self.candidates})
        self._load_suppressions(addresses)
        terms = self._load_standings()
        self._people = knowing.Known(self.candidates, now, whole, displacing, terms)
        self._confirmed = self._load_confirmed(addresses)
        self._automated = self._load_automated() if whole else Counter()
        self._backlog = self._load_backlog() if whole else Counter()

    def fill(self, candidate: Candidate) -> None:
        """Puts the counts of this moment on a candidate that is judged next."""
        address = (candidate.request.address.kind, candidate.address)
        candidate.confirmed = self._confirmed.get(address)
        candidate.automated_last_hour = self._automated[address]
        candidate.backlog = self._backlog[candidate.request.connection_id]
        self._people.fill(candidate)

    def took(self, candidate: Candidate, at: int) -> None:
        """A candidate got its dispatch, which leaves at a time."""
        self._people.took(candidate, at)
        address = (candidate.request.address.kind, candidate.address)
        self._backlog[candidate.request.connection_id] += 1
        if candidate.automated:
            self._automated[address] += 1
        if candidate.request.purpose == OPT_OUT_CONFIRMATION:
            self._confirmed[address] = self._now

    def left(self, candidate: Candidate) -> None:
        """A candidate that had its dispatch lost it."""
        self._people.left(candidate)

    def _load_connections(self) -> None:
        wanted = {c.request.connection_id for c in self.candidates}
        rows = self._known.connections
        if not wanted <= rows.keys():
            rows = connections.by_ids(wanted)
        known: dict[int, tuple[Channel, ConnectionInfo]] = {}
        for row in (rows[number] for number in wanted & rows.keys()):
            try:
                known[row.id] = (registry.get(row.kind), connections.info(row))
            except KeyError:  # a channel that this installation no longer has
                continue
        for candidate in self.candidates:
            wish = candidate.request
            candidate.address = wish.address.value[:320]
            if wish.connection_id in known:
                candidate.channel, candidate.connection = known[wish.connection_id]
                candidate.active = rows[wish.connection_id].active
                candidate.address = _comparable(candidate)[:320]

    def _load_profiles(self) -> None:
        wanted = {c.request.profile_id for c in self.candidates}
        there = set(self._known.profiles)
        if not wanted <= there:
            there = {row.id for row in bulk.fetch(Profile, id=wanted)}
        for candidate in self.candidates:
            candidate.alive = candidate.request.profile_id in there

    def _load_suppressions(self, addresses: list[tuple[str, str]]) -> None:
        raw = {(c.request.address.kind, c.request.address.value) for c in self.candidates}
        known = self._known.suppressions
        found = known | consent.suppressions(raw.union(addresses) - known.keys())
        for candidate in self.candidates:
            kind = candidate.request.address.kind
            rows = {
                row.id: row
                for value in (candidate.address, candidate.request.address.value)
                for row in found.get((kind, value), ())
                if row.channel in ("", candidate.request.channel)
            }
            candidate.suppressions = tuple(
                Suppressed(row.reason, row.scope, row.created)
                for row in sorted(rows.values(), key=lambda r: r.id)
            )

    def _load_terms(self) -> None:
        own = [c for c in self.candidates if c.request.purpose not in BUILT_IN]
        self._terms = consent.terms() if own else {}
        for candidate in own:
            candidate.terms = self._terms.get(candidate.request.purpose)

    def _load_standings(self) -> dict[str, Terms]:
        refusable = [c for c in self.candidates if c.refusable]
        asked = [
            Asked(wish.purpose, wish.channel, wish.address.kind, c.address, profile_id=wish.profile_id)
            for c in refusable
            for wish in (c.request,)
        ]
        terms = self._terms or (consent.terms() if asked else {})
        answers = consent.standing(asked, self._now, terms) if asked else ()
        for candidate, found in zip(refusable, answers, strict=True):
            candidate.standing = found
        return terms

    def _load_confirmed(self, addresses: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        if not any(c.request.purpose == OPT_OUT_CONFIRMATION for c in self.candidates):
            return {}
        rows = (
            Dispatch.objects.filter(
                purpose=OPT_OUT_CONFIRMATION, address__in=[value for _, value in addresses]
            )
            .values_list("address_kind", "address")
            .annotate(last=Max("created"))
        )
        return {(kind, value): last for kind, value, last in rows}

    def _load_automated(self) -> Counter:
        addresses = {c.address for c in self.candidates if c.automated}
        counts: Counter = Counter()
        if not addresses:
            return counts
        rows = Decision.objects.filter(
            address__in=addresses, at__gte=self._now - clock.HOUR, verdict__in=("send", "defer")
        )
        for kind, address, taken in rows.values_list("address_kind", "address", "steps"):
            if any(note.get("automated") for note in taken):
                counts[kind, address] += 1
        return counts

    def _load_backlog(self) -> Counter:
        paced = {
            c.request.connection_id
            for c in self.candidates
            if c.channel and rate_of(c.connection, c.channel.manifest.rate_per_second)
        }
        if not paced:
            return Counter()
        return Counter(dict(_backlog(paced)))


@prepared
def _backlog(connection_ids: Collection[int], /) -> QuerySet[Dispatch, tuple[int, int]]:
    queued = Dispatch.objects.filter(connection_id__in=connection_ids, state="queued")
    return queued.values_list("connection_id").annotate(waiting=Count("id")).order_by()


def _comparable(candidate: Candidate) -> str:
    """The normalised address for looking up; one that cannot be normalised is refused later, by its step."""
    try:
        return candidate.channel.normalize_address(candidate.request.address.value, candidate.connection)
    except BadAddress:
        return candidate.request.address.value
