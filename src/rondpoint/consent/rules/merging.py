"""What holds for one customer, out of all words on all her profiles and addresses: the most restrictive.

- A grant holds for one purpose, channel and address while it is newer than every refusal that covers it; at the same
  moment the refusal holds.
- Her own refusal covers all her addresses: on one channel where it names one, else on each. Another's refusal covers
  the one address that both use, since who reads there may be the same person.
- STOP is over once START comes later from the same address; nothing else takes a refusal back but a newer grant.
- A grant that was only implied stays so, and yields to one that she said and that had not ended by then.
- What is pending is no grant yet. A suppressed address gets nothing.
"""

from collections.abc import Collection, Iterable, Mapping

from rondpoint.consent.types import (
    GRANTS,
    IMPLIED,
    NEEDS_NOBODY,
    NO_PROMOTION,
    REFUSALS,
    Address,
    Key,
    Row,
    Shut,
    Terms,
    Word,
)


def merged(
    words: Collection[Word], purposes: Mapping[str, Terms], shut: Mapping[Address, Collection[Shut]]
) -> dict[Key, Row]:
    """What holds, by key, of all that was said by or at the addresses of one customer.

    A grant or a pending one has a row of its own key. A refusal has rows of the scope it was said in, with an empty
    purpose or channel for all, once for the customer and once for its address; they forbid where no row of the full key
    says more.
    """
    refusals = _in_force(words)
    rows: dict[Key, Row] = {}
    for word in refusals:
        if not word.own:
            continue
        for kind, address in {("", ""), (word.address_kind, word.address)}:
            key = (word.purpose, word.channel, kind, address)
            if key not in rows or _later(word, rows[key].entry_id, words):
                rows[key] = Row(False, word.action, None, word.id)
    asked: dict[Key, list[Word]] = {}
    for word in words:
        if word.own and (word.action in GRANTS or word.action == "pending") and word.purpose in purposes:
            asked.setdefault((word.purpose, word.channel, word.address_kind, word.address), []).append(word)
    for key, said in asked.items():
        rows[key] = _row(key, said, refusals, purposes[key[0]], shut.get((key[2], key[3]), ()))
    return rows


def suppressed(terms: Terms, channel: str, against: Iterable[Shut]) -> str:
    """The reason an address gets nothing of this purpose on this channel, or ""."""
    marketing = terms.purpose_class not in NO_PROMOTION
    reasons = [
        each.reason
        for each in against
        if each.channel in ("", channel) and (each.scope == "all" or (marketing and each.scope == "marketing"))
    ]
    return min(reasons, default="")


def refusable(terms: Terms) -> bool:
    """Whether a person may refuse this purpose."""
    return terms.basis not in NEEDS_NOBODY


def _in_force(words: Collection[Word]) -> list[Word]:
    """The refusals, but each STOP that a later START from the same address took back."""
    started: dict[tuple[str, str, str], int] = {}
    for word in words:
        if word.action == "start":
            at = (word.channel, word.address_kind, word.address)
            started[at] = max(word.at, started.get(at, word.at))
    return [
        word
        for word in words
        if word.action in REFUSALS
        and not (
            word.action == "stop"
            and started.get((word.channel, word.address_kind, word.address), word.at) > word.at
        )
    ]


def _row(key: Key, said: list[Word], refusals: list[Word], terms: Terms, against: Iterable[Shut]) -> Row:
    covering = [word for word in refusals if _covers(word, key)] if refusable(terms) else []
    last = max(covering, key=_order, default=None)
    newer = [word for word in said if last is None or word.at > last.at]
    grants = [word for word in newer if word.action in GRANTS]
    reason = suppressed(terms, key[1], against)
    if reason:
        return Row(False, reason, None, max(said, key=_order).id)
    if grants:
        chosen = max(_surest(grants), key=lambda word: (_end(word), *_order(word)))
        return Row(True, chosen.basis if chosen.basis in IMPLIED else chosen.action, chosen.expires, chosen.id)
    if newer:
        chosen = max(newer, key=lambda word: (_end(word), *_order(word)))
        return Row(False, "pending", chosen.expires, chosen.id)
    assert last is not None, "what is not newer is older than a refusal"
    return Row(False, last.action, None, last.id)


def _surest(grants: list[Word]) -> list[Word]:
    """Those that she said, where one had not ended by the time of the last implied one; else the implied."""
    implied = [word for word in grants if word.basis in IMPLIED]
    last = max((word.at for word in implied), default=None)
    said = [word for word in grants if word.basis not in IMPLIED and (last is None or _end(word) > last)]
    return said or implied


def _covers(refusal: Word, key: Key) -> bool:
    purpose, channel, kind, address = key
    if refusal.purpose not in ("", purpose) or refusal.channel not in ("", channel):
        return False
    return refusal.own or (refusal.address_kind, refusal.address) == (kind, address)


def _order(word: Word) -> tuple[int, str, int]:
    """Later words come later; among those of one moment the choice is the same in whichever order they came."""
    return word.at, word.action, word.id


def _end(word: Word) -> float:
    return float("inf") if word.expires is None else word.expires


def _later(word: Word, than: int | None, words: Collection[Word]) -> bool:
    other = next(each for each in words if each.id == than)
    return _order(word) > _order(other)
