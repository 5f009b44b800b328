"""Words of computed traits: what is worked out, of which facts, and what it comes to."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from rondpoint.segments.types import Event


class Kind(StrEnum):
    """What is worked out of the facts that are looked at. Who has none of them has no value."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"
    FIRST = "first"  # the value of a property in the first fact that has it
    LAST = "last"
    FIRST_AT = "first_at"
    LAST_AT = "last_at"
    DAYS_SINCE = "days_since"  # whole days since the last of them
    MOST_FREQUENT = "most_frequent"
    DISTINCT = "distinct"
    RFM = "rfm"
    ENGAGEMENT = "engagement"
    BEST_CHANNEL = "best_channel"
    BEST_HOUR = "best_hour"
    LIFETIME_VALUE = "lifetime_value"


NUMBERS = frozenset({Kind.SUM, Kind.AVERAGE, Kind.MIN, Kind.MAX, Kind.RFM, Kind.LIFETIME_VALUE})
"""Those that read a property as a number."""
VALUES = frozenset({Kind.FIRST, Kind.LAST, Kind.MOST_FREQUENT, Kind.DISTINCT})
"""Those that read a property as it is."""
SIGNS = frozenset({Kind.ENGAGEMENT, Kind.BEST_CHANNEL, Kind.BEST_HOUR})
"""Those that look at the facts of messages themselves (``rules.signals``)."""
MEASURED = frozenset({Kind.RFM, Kind.LIFETIME_VALUE, Kind.BEST_HOUR})
"""Those that need something of everybody or of the house, measured anew each day."""
JUDGING = frozenset({Kind.RFM, Kind.ENGAGEMENT, Kind.BEST_CHANNEL, Kind.BEST_HOUR, Kind.LIFETIME_VALUE})
"""Those that judge a person instead of counting what she did: not worked out for who refused to be profiled."""
DAILY = frozenset({Kind.DAYS_SINCE, Kind.ENGAGEMENT, Kind.LIFETIME_VALUE})
"""Those that change with time alone, whatever their windows."""


class Formula(Struct, frozen=True):
    """What a definition says. ``event``: the facts that are looked at, none where the kind looks at signs; ``path``:
    of the property; ``half_life``: days; ``minimum``: facts that are needed; ``timezone``: empty for the house's."""

    kind: Kind
    event: Event | None = None
    path: tuple[str, ...] = ()
    half_life: float = 30.0
    minimum: int = 5
    within_days: float | None = None
    timezone: str = ""


Row = tuple[Any, ...]
"""What a statement says of one customer, without her number."""
Value = str | float


class Found(Struct, frozen=True):
    """What it comes to for one customer. ``values``: by the ending of the trait's name, empty for the trait itself;
    ``until``: when time alone may next change them."""

    values: dict[str, Value] = {}
    until: int | None = None
