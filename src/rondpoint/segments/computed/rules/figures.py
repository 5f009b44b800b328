"""What the rows of a statement come to for one customer: the same for those just touched and for everybody. Pure.

Engines only count, add whole numbers and choose rows, which they all do alike; what needs fractions, powers or zones is
done here, from those numbers. So live, rebuilt and on any engine a value is the same to the last digit.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from rondpoint.lib import clock
from rondpoint.segments.computed.rules import lifetime, scores
from rondpoint.segments.computed.rules.signals import Sign
from rondpoint.segments.computed.types import Formula, Found, Kind, Row, Value
from rondpoint.segments.types import DAY

SCALE = 10_000  # sums come in whole ten-thousandths
Parameters = Mapping[str, Any]


def found(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    """The values of a customer. ``parameters``: what was measured of everybody (``fitting.measure``)."""
    return _KINDS[formula.kind](formula, rows, parameters, now) if rows else Found()


def _one(value: Value | None) -> Found:
    return Found() if value is None else Found({"": value})


def _number(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    return _one(None if rows[0][0] is None else float(rows[0][0]))


def _sum(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    return _one(int(rows[0][0]) / SCALE if rows[0][1] else None)


def _average(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    return _one(round(int(rows[0][0]) / int(rows[0][1]) / SCALE, 4) if rows[0][1] else None)


def _value(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    text, number = rows[0]
    return _one(text if number is None else float(number))


def _moment(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    return _one(clock.iso(int(rows[0][0])))


def _days_since(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    last = int(rows[0][0])
    days = max(0, now - last) // DAY
    return Found({"": float(days)}, last + (days + 1) * DAY)


def _rfm(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    if not parameters:
        return Found()
    count, total, last = (int(value or 0) for value in rows[0])
    r = scores.fifth(last, parameters["recency"])
    f = scores.fifth(count, parameters["frequency"])
    m = scores.fifth(total, parameters["monetary"])
    code = {"r": float(r), "f": float(f), "m": float(m)}
    return Found({"": f"{r}{f}{m}", **code, "label": scores.label(r, f, m)})


def stands(formula: Formula, rows: Sequence[Row]) -> dict[str, scores.Stand]:
    """How she stands to each channel."""
    told = [
        scores.Told(channel, Sign(sign), int(day), int(count), int(last)) for channel, sign, day, count, last in rows
    ]
    return scores.stands(told, formula.half_life)


def _engagement(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    known, half_life = stands(formula, rows), formula.half_life
    moments = [moment for stand in known.values() if (moment := stand.until(now, half_life)) is not None]
    values: dict[str, Value] = {channel: float(stand.score(now, half_life)) for channel, stand in known.items()}
    return Found(values, min(moments, default=None))


def _best_channel(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    return _one(scores.best(stands(formula, rows), formula.half_life) or None)


def hours(formula: Formula, rows: Sequence[Row], parameters: Parameters) -> dict[int, int]:
    """How often she acted in each hour of the day where the house is."""
    zone = formula.timezone or str(parameters.get("timezone", "UTC"))
    counted: dict[int, int] = {}
    for quarter, count in rows:
        hour = _hour(int(quarter) // clock.SECOND, zone)
        counted[hour] = counted.get(hour, 0) + int(count)
    return counted


@lru_cache(maxsize=100_000)
def _hour(seconds: int, zone: str) -> int:
    return datetime.datetime.fromtimestamp(seconds, ZoneInfo(zone)).hour


def _best_hour(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    counted = hours(formula, rows, parameters)
    if sum(counted.values()) < formula.minimum:
        return Found()
    return _one(float(max(counted, key=lambda hour: (counted[hour], -hour))))


def _lifetime_value(formula: Formula, rows: Sequence[Row], parameters: Parameters, now: int) -> Found:
    if "r" not in parameters:
        return Found()
    days, first, first_day, last_day, paid, total = (int(value or 0) for value in rows[0])
    model = lifetime.Model(**{name: float(parameters[name]) for name in lifetime.Model.__struct_fields__})
    age = max(0, now - first) // DAY
    between = (last_day - first_day) // DAY
    often = lifetime.purchases(model, days - 1, between / 7, max(age, between) / 7)
    much = lifetime.spend(model, paid, total / paid / SCALE if paid else 0.0)
    return Found({"": round(often * much, 2), "purchases": round(often, 3)}, first + (age + 1) * DAY)


_KINDS: dict[Kind, Callable[[Formula, Sequence[Row], Parameters, int], Found]] = {
    Kind.COUNT: _number,
    Kind.SUM: _sum,
    Kind.AVERAGE: _average,
    Kind.MIN: _number,
    Kind.MAX: _number,
    Kind.FIRST: _value,
    Kind.LAST: _value,
    Kind.FIRST_AT: _moment,
    Kind.LAST_AT: _moment,
    Kind.DAYS_SINCE: _days_since,
    Kind.MOST_FREQUENT: _value,
    Kind.DISTINCT: _number,
    Kind.RFM: _rfm,
    Kind.ENGAGEMENT: _engagement,
    Kind.BEST_CHANNEL: _best_channel,
    Kind.BEST_HOUR: _best_hour,
    Kind.LIFETIME_VALUE: _lifetime_value,
}
