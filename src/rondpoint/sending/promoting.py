"""Which purposes promote something: the house's own by the class they were given."""

from collections.abc import Collection

from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN
from rondpoint.sending.types import promotes


def promoting(purposes: Collection[str]) -> set[str]:
    """Those of these purposes that promote something. Nothing is asked where all of them are built in."""
    known = consent.terms() if any(purpose not in BUILT_IN for purpose in purposes) else {}
    return {purpose for purpose in purposes if promotes(purpose, known.get(purpose))}
