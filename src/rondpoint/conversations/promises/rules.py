"""Finding a promise in what we write: who will act is us, and a time is named. French and English, no I/O."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from rondpoint.lib import clock

END_OF_DAY = time(18)
NOON = time(12)
LONGEST = 300

_US = re.compile(
    r"\b(?:nous (?:vous |t'?)?(?:le |la |les |l'|en )?\w+(?:ons|rons)\b"
    r"|je (?:vous |te |t')?(?:le |la |les |l'|en )?\w+(?:rai|ppelle|viens|envoie)\b"
    r"|on (?:vous |te |t')(?:le |la |les |en )?\w+(?:ra|ppelle|vient)\b"
    r"|vous (?:recevrez|serez (?:rappele|rembourse|livre|contacte)e?s?|aurez)\b"
    r"|un (?:collegue|conseiller|technicien) vous \w+ra\b"
    r"|(?:we|i)(?:'ll| will| shall) (?:\w+ ){0,2}\w+"
    r"|(?:we are|we're|i am|i'm) going to \w+"
    r"|you(?:'ll| will) (?:receive|get|hear|have|be (?:called|refunded|contacted))\b"
    r"|(?:a|my) colleague will \w+)"
)
_NOT_FUTURE = re.compile(r"\bnous (?:vous )?(?:remercions|avons|etions|sommes|souhaitons|esperons|regrettons|prions)\b")
_NOT = re.compile(
    r"\b(?:ne|n')\s?\w*.{0,30}\b(?:pas|plus|jamais|rien)\b"
    r"|\b(?:won't|will not|cannot|can't|never)\b|^si\b|^if\b"
)
_NUMBERS = {
    word: number
    for words, number in (
        ("un une one a an", 1), ("deux two", 2), ("trois three", 3), ("quatre four", 4), ("cinq five", 5),
        ("six", 6), ("sept seven", 7), ("huit eight", 8), ("dix ten", 10), ("vingt-quatre", 24), ("quarante-huit", 48),
    )
    for word in words.split()
}  # fmt: skip
_NUMBER = r"(\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_SPAN = re.compile(
    rf"\b(?:d'ici(?: a)?|dans(?: les)?|sous|within|in|in the next)\s+(?:the next\s+)?"
    rf"{_NUMBER}\s*(?:prochaines?\s+)?"
    r"(minutes?|mins?|heures?|hours?|h|jours? ouvres?|working days?|business days?|jours?|days?|semaines?|weeks?)\b"
)
_HALF_HOUR = re.compile(r"\b(?:dans|d'ici|sous|within|in) (?:une demi-heure|half an hour)\b")
_DAYS = {
    name: number
    for number, names in enumerate(
        ("lundi monday", "mardi tuesday", "mercredi wednesday", "jeudi thursday", "vendredi friday",
         "samedi saturday", "dimanche sunday")
    )
    for name in names.split()
}  # fmt: skip
_DAY = re.compile(r"\b(" + "|".join(_DAYS) + r")\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("janvier january", "fevrier february", "mars march", "avril april", "mai may", "juin june", "juillet july",
         "aout august", "septembre september", "octobre october", "novembre november", "decembre december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DATE = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th)?\s+(?:of\s+)?(" + "|".join(_MONTHS) + r")\b")
_DATE_EN = re.compile(r"\b(" + "|".join(_MONTHS) + r")\s+(\d{1,2})(?:st|nd|rd|th)?\b")
_HOUR = re.compile(r"\b(?:a|vers|avant|at|by|before|around)\s+(\d{1,2})\s*(?:(?:h|:)\s*(\d{2})?|heures?)?\s*(am|pm)?\b")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


class Promise(Struct, frozen=True):
    """``text`` is a quote of the message; ``due`` is microseconds UTC."""

    text: str
    due: int


def plain(text: str) -> str:
    """Small letters without accents, typographic apostrophes made plain."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def recognise(text: str, at: int, zone: str) -> Promise | None:
    """The first promise with a time in a message written at ``at`` (microseconds UTC) by somebody in ``zone``."""
    for sentence in _SENTENCE.split(text):
        said = plain(sentence).strip()
        if not said or said.endswith("?") or _NOT.search(said) or not _US.search(said) or _NOT_FUTURE.search(said):
            continue
        due = when(said, at, zone)
        if due is not None and due > at:
            return Promise(sentence.strip()[:LONGEST], due)
    return None


