"""Confirming what is pending: by a person, with a POST; a scanner that follows the link confirms nothing."""

from rondpoint.consent import purposes
from rondpoint.consent.ledger import record
from rondpoint.consent.models import ConsentEntry, Purpose
from rondpoint.consent.standing import standing
from rondpoint.consent.types import Asked, Entry, Standing
from rondpoint.lib import clock
from rondpoint.lib.db import write


def pending(entry_id: int, now: int | None = None) -> tuple[ConsentEntry, Purpose, Standing] | None:
    """What a link asks to confirm, and what holds now; None when it is not there any more."""
    row = ConsentEntry.objects.filter(id=entry_id, action="pending").first()
    purpose = next((each for each in purposes.every() if row and each.key == row.purpose), None)
    if row is None or purpose is None:
        return None
    asked = Asked(row.purpose, row.channel, row.address_kind, row.address, profile_id=row.profile_id)
    return row, purpose, standing([asked], now or clock.now())[0]


def confirm(entry_id: int, proof: dict[str, object], now: int | None = None) -> Standing | None:
    """Confirms an entry unless it was taken back meanwhile; what holds then. None when it is not there any more. Twice
    is once."""
    now = now or clock.now()
    with write():
        found = pending(entry_id, now)
        if found is None:
            return None
        row, _, holds = found
        if holds.reason == "pending":
            said = Entry(
                row.profile_id, "confirmed", f"confirmed:{row.id}", now, row.purpose, row.channel, row.address_kind,
                row.address, row.basis, row.wording, row.language, {**row.proof, **proof, "pending": row.id},
                row.proof.get("grant_expires"),
            )  # fmt: skip
            record([said], now)
            found = pending(entry_id, now)
        return found[2] if found else None
