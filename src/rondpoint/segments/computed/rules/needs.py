"""What a formula looks at, and what its traits are called. Pure."""

from collections.abc import Iterable

import msgspec

from rondpoint.segments.computed.rules.signals import ACTS, SIGNALS
from rondpoint.segments.computed.types import DAILY, NUMBERS, VALUES, Formula, Kind
from rondpoint.segments.rules import needs as looking
from rondpoint.segments.rules.needs import Column, Needs
from rondpoint.segments.types import AnyOf, Condition

ENDINGS = {
    Kind.RFM: ("", "r", "f", "m", "label"),
    Kind.LIFETIME_VALUE: ("", "purchases"),
}


def condition(formula: Formula) -> Condition:
    """The facts that are looked at, as a condition."""
    if formula.event is not None:
        return formula.event
    if formula.kind is Kind.BEST_HOUR:
        return AnyOf(tuple(msgspec.structs.replace(event, within_days=formula.within_days) for event in ACTS))
    return AnyOf(tuple(signal.event for signal in SIGNALS))


def of(formula: Formula) -> Needs:
    """What a formula looks at; its property comes with the columns that its kind reads."""
    needed = looking.of(condition(formula))
    columns = {*needed.columns, *(Column(formula.path, kind) for kind in columns_of(formula.kind))}
    windows = needed.windows or formula.kind in DAILY
    channels = formula.kind in (Kind.ENGAGEMENT, Kind.BEST_CHANNEL)
    return msgspec.structs.replace(needed, columns=looking.ordered(columns), windows=windows, channels=channels)


def columns_of(kind: Kind) -> str:
    """The kinds of columns (``segments.rules.needs.Column``) of the property that a kind reads."""
    if kind in VALUES:
        return "tn"
    if kind in (Kind.MIN, Kind.MAX):
        return "n"
    return "m" if kind in NUMBERS else ""


def names(trait: str, kind: Kind, channels: Iterable[str]) -> list[str]:
    """What the traits of a definition are called: most are one, some are several with endings of their own."""
    if kind is Kind.ENGAGEMENT:
        return [f"{trait}_{channel}" for channel in channels]
    return [named(trait, ending) for ending in ENDINGS.get(kind, ("",))]


def named(trait: str, ending: str) -> str:
    """The name of a trait with an ending."""
    return f"{trait}_{ending}" if ending else trait
