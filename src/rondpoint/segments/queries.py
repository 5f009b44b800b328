"""Reading segments."""

import uuid
from collections.abc import Collection
from typing import Any

from django.utils.translation import get_language

from rondpoint.consent import queries as consent
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.customers.queries import companies
from rondpoint.segments.computed.queries import engagement
from rondpoint.segments.models import KnownTrait, Member, Proof, Segment, Version
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.reading import read
from rondpoint.segments.sentences import sentence

__all__ = [
    "engagement", "every", "get", "last_proof", "meaning", "members", "names", "newest", "of_customer", "panel",
    "trait_names", "versions",
]  # fmt: skip


def every() -> list[Segment]:
    """All segments that were not archived, by name."""
    return list(Segment.objects.filter(archived=None).order_by("name", "id"))


def get(public_id: str | uuid.UUID) -> Segment | None:
    """A segment that was not archived."""
    try:
        return Segment.objects.filter(public_id=uuid.UUID(str(public_id)), archived=None).first()
    except ValueError:
        return None


def names(public_ids: Collection[str]) -> dict[str, str]:
    """What segments are called."""
    rows = Segment.objects.filter(public_id__in=public_ids)
    return {str(public_id): name for public_id, name in rows.values_list("public_id", "name")}


def members(segment: Segment, after: int | None, limit: int) -> list[tuple[Customer, int]]:
    """Members by the number of the customer, each with the moment since when; ``after``: the last one seen."""
    rows = Member.objects.filter(segment=segment)
    if after is not None:
        rows = rows.filter(customer_id__gt=after)
    found = list(rows.order_by("customer_id").values_list("customer_id", "since")[:limit])
    known = customers.by_ids({number for number, _ in found})
    return [(known[number], since) for number, since in found if number in known]


def newest(segment: Segment, limit: int) -> list[tuple[Customer, int]]:
    """Who came in last."""
    found = list(
        Member.objects.filter(segment=segment).order_by("-since", "-id").values_list("customer_id", "since")[:limit]
    )
    known = customers.by_ids({number for number, _ in found})
    return [(known[number], since) for number, since in found if number in known]


def of_customer(customer_id: int) -> list[Segment]:
    """The segments that a customer is in."""
    held = Member.objects.filter(customer_id=customer_id).values("segment_id")
    return list(Segment.objects.filter(id__in=held, archived=None).order_by("name", "id"))


def panel(customer_id: int) -> list[dict[str, str]]:
    """What the golden record shows of them."""
    return [{"id": str(row.public_id), "name": row.name} for row in of_customer(customer_id)]


def versions(segment: Segment) -> list[Version]:
    """What it meant, the newest first."""
    return list(segment.versions.order_by("-number"))


def last_proof(segment: Segment) -> Proof | None:
    """How it was last compared with the lake."""
    return segment.proofs.order_by("-at", "-id").first()


def meaning(definition: dict[str, Any]) -> str:
    """A definition as a sentence in the reader's language. Raises BadDefinition."""
    condition = read(definition)
    needed = looking.of(condition)
    wanted = [each for each in needed.segments if get(each) is not None]
    purposes = consent.purpose_names(get_language() or "en") if needed.purposes else {}
    return sentence(condition, names(wanted) | companies.names(needed.companies) | purposes)


def trait_names() -> list[str]:
    """What traits there are, for the builder."""
    return list(KnownTrait.objects.order_by("name").values_list("name", flat=True).distinct()[:200])
