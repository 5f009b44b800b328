"""Reasons of refusals, without what differs from call to call. Pure."""

_APART = "; "  # behind it a reason says what this one call had


def kind(reason: str) -> str:
    """What a reason has in common with those of other calls: ```type`: expected one of …`` without what was got."""
    return reason.partition(_APART)[0]


def begins(kind: str) -> str:
    """How the longer reasons of a kind begin."""
    return kind + _APART
