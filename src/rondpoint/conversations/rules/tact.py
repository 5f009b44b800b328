"""The gate's step of tact: whoever complains hears no promotion, on any channel, until it is settled. Pure."""

from rondpoint.sending.types import Candidate, Fail

NAME = "tact"


def tact(candidate: Candidate) -> Fail | None:
    """No promotion to somebody with an open complaint; ``conversations.queries.complaints`` says who has one."""
    if not candidate.promotion:
        return None
    if NAME not in candidate.told:
        return Fail("not_asked", "nobody looked for open complaints")
    return Fail("open_complaint") if candidate.told[NAME] else None
