"""What a definition means, in a sentence of the reader's language."""

import datetime

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rondpoint.channels import registry
from rondpoint.events import titles
from rondpoint.segments.types import (
    ANY,
    All,
    AnyOf,
    Company,
    Condition,
    Consent,
    Event,
    InSegment,
    Not,
    Op,
    Reachable,
    Sequence,
    Share,
    Step,
    Test,
    Trait,
    Where,
)


def sentence(condition: Condition, names: dict[str, str]) -> str:
    """The whole sentence. ``names``: of segments and companies, by public id, and of purposes, by key."""
    return _("Customers %(of_whom)s.") % {"of_whom": _Speaker(names).say(condition)}


def facts(event: Event) -> str:
    """The facts of an event: its name, window and comparisons."""
    return _Speaker({}).facts(event)


def number(value: float) -> str:
    """A number in the reader's language."""
    return _number(float(value))


class _Speaker:
    def __init__(self, names: dict[str, str]):
        self.names = names

    def say(self, condition: Condition, inner: bool = False) -> str:
        match condition:
            case All(parts):
                return self._row([self.say(part, True) for part in parts], _(" and "), inner)
            case AnyOf(parts):
                return self._row([self.say(part, True) for part in parts], _(" or "), inner)
            case Not(part):
                return self._not(part)
            case Trait(name, tests):
                return _("whose %(trait)s %(is)s") % {"trait": _label(name), "is": _tests(tests)}
            case Event():
                return self._event(condition, _("who did"))
            case Sequence(steps, within):
                said = _(", then ").join(_step(step) for step in steps)
                return _("who did %(steps)s%(window)s") % {"steps": said, "window": _within(within)}
            case InSegment(segment):
                return _("who are in the segment “%(name)s”") % {"name": self.names.get(segment, "?")}
            case Company():
                return self._company(condition)
            case Consent(purpose, channel):
                told = {"purpose": self.names.get(purpose, purpose), "channel": _channel(channel)}
                if channel:
                    return _("who agreed to “%(purpose)s” by %(channel)s") % told
                return _("who agreed to “%(purpose)s”") % told
            case Reachable(channel):
                return _("who can be reached by %(channel)s") % {"channel": _channel(channel)}
            case Share(percent, _seed):
                return _("drawn by lot, %(percent)s %%") % {"percent": _number(percent)}
        raise AssertionError(condition)

    def _company(self, company: Company) -> str:
        if company.id:
            return _("who belong to “%(name)s”") % {"name": self.names.get(company.id, "?")}
        if company.trait:
            told = {"trait": _label(company.trait), "is": _tests(company.tests)}
            return _("who belong to a company whose %(trait)s %(is)s") % told
        return _("who belong to a company")

    def _row(self, parts: list[str], between: str, inner: bool) -> str:
        said = between.join(parts)
        return f"({said})" if inner and len(parts) > 1 else said

    def _not(self, part: Condition) -> str:
        if isinstance(part, Event) and not (part.count or part.sum or part.first or part.last):
            return self._event(part, _("who did not do"))
        return _("not those %(others)s") % {"others": self.say(part, True)}

    def _event(self, event: Event, did: str) -> str:
        said = f"{did} {self.facts(event)}"
        if event.sum:
            said += _(", in all %(property)s") % {"property": _where(event.sum)}
        if event.first:
            said += _(", the first time %(property)s") % {"property": _where(event.first)}
        if event.last:
            said += _(", the last time %(property)s") % {"property": _where(event.last)}
        return said

    def facts(self, event: Event) -> str:
        said = _quoted(titles.name(event.name))
        if event.count:
            said += " " + _(" and ").join(_times(test) for test in event.count)
        said += _within(event.within_days)
        if event.older_than_days is not None:
            said += " " + ngettext(
                "at least a day ago", "at least %(days)s days ago", _plural(event.older_than_days)
            ) % {"days": _number(event.older_than_days)}
        return said + _with(event.where)


def _with(wheres: tuple[Where, ...]) -> str:
    if not wheres:
        return ""
    return _(", where %(properties)s") % {"properties": _(" and ").join(_where(each) for each in wheres)}


def _within(days: float | None) -> str:
    if days is None:
        return ""
    return " " + ngettext("in the last day", "in the last %(days)s days", _plural(days)) % {"days": _number(days)}


def _step(step: Step) -> str:
    said = _quoted(titles.name(step.name)) + _with(step.where)
    if step.within_hours is not None:
        said += " " + ngettext("at most an hour later", "at most %(hours)s hours later", _plural(step.within_hours)) % {
            "hours": _number(step.within_hours)
        }
    return said


def _times(test: Test) -> str:
    number = float(test.value)  # type: ignore[arg-type]
    told = {"number": _number(number)}
    few = _plural(number)
    match test.op:
        case Op.GTE:
            return ngettext("at least once", "at least %(number)s times", few) % told
        case Op.GT:
            return ngettext("more than once", "more than %(number)s times", few) % told
        case Op.LT:
            return ngettext("less than once", "less than %(number)s times", few) % told
        case Op.LTE:
            return ngettext("at most once", "at most %(number)s times", few) % told
        case _:
            return ngettext("exactly once", "exactly %(number)s times", few) % told


def _where(where: Where) -> str:
    if ANY not in where.path:
        return f"{_label('.'.join(where.path))} {_tests(where.tests)}"
    place = where.path.index(ANY)
    absent = any(test.op is Op.EXISTS and not test.value for test in where.tests)
    told = {
        "list": _label(".".join(where.path[:place])),
        "property": _label(".".join(where.path[place + 1 :])),
        "is": _("is known") if absent else _tests(where.tests),
    }
    if told["property"]:
        said = _("in none of %(list)s %(property)s %(is)s") if absent else _("in one of %(list)s %(property)s %(is)s")
    else:
        said = _("none of %(list)s %(is)s") if absent else _("one of %(list)s %(is)s")
    return said % told


def _tests(tests: tuple[Test, ...]) -> str:
    return _(" and ").join(_test(test) for test in tests)


def _test(test: Test) -> str:
    if test.op is Op.EXISTS:
        return _("is known") if test.value else _("is not known")
    if test.op in (Op.BEFORE, Op.AFTER):
        told = {"day": date_format(datetime.date.fromisoformat(str(test.value)), "DATE_FORMAT")}
        return _("is before %(day)s") % told if test.op is Op.BEFORE else _("is after %(day)s") % told
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    told = {"value": _(" or ").join(_value(value) for value in values)}
    match test.op:
        case Op.IS | Op.IN:
            return _("is %(value)s") % told
        case Op.IS_NOT:
            return _("is another than %(value)s") % told
        case Op.CONTAINS:
            return _("contains %(value)s") % told
        case Op.STARTS_WITH:
            return _("begins with %(value)s") % told
        case Op.GT:
            return _("is more than %(value)s") % told
        case Op.GTE:
            return _("is at least %(value)s") % told
        case Op.LT:
            return _("is less than %(value)s") % told
        case _:
            return _("is at most %(value)s") % told


def _value(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return _("true") if value else _("false")
    return _number(value) if isinstance(value, float) else _quoted(value)


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def _channel(kind: str) -> str:
    return _(registry.get(kind).manifest.label) if kind in registry.kinds() else kind


def _label(name: str) -> str:
    return name.replace("_", " ")


def _number(number: float) -> str:
    return str(number_format(int(number) if number.is_integer() else number, use_l10n=True, force_grouping=True))


def _plural(number: float) -> int:
    return 1 if number == 1 else 2
