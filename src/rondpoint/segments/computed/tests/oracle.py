"""What a definition comes to, said once more in plain Python and slowly: the judge of engines and of the live side.

Nothing of ``rules`` is used but the words of a definition.
"""

import math
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rondpoint.segments.tests.oracle import _NONE, _matching, _property

DAY = 86_400_000_000
POINTS = {"opened": 1, "clicked": 2, "answered": 4}


def values(formula, facts, now, measured=None) -> dict:
    """By ending. ``facts``: (id, type, occurred, properties, channel); ``measured``: as the house keeps it."""
    if formula.kind in ("engagement", "best_channel"):
        return _channels(formula, facts, now)
    if formula.kind == "best_hour":
        return _hour(formula, facts, now, measured)
    there = _inside(formula.event, facts, now)
    if not there:
        return {}
    times = [occurred for occurred, _, _ in there]
    told = [_property(properties, formula.path) for _, _, properties in there] if formula.path else []
    numbers = [each for each in told if isinstance(each, int | float) and not isinstance(each, bool)]
    scaled = [_scaled(each) for each in numbers if abs(each) < 1e11]
    known = [_plain(each) for each in told if isinstance(each, str | bool | int | float)]
    match formula.kind.value:
        case "count":
            return {"": len(there)}
        case "sum":
            return {"": sum(scaled) / 10_000} if scaled else {}
        case "average":
            return {"": round(sum(scaled) / len(scaled) / 10_000, 4)} if scaled else {}
        case "min":
            return {"": float(min(numbers))} if numbers else {}
        case "max":
            return {"": float(max(numbers))} if numbers else {}
        case "first":
            return {"": known[0]} if known else {}
        case "last":
            return {"": known[-1]} if known else {}
        case "distinct":
            return {"": len(set(known))} if known else {}
        case "most_frequent":
            return _most_frequent(formula, there)
        case "first_at":
            return {"": _iso(times[0])}
        case "last_at":
            return {"": _iso(times[-1])}
        case "days_since":
            return {"": max(0, now - times[-1]) // DAY}
        case "rfm":
            return _rfm(len(there), sum(scaled), times[-1], measured)
    raise AssertionError(formula)


def fifths(everybody) -> dict:
    """What RFM is measured by. ``everybody``: (how often, how much in ten-thousandths, the last moment)."""
    found = {}
    for place, name in enumerate(("frequency", "monetary", "recency")):
        ordered = sorted(each[place] for each in everybody)
        found[name] = [ordered[math.ceil(len(ordered) * part / 5) - 1] for part in (1, 2, 3, 4)]
    return found


def totals(formula, facts, now):
    """What RFM looks at, of one customer; None without facts."""
    there = _inside(formula.event, facts, now)
    told = [_property(properties, formula.path) for _, _, properties in there]
    numbers = [each for each in told if isinstance(each, int | float) and not isinstance(each, bool)]
    scaled = [_scaled(each) for each in numbers if abs(each) < 1e11]
    return (len(there), sum(scaled), there[-1][0]) if there else None


class _Facts:
    def __init__(self, facts):
        self.facts = [each[:4] for each in facts]


def _inside(event, facts, now):
    found = _matching(event.name, event.where, _Facts(facts))
    if event.within_days is not None:
        found = [each for each in found if now - each[0] <= round(event.within_days * DAY)]
    if event.older_than_days is not None:
        found = [each for each in found if now - each[0] >= round(event.older_than_days * DAY)]
    return found


def _plain(value):
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else float(value)


def _scaled(number):
    return int(float(number) * 10_000 + (-0.5 if number < 0 else 0.5))


def _iso(moment):
    said = datetime.fromtimestamp(moment // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{said}.{moment % 1_000_000 // 1000:03d}Z"


def _most_frequent(formula, there):
    often, seen = Counter(), {}
    for occurred, number, properties in there:
        told = _property(properties, formula.path)
        if told is _NONE or not isinstance(told, str | bool | int | float):
            continue
        value = _plain(told)
        often[value] += 1
        last, newest = seen.get(value, (0, 0))
        seen[value] = max(last, occurred), max(newest, number)
    return {"": max(often, key=lambda value: (often[value], *seen[value]))} if often else {}


def _rfm(count, total, last, measured):
    score = {
        "r": 1 + sum(last > border for border in measured["recency"]),
        "f": 1 + sum(count > border for border in measured["frequency"]),
        "m": 1 + sum(total > border for border in measured["monetary"]),
    }
    worth = math.floor((score["f"] + score["m"]) / 2 + 0.5)
    grid = {  # by recency, then by worth
        5: ["new", "new", "loyal", "champions", "champions"],
        4: ["new", "new", "loyal", "champions", "champions"],
        3: ["occasional", "occasional", "loyal", "loyal", "loyal"],
        2: ["asleep", "asleep", "at risk", "at risk", "at risk"],
        1: ["lost", "lost", "at risk", "at risk", "at risk"],
    }
    code = "".join(str(score[name]) for name in "rfm")
    return {"": code, **score, "label": grid[score["r"]][worth - 1]}


def _sign(type_, properties, channel):
    tracked = {"Email Delivered": "received", "Email Opened": "opened", "Email Link Clicked": "clicked"}
    if type_ in tracked:
        return tracked[type_], "email"
    if type_ == "message.state" and properties.get("state") == "read":
        return "opened", channel
    if type_ in ("message.opened", "message.clicked"):
        return (None if properties.get("machine") is not None else type_.removeprefix("message.")), channel
    return {"message.queued": "received", "message.received": "answered"}.get(type_), channel


def _channels(formula, facts, now):
    signs = [(occurred, *_sign(type_, properties, channel)) for _, type_, occurred, properties, channel in facts]
    signs = [each for each in signs if each[1] and each[2]]
    if not signs:
        return {}
    if formula.kind == "engagement":
        channels = {channel for _, _, channel in signs}
        return {channel: _score(formula, signs, channel, now) for channel in channels}
    last = max(occurred for occurred, _, _ in signs)
    moved = {channel for _, sign, channel in signs if sign in POINTS}
    latest = {channel: max(at for at, _, other in signs if other == channel) for channel in moved}
    ranks = {channel: (_score(formula, signs, channel, last), latest[channel], channel) for channel in moved}
    return {"": max(ranks, key=ranks.get)} if ranks else {}


def _score(formula, signs, channel, now):
    own = [(occurred, sign) for occurred, sign, other in signs if other == channel]
    last = max(occurred for occurred, _ in own)
    newest = max(occurred // DAY for occurred, _ in own)
    points = received = 0.0
    for occurred, sign in own:
        days = newest - occurred // DAY + max(0, now - last) // DAY
        weight = 0.5 ** (days / formula.half_life)
        received += weight if sign == "received" else 0
        points += weight * POINTS.get(sign, 0)
    return round(100 * points / (points + received + 3))


def _hour(formula, facts, now, measured):
    acts = [
        occurred
        for _, type_, occurred, properties, channel in facts
        if (_sign(type_, properties, channel)[0] in POINTS or type_ == "continuation.used")
        and (formula.within_days is None or now - occurred <= round(formula.within_days * DAY))
    ]
    if len(acts) < formula.minimum:
        return {}
    zone = ZoneInfo(formula.timezone or measured["timezone"])
    hours = Counter(datetime.fromtimestamp(occurred // 1_000_000, zone).hour for occurred in acts)
    return {"": min(hours, key=lambda hour: (-hours[hour], hour))}