def when(said: str, at: int, zone: str) -> int | None:
    """The time that words name, seen from ``at``; None when they name none. A day without an hour ends at 18:00."""
    local = clock.to_datetime(at).astimezone(ZoneInfo(zone))
    if _HALF_HOUR.search(said):
        return at + 30 * clock.MINUTE
    if span := _SPAN.search(said):
        return _after(span, local, at)
    day = _day(said, local.date())
    hour = _hour(said)
    if day is None and hour is None:
        return None
    return _stamp(day or local.date(), hour or END_OF_DAY, local.tzinfo)


def _after(span: re.Match, local: datetime, at: int) -> int:
    count = int(span[1]) if span[1].isdigit() else _NUMBERS[span[1]]
    unit = span[2]
    if unit.startswith("min"):
        return at + count * clock.MINUTE
    if unit.startswith(("h", "hour")):
        return at + count * clock.HOUR
    if unit.startswith(("semaine", "week")):
        return _stamp(local.date() + timedelta(weeks=count), END_OF_DAY, local.tzinfo)
    day = local.date()
    if "ouvre" in unit or "working" in unit or "business" in unit:
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < 5
        return _stamp(day, END_OF_DAY, local.tzinfo)
    return _stamp(day + timedelta(days=count), END_OF_DAY, local.tzinfo)


def _day(said: str, today: date) -> date | None:
    for pattern, order in ((_DATE, (1, 2)), (_DATE_EN, (2, 1))):
        if found := pattern.search(said):
            return _date(today, int(found[order[0]]), _MONTHS[found[order[1]]])
    if re.search(r"\bapres-demain\b|\bday after tomorrow\b", said):
        return today + timedelta(days=2)
    if re.search(r"\bdemain\b|\btomorrow\b", said):
        return today + timedelta(days=1)
    if re.search(r"\baujourd'hui\b|\bce (?:matin|soir|midi)\b|\bcet apres-midi\b|\btoday\b|\btonight\b"
                 r"|\bthis (?:morning|afternoon|evening)\b|\bdans la journee\b", said):  # fmt: skip
        return today
    if found := _DAY.search(said):
        return today + timedelta(days=(_DAYS[found[1]] - today.weekday() - 1) % 7 + 1)
    if re.search(r"\bsemaine prochaine\b|\bnext week\b", said):
        return today + timedelta(days=11 - today.weekday())
    if re.search(r"\bcette semaine\b|\bfin de (?:la )?semaine\b|\bthis week\b|\bend of the week\b", said):
        return today + timedelta(days=(4 - today.weekday()) % 7)
    return None


def _date(today: date, number: int, month: int) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            day = date(year, month, number)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _hour(said: str) -> time | None:
    if found := _HOUR.search(said):
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3] == "pm" and hour < 12:
            hour += 12
        clear = found[2] or found[3] or re.search(r"\d\s*(?:h|:)", found[0])
        if clear and hour < 24 and minute < 60:
            return time(hour, minute)
    if re.search(r"\bmidi\b|\bnoon\b|\bmatin(?:ee)?\b|\bmorning\b", said) and not re.search(r"\bapres-midi\b", said):
        return NOON
    return None


def _stamp(day: date, hour: time, zone) -> int:
    """Wall time made absolute: an hour that a change of clocks skips is read with the offset before it (PEP 495)."""
    return clock.from_datetime(datetime.combine(day, hour, zone))
