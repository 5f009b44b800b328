"""Computed traits in words of the reader's language: what they mean, what their parts are called, how values read."""

import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rondpoint.channels import registry
from rondpoint.lib import clock
from rondpoint.segments import sentences
from rondpoint.segments.computed.rules.figures import SCALE, hours, stands
from rondpoint.segments.computed.rules.signals import Sign
from rondpoint.segments.computed.types import Formula, Kind, Row
from rondpoint.segments.models import ComputedTrait
from rondpoint.ui import times


def kinds() -> dict[Kind, str]:
    """What each kind is called in the menu."""
    return {
        Kind.COUNT: _("How many times"),
        Kind.SUM: _("Sum of a property"),
        Kind.AVERAGE: _("Average of a property"),
        Kind.MIN: _("Smallest value of a property"),
        Kind.MAX: _("Largest value of a property"),
        Kind.FIRST: _("First value of a property"),
        Kind.LAST: _("Last value of a property"),
        Kind.MOST_FREQUENT: _("Most frequent value of a property"),
        Kind.DISTINCT: _("Number of different values"),
        Kind.FIRST_AT: _("When it first happened"),
        Kind.LAST_AT: _("When it last happened"),
        Kind.DAYS_SINCE: _("Days since it last happened"),
        Kind.RFM: _("Recency, frequency, amount (RFM)"),
        Kind.LIFETIME_VALUE: _("Expected value of the next 12 months"),
        Kind.ENGAGEMENT: _("Engagement per channel"),
        Kind.BEST_CHANNEL: _("Best channel"),
        Kind.BEST_HOUR: _("Best hour"),
    }


def meaning(formula: Formula) -> str:
    """What a formula means, in a sentence."""
    told = {
        "facts": sentences.facts(formula.event) if formula.event else "",
        "property": ".".join(formula.path).replace("_", " "),
        "days": sentences.number(formula.half_life),
        "zone": formula.timezone or _("the house's time"),
        "minimum": sentences.number(formula.minimum),
    }
    said = _MEANINGS[formula.kind]() % told
    if formula.kind is Kind.BEST_HOUR and formula.within_days is not None:
        days = sentences.number(formula.within_days)
        said += " " + _("Only the last %(days)s days count.") % {"days": days}
    return said


_MEANINGS = {
    Kind.COUNT: lambda: _("How many times there was %(facts)s."),
    Kind.SUM: lambda: _("The sum of %(property)s over all %(facts)s."),
    Kind.AVERAGE: lambda: _("The average of %(property)s over all %(facts)s."),
    Kind.MIN: lambda: _("The smallest %(property)s of all %(facts)s."),
    Kind.MAX: lambda: _("The largest %(property)s of all %(facts)s."),
    Kind.FIRST: lambda: _("The first %(property)s that was told with %(facts)s."),
    Kind.LAST: lambda: _("The last %(property)s that was told with %(facts)s."),
    Kind.FIRST_AT: lambda: _("When there first was %(facts)s."),
    Kind.LAST_AT: lambda: _("When there last was %(facts)s."),
    Kind.DAYS_SINCE: lambda: _("Whole days since there last was %(facts)s."),
    Kind.MOST_FREQUENT: lambda: _("The %(property)s that was told most often with %(facts)s."),
    Kind.DISTINCT: lambda: _("How many different %(property)s were told with %(facts)s."),
    Kind.RFM: lambda: _(
        "How recent, how frequent and how large (%(property)s) %(facts)s are: each from 1 to 5 among all customers."
    ),
    Kind.LIFETIME_VALUE: lambda: _(
        "The sum of %(property)s to be expected in the next 12 months, from all %(facts)s of all customers."
    ),
    Kind.ENGAGEMENT: lambda: _(
        "How much of what she receives on each channel she opens, clicks and answers, from 0 to 100; "
        "each sign is worth half after %(days)s days."
    ),
    Kind.BEST_CHANNEL: lambda: _(
        "The channel on which she opens, clicks and answers most of what she receives; "
        "each sign is worth half after %(days)s days."
    ),
    Kind.BEST_HOUR: lambda: _(
        "The hour of the day (%(zone)s) in which she most often answers, opens or clicks, once she did at least "
        "%(minimum)s times."
    ),
}


def part(formula: Formula, ending: str) -> str:
    """What one of several values is called, behind the label of the trait; empty for the trait itself."""
    if formula.kind is Kind.ENGAGEMENT:
        return channel(ending)
    return _PARTS[ending]() if ending in _PARTS else ""


_PARTS = {
    "r": lambda: _("recency"),
    "f": lambda: _("frequency"),
    "m": lambda: _("amount"),
    "label": lambda: _("in a word"),
    "purchases": lambda: _("expected purchases"),
}


def called(row: ComputedTrait, formula: Formula, name: str) -> str:
    """What a value is called: the label of its trait, and which of several it is."""
    said = part(formula, ending(row, name))
    return f"{row.label} · {said}" if said else row.label


def ending(row: ComputedTrait, name: str) -> str:
    """How a name differs from that of its trait."""
    return name.removeprefix(row.name).removeprefix("_")


def channel(kind: str) -> str:
    """What a channel is called."""
    return _(registry.get(kind).manifest.label) if kind in registry.kinds() else kind


