"""Whether somebody belongs to a company, of all that was said of it. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from rondpoint.customers.types import Evidence, LinkKind


class Word(Struct, frozen=True):
    """One membership as somebody told it. ``speaks``: the profile it stands on counts for the customer; ``ended``: the
    evidence of who ended it, None while it lasts."""

    evidence: int
    speaks: bool
    since: int
    role: str = ""
    ended: int | None = None


class Belongs(Struct, frozen=True):
    """Somebody belongs to a company, as well as it is known. ``role``: the newest that was told."""

    role: str
    since: int
    evidence: int


def belongs(words: Iterable[Word]) -> Belongs | None:
    """What holds of one customer and one company; None when she does not belong to it.

    Whoever can prove it (provider or better) is believed whatever the profile. A mere claim holds as long as it stands
    on a profile that counts and nobody better said that it is over.
    """
    told = list(words)
    lasting = [word for word in told if word.ended is None]
    proven = [word for word in lasting if word.evidence >= Evidence.PROVIDER]
    if not proven:
        if any(word.ended is not None and word.ended >= Evidence.PROVIDER for word in told):
            return None
        proven = [word for word in lasting if word.speaks]
    if not proven:
        return None
    newest = max(proven, key=lambda word: (bool(word.role), word.since))
    return Belongs(newest.role, min(word.since for word in proven), max(word.evidence for word in proven))


def joining(evidence: int, scope: str, other: int, other_scope: str) -> LinkKind | None:
    """How two keys of the same text that two sources told of are joined by themselves, if at all.

    Keys of another brand may be other companies; those of the API hold for the whole house (an empty scope). Where one
    of the two is a mere claim, it is only counted with the other.
    """
    if scope and other_scope and scope != other_scope:
        return None
    return LinkKind.DETERMINISTIC if min(evidence, other) >= Evidence.PROVIDER else LinkKind.ATTRIBUTED
