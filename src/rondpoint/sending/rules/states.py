"""How the state of a dispatch moves. News comes late, twice and out of order; a state only moves forward.

queued < sent < delivered < read. ``failed`` and ``unknown`` stand beside that line:
- ``unknown`` (nobody can say whether it left) becomes whatever a receipt then says;
- ``failed`` stays, unless the message was delivered or read after all: a device's word outweighs a relay's;
- what was delivered or read can no longer fail;
- ``cancelled`` was taken back while it was queued, and stays so.
"""

FORWARD: dict[str, frozenset[str]] = {
    "queued": frozenset({"sent", "delivered", "read", "failed", "unknown", "cancelled"}),
    "unknown": frozenset({"sent", "delivered", "read", "failed"}),
    "sent": frozenset({"delivered", "read", "failed"}),
    "delivered": frozenset({"read"}),
    "failed": frozenset({"delivered", "read"}),
    "read": frozenset(),
    "cancelled": frozenset(),
}
_LINE = ("queued", "sent", "delivered", "read")


def forward(old: str, new: str) -> bool:
    """Does this news move the state on?"""
    return new in FORWARD[old]


def whole(states: list[str]) -> str:
    """The state of a message out of the states of its parts: failed when one is, else that of the slowest.

    No parts with a name of their own: the provider took it and will say no more, ``sent``.
    """
    if not states:
        return "sent"
    if "failed" in states:
        return "failed"
    if "unknown" in states:
        return "unknown"
    return min(states, key=_LINE.index)
