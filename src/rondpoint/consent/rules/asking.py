"""The answer to one question, out of the rows that hold for a customer and those of others at the address."""

from collections.abc import Collection, Mapping

from rondpoint.consent.rules.merging import suppressed
from rondpoint.consent.types import NEEDS_NOBODY, Asked, Key, Row, Shut, Standing, Terms


def answer(
    asked: Asked,
    terms: Terms | None,
    rows: Mapping[Key, Row],
    others: Mapping[Key, Row],
    against: Collection[Shut],
    now: int,
) -> Standing:
    """May she be written to? ``rows``: hers; ``others``: refusals of other customers at the same address.

    What is not known is a no: an unknown purpose, one that was put out of use, a channel it does not have.
    """
    if terms is None:
        return Standing(False, "unknown_purpose")
    if not terms.active:
        return Standing(False, "inactive_purpose")
    reason = suppressed(terms, asked.channel, against)
    if reason:
        return Standing(False, reason)
    if terms.basis in NEEDS_NOBODY:
        return Standing(True, terms.basis)
    own = rows.get((asked.purpose, asked.channel, asked.address_kind, asked.address))
    if own is not None and (own.allowed or own.reason == "pending"):
        return _timed(own, now)
    refused = own or _refused(asked, rows, ("", "")) or _refused(asked, others, (asked.address_kind, asked.address))
    if refused is not None:
        return Standing(False, refused.reason, None, refused.entry_id)
    if terms.basis == "legitimate_interest":
        return Standing(True, "legitimate_interest")
    return Standing(False, "never_agreed")


def _timed(row: Row, now: int) -> Standing:
    if row.until is not None and row.until <= now:
        return Standing(False, "expired", row.until, row.entry_id)
    return Standing(row.allowed, row.reason, row.until, row.entry_id)


def _refused(asked: Asked, rows: Mapping[Key, Row], address: tuple[str, str]) -> Row | None:
    """The newest word, by its number, among those that cover what is asked."""
    wanted = [(purpose, channel, *address) for purpose in (asked.purpose, "") for channel in {asked.channel, ""}]
    found = [rows[key] for key in wanted if key in rows and not rows[key].allowed and rows[key].reason != "pending"]
    return max(found, key=lambda row: row.entry_id or 0, default=None)
