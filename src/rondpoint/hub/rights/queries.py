"""Reading erasures, requests and what is kept of them."""

import uuid
from typing import Any

from rondpoint.customers.models import Customer
from rondpoint.hub.models import Erasure, RightsRequest
from rondpoint.hub.rights import access
from rondpoint.lib import clock

UNANSWERED = ("open", "working")
WAITING = (*UNANSWERED, "held")


def get(public_id: str | uuid.UUID) -> Erasure | None:
    """An erasure by its public id."""
    try:
        return Erasure.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def receipt(row: Erasure) -> dict[str, Any]:
    """What was removed, when and by whom, and what was kept; nothing about the person."""
    return {
        "id": str(row.public_id),
        "customer": str(row.customer),
        "state": row.state,
        "by": row.by,
        "reason": row.reason,
        "hidden_at": clock.iso(row.hidden),
        "done_at": clock.iso(row.done),
        "waits_for": row.waits,
        # Since when it waited for a hold before it was carried out (GDPR article 17(3)(e)).
        "held_since": clock.iso(row.kept.get("held")),
        "removed": dict(sorted(row.counts.items())),
        "kept": {
            # Hashes, by which a backup or a late delivery is known again.
            "ledger_hashes": row.kept.get("hashes", 0),
            # Hashes of addresses to which nothing may be sent.
            "suppressed_addresses": row.kept.get("suppressions", 0),
            # Who did what, with bare ids.
            "audit_entries": row.kept.get("audit", 0),
        },
    }


def requests(limit: int = 50, before: int | None = None, state: str = "") -> list[RightsRequest]:
    """Requests, the newest first."""
    rows = RightsRequest.objects.select_related("erasure").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    return list((rows.filter(id__lt=before) if before is not None else rows)[:limit])


def waiting() -> list[RightsRequest]:
    """Requests that wait for an answer, the one that is due first in front."""
    rows = RightsRequest.objects.filter(state__in=WAITING).select_related("erasure")
    return list(rows.order_by("due", "id")[:200])


def people(rows: list[RightsRequest]) -> dict[uuid.UUID, Customer]:
    """The living customers that requests are about, by the public id of then."""
    found = Customer.objects.filter(public_id__in={row.customer for row in rows}).select_related("merged_into")
    return {row.public_id: row.merged_into or row for row in found}


def request(public_id: str | uuid.UUID) -> RightsRequest | None:
    """A request by its public id."""
    try:
        found = RightsRequest.objects.filter(public_id=uuid.UUID(str(public_id)))
        return found.select_related("erasure").first()
    except ValueError:
        return None


def of_customer(customer_id: int) -> list[RightsRequest]:
    """What one customer asked for, the newest first."""
    return list(RightsRequest.objects.filter(customer_id=customer_id).select_related("erasure").order_by("-id")[:20])


def summary(row: RightsRequest) -> dict[str, Any]:
    """A request as programs see it."""
    ready = row.expires is not None and row.json_sha256
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "customer": str(row.customer),
        "asked_by": row.asked_by,
        "channel": row.channel,
        "proof": row.proof,
        "law": row.law,
        "state": row.state,
        "received_at": clock.iso(row.received),
        "due_at": clock.iso(row.due),
        "held_since": clock.iso(row.held),
        "extended": row.extended,
        "answer": row.answer,
        "by": row.by,
        "closed_at": clock.iso(row.closed),
        "erasure": str(row.erasure.public_id) if row.erasure else None,
        "expires_at": clock.iso(row.expires),
        "files": {form: access.link(row, form) for form in access.FORMS} if ready else {},
    }