def value(formula: Formula, ending: str, told: str | float) -> str:
    """A value as people read it."""
    if isinstance(told, float | int):
        if formula.kind is Kind.BEST_HOUR:
            return _("%(from)s to %(to)s h") % {"from": int(told), "to": int(told) + 1}
        return sentences.number(told)
    if formula.kind is Kind.BEST_CHANNEL:
        return channel(told)
    if formula.kind in (Kind.FIRST_AT, Kind.LAST_AT):
        return times.exact(clock.from_datetime(datetime.datetime.fromisoformat(told)))
    if ending == "label":
        return labels().get(told, told)
    return told


def labels() -> dict[str, str]:
    """What the words of RFM are called."""
    return {
        "champions": _("champions"),
        "loyal": _("loyal"),
        "new": _("new"),
        "occasional": _("occasional"),
        "at risk": _("at risk"),
        "asleep": _("asleep"),
        "lost": _("lost"),
    }


def evidence(formula: Formula, rows: list[Row], parameters: dict[str, Any], now: int) -> list[str]:
    """Of which facts a value was made, a line each; nothing where the sentence says it all."""
    if formula.kind in (Kind.ENGAGEMENT, Kind.BEST_CHANNEL):
        return [
            _("%(channel)s: %(score)s of 100 (received %(received)s, opened %(opened)s, clicked %(clicked)s, "
              "answered %(answered)s)")
            % {"channel": channel(name), "score": stand.score(now, formula.half_life), **_counted(stand.counted)}
            for name, stand in sorted(stands(formula, rows).items())
        ]  # fmt: skip
    if formula.kind is Kind.BEST_HOUR:
        counted = hours(formula, rows, parameters)
        return [
            _("%(from)s to %(to)s h") % {"from": hour, "to": hour + 1}
            + ": "
            + ngettext("once", "%(n)s times", number) % {"n": number}
            for hour, number in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:5]
        ]
    if formula.kind is Kind.RFM and rows:
        return _fifths(rows[0], parameters)
    if formula.kind is Kind.LIFETIME_VALUE and rows:
        days, first, _first_day, _last_day, paid, total = (int(each or 0) for each in rows[0])
        mean = sentences.number(round(total / paid / SCALE, 2) if paid else 0.0)
        told = {"days": days, "since": _day(first), "mean": mean}
        return [_("days with a purchase: %(days)s, the first: %(since)s, spent on one on average: %(mean)s") % told]
    return []


def measured(formula: Formula, parameters: dict[str, Any]) -> list[str]:
    """What was measured of all customers, a line each."""
    if formula.kind is Kind.BEST_HOUR and parameters:
        return [_("Hours are those of %(zone)s.") % {"zone": parameters["timezone"]}]
    if formula.kind is Kind.RFM and parameters:
        named = (("recency", _("recency"), None), ("frequency", _("frequency"), 1), ("monetary", _("amount"), SCALE))
        fifths = [
            _("%(score)s: the fifths end at %(borders)s.")
            % {"score": said, "borders": " · ".join(_borders(parameters[name], scale))}
            for name, said, scale in named
        ]
        return [_customers(parameters["customers"]), *fifths]
    if formula.kind is Kind.LIFETIME_VALUE and parameters:
        told = {name: sentences.number(parameters[name]) for name in ("customers", "came_back")}
        said = _("Customers who bought: %(customers)s, of whom came back on another day: %(came_back)s.") % told
        if "r" not in parameters:
            return [said, _("That is too few to say anything: 30 and 10 are needed.")]
        model = ", ".join(
            f"{name} = {sentences.number(round(float(parameters[name]), 4))}"
            for name in ("r", "alpha", "a", "b", "p", "q", "v")
        )
        return [said, _("BG/NBD and Gamma-Gamma, fitted by maximum likelihood (weeks): %(model)s.") % {"model": model}]
    return []


def _customers(number: int) -> str:
    return ngettext("Measured by %(n)s customer.", "Measured by %(n)s customers.", number) % {
        "n": sentences.number(number)
    }


def _borders(borders: list[float], scale: int | None) -> list[str]:
    return [_day(int(border)) if scale is None else sentences.number(border / scale) for border in borders]


def _counted(counted: dict[Sign, int]) -> dict[str, str]:
    return {sign.value: sentences.number(number) for sign, number in counted.items()}


def _fifths(row: Row, parameters: dict[str, Any]) -> list[str]:
    count, total, last = (int(each or 0) for each in row)
    lines: list[tuple[str, str, str, int | None]] = [
        (_("the last: %(value)s"), _day(last), "recency", None),
        (_("how often: %(value)s"), sentences.number(count), "frequency", 1),
        (_("in all: %(value)s"), sentences.number(total / SCALE), "monetary", SCALE),
    ]
    return [
        said % {"value": value}
        + " – "
        + _("the fifths end at %(borders)s") % {"borders": " · ".join(_borders(parameters.get(name, []), scale))}
        for said, value, name, scale in lines
    ]


def _day(moment: int) -> str:
    return times.day(moment, clock.now())


def places() -> dict[str, str]:
    """How the ends and the middle of many numbers are called."""
    return {"least": _("least"), "middle": _("in the middle"), "most": _("most")}


def times_told(number: int) -> str:
    """How many customers have a value."""
    return ngettext("%(n)s customer", "%(n)s customers", number) % {"n": sentences.number(number)}


def operators() -> list[tuple[str, str]]:
    """The comparisons of the builder."""
    return [
        ("is", _("is")),
        ("is_not", _("is another than")),
        ("contains", _("contains")),
        ("starts_with", _("begins with")),
        ("gte", _("is at least")),
        ("lte", _("is at most")),
        ("gt", _("is more than")),
        ("lt", _("is less than")),
        ("exists", _("is known")),
    ]
