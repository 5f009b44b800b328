"""A customer as one record: what her profiles say and hold, and the links that make her one or may. All of it is read
together, since every page about her shows it."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from msgspec import Struct

from rondpoint.customers import computed, speaking
from rondpoint.customers.models import CannotLink, Customer, Identifier, Link, Profile
from rondpoint.customers.rules import golden as rules
from rondpoint.customers.rules import standing
from rondpoint.customers.rules.golden import Value
from rondpoint.customers.types import Computed, LinkKind
from rondpoint.lib import bulk
from rondpoint.lib.prepared import prepared


class Golden(Struct, frozen=True):
    """A customer as one record; each trait keeps the source that said it. ``computed``: those traits that are worked
    out of facts, with what they mean."""

    name: str
    language: str
    traits: dict[str, Value]
    profiles: list[Profile]
    identifiers: list[Identifier]
    computed: dict[str, Computed] = {}


class Suggestion(Struct, frozen=True):
    """Somebody who may be the same person, and why."""

    link: Link
    other: Customer
    rule: str
    evidence: dict[str, Any]


class Record(Struct, frozen=True):
    """The golden record and what is around it. ``held``: all that her profiles hold, also those whose word does not
    count; ``links``: why she is one, oldest first; ``suggestions``: who may be the same person, newest first."""

    golden: Golden
    held: list[Identifier]
    links: list[Link]
    suggestions: list[Suggestion]

    @property
    def customer(self) -> Customer:
        """Whose it is. IndexError for a customer that was merged away: her profiles are another's."""
        customer = self.golden.profiles[0].customer
        assert customer is not None, "a profile is made with its customer"
        return customer


def record(customer_id: int) -> Record:
    """Everything about a customer, in three statements; one more where somebody may be the same person."""
    profiles = _profiles(customer_id)
    by_id = {row.id: row for row in profiles}
    held = bulk.fetch(Identifier, profile_id=by_id)
    for row in held:
        row.profile = by_id[row.profile_id]
    around = _around(by_id.keys())
    links = [link for link in around if link.opened is not None and link.left_id in by_id]
    return Record(_golden(customer_id, profiles, held, links), held, links, _suggestions(customer_id, around))


def golden(customer_id: int) -> Golden:
    """The golden record."""
    return record(customer_id).golden


def links(customer_id: int) -> list[Link]:
    """Why a customer is one: its open links, oldest first."""
    return record(customer_id).links


def suggestions(customer_id: int) -> list[Suggestion]:
    """Who may be the same person; newest first."""
    return record(customer_id).suggestions


def best(rows: Iterable[Identifier]) -> list[Identifier]:
    """Of identifiers the best evidence for each address, best first."""
    found: dict[tuple[str, str, str], Identifier] = {}
    for row in sorted(rows, key=lambda row: (-row.evidence, row.created, row.id)):
        found.setdefault((row.kind, row.scope, row.value), row)
    return list(found.values())


def kept_apart(customer_id: int) -> dict[int, int]:
    """The customers whom somebody said to be other people than this one: {id: since when}."""
    rows = CannotLink.objects.filter(Q(left__customer_id=customer_id) | Q(right__customer_id=customer_id), closed=None)
    said = rows.order_by("-created", "-id").values_list("left__customer_id", "right__customer_id", "created")
    return {right if left == customer_id else left: created for left, right, created in said if left != right}


def _golden(customer_id: int, profiles: list[Profile], held: list[Identifier], links: list[Link]) -> Golden:
    chosen, trust = speaking.rules(), speaking.trust(profiles, held)
    quiet: set[int] = set()
    if any(link.kind == LinkKind.ATTRIBUTED for link in links):
        edges = [(link.left_id, link.right_id, link.kind) for link in links]
        quiet = trust.keys() - standing.speaking(trust.keys(), trust, edges)
    said = [rules.Word(row.source, row.traits, trust[row.id]) for row in profiles if row.id not in quiet]
    known = rules.traits(said, chosen)
    language = known.get("language")
    worked_out = computed.values(customer_id)
    figures = {name: Value(each.value, computed.SOURCE, each.at) for name, each in worked_out.items()}
    return Golden(
        name=rules.display_name(known),
        language=str(language.value) if language else "",
        traits={**known, **figures},
        profiles=profiles,
        identifiers=best(row for row in held if row.profile_id not in quiet),
        computed=worked_out,
    )


def _suggestions(customer_id: int, around: list[Link]) -> list[Suggestion]:
    waiting = sorted(
        (link for link in around if link.opened is None), key=lambda link: (link.suggested or 0, link.id), reverse=True
    )
    apart = kept_apart(customer_id) if waiting else {}
    found: dict[int, Suggestion] = {}
    for link in waiting:
        other = link.right.customer if link.left.customer_id == customer_id else link.left.customer
        if other is not None and other.id != customer_id and other.id not in apart:
            found.setdefault(other.id, Suggestion(link, other, link.rule, link.evidence))
    return list(found.values())


@prepared
def _profiles(customer_id: int, /) -> QuerySet[Profile, Profile]:
    return Profile.objects.filter(customer_id=customer_id).select_related("customer").order_by("id")


@prepared
def _around(profile_ids: Collection[int], /) -> QuerySet[Link, Link]:
    """The links of profiles that are open or wait for an answer, the first opened first."""
    return (
        Link.objects.filter(Q(left_id__in=profile_ids) | Q(right_id__in=profile_ids), closed=None)
        .select_related("left__customer", "right__customer")
        .order_by("opened", "id")
    )
