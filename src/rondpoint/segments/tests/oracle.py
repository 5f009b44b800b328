"""What a definition means, said once more in plain Python and slowly: the judge of the engines."""

import re

from rondpoint.segments.types import (
    DAY,
    HOUR,
    All,
    AnyOf,
    Company,
    Consent,
    Event,
    InSegment,
    Not,
    Op,
    Reachable,
    Sequence,
    Test,
    Trait,
)


class Person:
    """``facts``: (id, type, occurred, properties); ``inside``: public ids of segments; ``agreed``: (purpose, channel,
    until); ``companies``: (public id, traits) of those to which she belongs."""

    def __init__(self, number, traits=None, facts=(), channels=(), inside=(), agreed=(), companies=()):
        self.agreed = list(agreed)
        self.companies = list(companies)
        self.number, self.traits, self.facts = number, traits or {}, list(facts)
        self.channels, self.inside = set(channels), set(inside)


def holds(condition, person, now) -> bool:
    match condition:
        case All(parts):
            return all(holds(part, person, now) for part in parts)
        case AnyOf(parts):
            return any(holds(part, person, now) for part in parts)
        case Not(part):
            return not holds(part, person, now)
        case Trait(name, tests):
            if name not in person.traits:
                return any(test.op is Op.EXISTS and not test.value for test in tests)
            return all(_passes(test, person.traits[name]) for test in tests)
        case Reachable(channel):
            return channel in person.channels
        case Consent(purpose, channel):
            return any(
                told == purpose and channel in ("", way) and (until is None or now < until)
                for told, way, until in person.agreed
            )
        case InSegment(segment):
            return segment in person.inside
        case Company(id, trait, tests):
            return any(
                id in ("", public_id) and (not trait or holds(Trait(trait, tests), Person(0, traits), now))
                for public_id, traits in person.companies
            )
        case Event():
            return _event(condition, person, now)
        case Sequence():
            return _sequence(condition, person, now)
    raise AssertionError(condition)


_NONE = object()


def _passes(test, value) -> bool:
    if test.op is Op.EXISTS:
        return (value is not _NONE and value is not None) == test.value
    if value is _NONE or value is None or isinstance(value, list | dict):
        return False
    wanted = test.value

    def same(one, two):
        if isinstance(one, bool) or isinstance(two, bool):
            one, two = (str(each).lower() if isinstance(each, bool) else each for each in (one, two))
        return type(one) is type(two) and one == two if isinstance(one, str) or isinstance(two, str) else one == two

    def comparable(one, two):
        return isinstance(one, str | bool) == isinstance(two, str | bool)

    if test.op is Op.IN:
        return any(comparable(value, each) and same(value, each) for each in wanted)
    if test.op in (Op.CONTAINS, Op.STARTS_WITH):
        text = str(value).lower() if isinstance(value, bool) else value
        if not isinstance(text, str):
            return False
        return wanted in text if test.op is Op.CONTAINS else text.startswith(wanted)
    if test.op in (Op.BEFORE, Op.AFTER):
        if not isinstance(value, str) or not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|\Z)", value):
            return False
        return value[:10] < wanted if test.op is Op.BEFORE else value[:10] > wanted
    if not comparable(value, wanted):
        return False
    match test.op:
        case Op.IS:
            return same(value, wanted)
        case Op.IS_NOT:
            return not same(value, wanted)
    if isinstance(value, str | bool):
        return False
    return _number(test.op, value, wanted)


def _number(op, one, two):
    return {
        Op.GT: one > two,
        Op.GTE: one >= two,
        Op.LT: one < two,
        Op.LTE: one <= two,
        Op.IS: one == two,
    }[op]


def _property(properties, path):
    for name in path:
        if not isinstance(properties, dict) or name not in properties:
            return _NONE
        properties = properties[name]
    return properties


def _where(where, properties) -> bool:
    if "[]" in where.path:
        place = where.path.index("[]")
        listed = _property(properties, where.path[:place])
        values = [_property(each, where.path[place + 1 :]) for each in listed] if isinstance(listed, list) else []
        if where.tests == (Test(Op.EXISTS, False),):
            return all(value is _NONE or value is None for value in values)
        return any(all(_passes(test, value) for test in where.tests) for value in values)
    return all(_passes(test, _property(properties, where.path)) for test in where.tests)


def _matching(name, wheres, person):
    found = [
        (occurred, number, properties)
        for number, type_, occurred, properties in person.facts
        if type_ == name and all(_where(where, properties) for where in wheres)
    ]
    return sorted(found, key=lambda each: each[:2])


def _event(event, person, now) -> bool:
    facts = _matching(event.name, event.where, person)
    if event.within_days is not None:
        facts = [each for each in facts if now - each[0] <= round(event.within_days * DAY)]
    if event.older_than_days is not None:
        facts = [each for each in facts if now - each[0] >= round(event.older_than_days * DAY)]
    asked = False
    if event.count:
        asked = True
        if not all(_number(test.op, len(facts), test.value) for test in event.count):
            return False
    if event.sum is not None:
        asked = True
        told = [_property(properties, event.sum.path) for _, _, properties in facts]
        numbers = [each for each in told if isinstance(each, int | float) and not isinstance(each, bool)]
        total = sum(_scaled(each) for each in numbers)
        if not all(_number(test.op, total, test.value * 10_000) for test in event.sum.tests):
            return False
    for named, place in ((event.first, 0), (event.last, -1)):
        if named is not None:
            asked = True
            if not facts or not _where(named, facts[place][2]):
                return False
    return asked or bool(facts)


def _scaled(number) -> int:
    return int(float(number) * 10_000 + (-0.5 if number < 0 else 0.5)) if abs(number) < 1e11 else 0


def _sequence(sequence, person, now) -> bool:
    reached = None
    for step in sequence.steps:
        facts = _matching(step.name, step.where, person)
        if sequence.within_days is not None:
            facts = [each for each in facts if now - each[0] <= round(sequence.within_days * DAY)]
        times = {occurred for occurred, _, _ in facts}
        if reached is not None:
            gap = None if step.within_hours is None else round(step.within_hours * HOUR)
            times = {
                at for at in times if any(before < at and (gap is None or at - before <= gap) for before in reached)
            }
        reached = times
    return bool(reached)
