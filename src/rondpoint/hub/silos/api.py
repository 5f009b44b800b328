"""``/silos``: which sources know whom."""

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router, Schema, Status

from rondpoint.accounts.api_auth import actor
from rondpoint.hub.silos import actions, queries, sentences
from rondpoint.hub.silos.rules.advising import advise, verdict
from rondpoint.lib import clock
from rondpoint.ui.problems import not_found

router = Router(tags=["silos"])


class FeedShown(Schema):
    """Something that was set up to tell of people. ``source``: the key of the source under which it speaks;
    ``lately`` and ``before``: messages, facts or rows in the last 30 days, and in the 30 days before."""

    source: str
    kind: str
    name: str
    last_at: str | None
    lately: int
    before: int
    active: bool
    problem: str


class SiloShown(Schema):
    """A source and the customers it knows. ``alone``: those nobody else knows, ``alone_alike``: of them those who share
    an address with another customer; ``filled``: those of whom it says a name, an e-mail address, a phone number, a
    postal address, a birthday, a language or an account number, and those who agreed to something (consent);
    ``median_age_days``: of its newest word per customer."""

    source: str
    name: str
    customers: int
    alone: int
    alone_email: int
    alone_phone: int
    alone_alike: int
    filled: dict[str, int]
    median_age_days: int
    newest_at: str | None


class OverlapShown(Schema):
    """How many customers two sources both know."""

    one: str
    other: str
    both: int


class ConflictShown(Schema):
    """A trait of which two sources say something of ``both`` customers, and different things of some of them."""

    one: str
    other: str
    trait: str
    both: int
    different: int


class UserShown(Schema):
    """Who sees and uses what. ``kind``: role, team, system (a webhook), destination (a table) or key.

    Of people: ``may``: what any of them may; ``reach``: all conversations, those of no team and hers, or none, and
    ``conversations`` how many that are; ``brands``: those they are limited to; ``used``: in the last 30 days messages
    by channel, conversations seen, customers, segments, segments_edited, exports and access files; ``sources``: of the
    customers they opened those whom each source knows. Of systems: ``what`` they are given, of which segment, into
    which table; ``used``: facts told, rows of the table or changes made by the key. ``last_at``: when that was."""

    kind: str
    name: str
    people: int
    may: list[str]
    reach: str
    conversations: int
    brands: list[str]
    what: list[str]
    segment: str
    table: str
    used: dict[str, int]
    sources: dict[str, int]
    last_at: str | None
    active: bool
    problem: str


class TakenShown(Schema):
    """Somebody who took data out in the last 90 days, by the action that the audit log has."""

    actor: str
    action: str
    times: int
    last_at: str


class AdviceShown(Schema):
    """What to connect or repair next, the most weighty first. ``place``: the screen where it is done."""

    code: str
    text: str
    place: str


class SilosShown(Schema):
    """The last audit. ``verdict``: nothing, one, broken, joined, partly or apart; ``shared``: customers known by more
    than one source; ``at_work``: another is being made."""

    computed_at: str
    at_work: bool
    verdict: str
    customers: int
    shared: int
    feeds: list[FeedShown]
    sources: list[SiloShown]
    overlaps: list[OverlapShown]
    conflicts: list[ConflictShown]
    advice: list[AdviceShown]
    users: list[UserShown]
    taken: list[TakenShown]


class SilosAsked(Schema):
    state: str


@router.get("/silos", response=SilosShown, summary="Which sources know whom")
def get_silos(request: HttpRequest) -> dict[str, Any]:
    """404 before the first audit was made."""
    found = queries.latest()
    if found is None:
        raise not_found("audit of sources; POST to this address asks for one")
    _row, audit = found
    called = sentences.names(audit)
    return {
        "computed_at": clock.iso(audit.at),
        "at_work": queries.at_work(),
        "verdict": verdict(audit),
        "customers": audit.customers,
        "shared": audit.shared,
        "feeds": [
            {**msgspec.to_builtins(feed), "source": feed.key, "last_at": clock.iso(feed.last)} for feed in audit.feeds
        ],
        "sources": [
            {
                **msgspec.to_builtins(silo), "source": silo.key, "name": called[silo.key],
                "median_age_days": silo.age // clock.DAY, "newest_at": clock.iso(silo.newest),
            }
            for silo in audit.silos
        ],
        "overlaps": msgspec.to_builtins(audit.overlaps),
        "conflicts": msgspec.to_builtins(audit.conflicts),
        "advice": [
            {"code": each.code, "text": sentences.advice(each, called, audit.at), "place": each.place}
            for each in advise(audit)
        ],
        "users": [{**msgspec.to_builtins(each), "last_at": clock.iso(each.last)} for each in audit.seers],
        "taken": [{**msgspec.to_builtins(each), "last_at": clock.iso(each.last)} for each in audit.looks],
    }  # fmt: skip


@router.post("/silos", response={202: SilosAsked}, summary="Look anew which sources know whom")
def compute_silos(request: HttpRequest) -> "Status[Any]":
    """A worker does it; until then the last figures stay."""
    return Status(202, {"state": actions.ask(actor(request)).state})
