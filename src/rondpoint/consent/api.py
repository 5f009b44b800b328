"""What a person said about being written to, for the golden record."""

from typing import Any

from rondpoint.consent import api_ledger
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.suppressing import suppressions
from rondpoint.customers import queries as customers
from rondpoint.lib import clock


def panel(customer_id: int) -> list[dict[str, Any]]:
    """Suppressions in force on her addresses, what holds of that she said something about, then her own words, newest
    first."""
    held = [(row.kind, row.value) for row in customers.identifiers(customer_id)]
    rows = [
        {
            "kind": "suppression",
            "address_kind": kind,
            "address": address,
            "channel": row.channel,
            "scope": row.scope,
            "reason": row.reason,
            "at": clock.iso(row.created),
        }
        for (kind, address), found in suppressions(held).items()
        for row in found
    ]
    rows += [{"kind": "standing", **row} for row in api_ledger.standings(customer_id) if row["entry"] is not None]
    said = ConsentEntry.objects.filter(profile_id__in=customers.profile_ids(customer_id)).order_by("-at", "-id")[:50]
    return rows + [
        {
            "kind": "said",
            "address_kind": row.address_kind,
            "address": row.address,
            "purpose": row.purpose,
            "channel": row.channel,
            "action": row.action,
            "at": clock.iso(row.at),
        }
        for row in said
    ]
