"""Times, amounts and numbers as people say them, in the language of the reader."""

import functools
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent, is_currency
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from rondpoint.lib import clock

MONTHS = 300  # days for which a date needs no year


def language() -> str:
    """The language of the page, as Babel calls it."""
    return (get_language() or "en")[:2]


def local(microseconds: int) -> datetime:
    """A moment in the zone of the page."""
    return timezone.localtime(clock.to_datetime(microseconds), timezone.get_current_timezone())


@functools.lru_cache(maxsize=4000)
def dated(day: date, pattern: str, language: str) -> str:
    """A day in the words of a language; ``pattern``: as Unicode writes them (UTS 35). A page names few days often."""
    return format_date(day, pattern, locale=language)


def typed(text: str) -> int | None:
    """The moment that a form holds ("2026-12-24T18:30"), in microseconds UTC: by the zone of the page where it names
    none; None where nothing was typed. Raises ValueError for what is no moment of ours."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if not 1970 < moment.year < 9000:  # no zone leads out of what dates can be
        raise ValueError(text)
    return clock.from_datetime(moment if moment.tzinfo else timezone.make_aware(moment))


def percent(share: float) -> str:
    """A share from 0 to 1: "42 %", "0.3 %"; what is not nothing never looks like it."""
    digits = "0" if share == 0 or share >= 0.1 else "0.#" if share >= 0.001 else "0.###"
    return format_percent(share, f"{digits} %" if language() == "fr" else f"{digits}%", locale=language())


def clock_time(moment: datetime) -> str:
    """The time of day: "14:02"."""
    return f"{moment:%H:%M}"


def said(microseconds: int, now: int) -> str:
    """ "14:02", "yesterday 14:02", "Mon 3 March", "3 March 2024"; what is still to come always with its time."""
    moment = local(microseconds)
    days = (local(now).date() - moment.date()).days
    time = clock_time(moment)
    if days == 0:
        return time
    if days == 1:
        return _("yesterday %(time)s") % {"time": time}
    if days == -1:
        return _("tomorrow %(time)s") % {"time": time}
    if days < -1:
        return f"{_date(moment, -days)}, {time}"
    return _date(moment, days)


def day(microseconds: int, now: int) -> str:
    """The day alone, to stand above what happened on it."""
    moment = local(microseconds)
    days = (local(now).date() - moment.date()).days
    named = {0: pgettext("day", "Today"), 1: pgettext("day", "Yesterday"), -1: pgettext("day", "Tomorrow")}
    if days in named:
        return named[days]
    written = dated(moment.date(), "EEEE d MMMM" if abs(days) < MONTHS else "d MMMM y", language())
    return written[:1].upper() + written[1:]


def exact(microseconds: int) -> str:
    """To the second, with the zone's offset left to the machine-readable form."""
    moment = local(microseconds)
    return f"{dated(moment.date(), 'EEEE d MMMM y', language())}, {moment:%H:%M:%S}"


def ago(microseconds: int, now: int) -> str:
    """ "5 minutes ago", "in 2 hours"."""
    seconds = (microseconds - now) / clock.SECOND
    if abs(seconds) < 45:
        return _("just now") if seconds <= 0 else _("in a moment")
    return format_timedelta(seconds, add_direction=True, threshold=1, locale=language())


def money(amount: object, currency: str) -> str:
    """An amount in whole units of its currency (an ISO 4217 code); the bare number for a code nobody knows."""
    if not is_currency(currency):
        return f"{number(amount)} {currency}"
    return format_currency(amount, currency, locale=language())


def number(value: object) -> str:
    """With the marks that the language puts between thousands."""
    return format_decimal(value, locale=language())


def short(value: int) -> str:
    """ "950", "1.2K": for counters."""
    return format_compact_decimal(value, fraction_digits=1, locale=language())


def _date(moment: datetime, days: int) -> str:
    return format_date(moment.date(), "EEE d MMM" if days < MONTHS else "d MMM y", locale=language())


def territory(code: str) -> str:
    """A country (ISO 3166-1, two capitals) by its name in the reader's language; the code itself where it has none."""
    return str(Locale(language()).territories.get(code, code))
