"""What one customer said about being written to, how she wants it, and what the gate decided each time."""

from typing import Any

from rondpoint.consent import queries as consent
from rondpoint.consent.models import ConsentEntry, Preference, Wording
from rondpoint.consent.rules.preferring import NEVER
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk, clock
from rondpoint.sending.models import Decision


def consents(customer_id: int, profile_ids: list[int]) -> list[dict[str, Any]]:
    """Addresses that get nothing, then every word, the oldest first, each with the text that was shown."""
    held = [(row.kind, row.value) for row in customers.identifiers(customer_id)]
    found: list[dict[str, Any]] = [
        {"kind": "suppression", "address_kind": kind, "address": address, "channel": row.channel, "scope": row.scope,
         "reason": row.reason, "at": clock.iso(row.created)}
        for (kind, address), rows in consent.suppressions(held).items()
        for row in rows
    ]  # fmt: skip
    words = list(ConsentEntry.objects.filter(profile_id__in=profile_ids).order_by("at", "id"))
    texts = _texts({said.purpose for said in words if said.wording})
    for said in words:
        found.append(
            {"kind": "said", "address_kind": said.address_kind, "address": said.address, "channel": said.channel,
             "action": said.action, "purpose": said.purpose, "basis": said.basis, "wording": said.wording or None,
             "wording_text": texts.get((said.purpose, said.language, said.wording)), "language": said.language,
             "expires_at": clock.iso(said.expires), "proof": said.proof, "by": said.by, "reference": said.source,
             "at": clock.iso(said.at)}
        )  # fmt: skip
    return found


def preferences(profile_ids: list[int]) -> list[dict[str, Any]]:
    """Every wish of every profile, the oldest first. ``holds``: it is the newest word of hers on this; a value None
    took an earlier one back."""
    sources = {row.id: (row.source, row.key) for row in bulk.fetch(Profile, id=profile_ids)}
    found, newest = [], {}
    for row in bulk.fetch(Preference, profile_id=profile_ids):
        for name, word in row.said.items():
            wish, _, purpose = name.partition(":")
            source, key = sources.get(row.profile_id, ("", ""))
            found.append(
                {"preference": wish, "purpose": purpose, "value": _outside(wish, word["value"]),
                 "source": source, "key": key, "at": clock.iso(word["at"]), "holds": False}
            )  # fmt: skip
            order = word["at"], repr(word["value"])
            if name not in newest or newest[name][0] < order:
                newest[name] = order, found[-1]
    for _, wish in newest.values():
        wish["holds"] = True
    return sorted(found, key=lambda wish: (wish["at"], wish["preference"], wish["purpose"]))


def decisions(profile_ids: list[int]) -> list[dict[str, Any]]:
    """The gate's verdict on each message to her with all its steps, the oldest first. ``state``: where the message
    stands, None when none left."""
    rows = Decision.objects.filter(profile_id__in=profile_ids).order_by("id")
    told = ("channel", "address_kind", "address", "purpose", "verdict", "step", "reason", "detail", "steps")
    return [
        {"id": str(row["public_id"]), "at": clock.iso(row["at"]), "state": row["dispatch__state"]}
        | {name: row[name] for name in told}
        for row in rows.values("public_id", "at", "dispatch__state", *told)
    ]


def _texts(purposes: set[str]) -> dict[tuple[str, str, int], str]:
    rows = Wording.objects.filter(purpose__key__in=purposes)
    return {tuple(key): text for *key, text in rows.values_list("purpose__key", "language", "version", "text")}


def _outside(name: str, value: Any) -> Any:
    """A wish as programs read it: times in ISO or ``forever``, hours of the day as 20:00."""
    if name == "paused_until":
        return "forever" if value and value >= NEVER else clock.iso(value) if value else None
    if name == "quiet" and value:
        start, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in value)
        return {"from": start, "to": end}
    return value
