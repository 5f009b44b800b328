"""Opening hours as a person types them, and as ``Brand.hours`` keeps them."""

import re
from datetime import date

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)?\s*[-–]\s*(?:([01]?\d|2[0-3])[:h]([0-5]\d)?|24[:h](?:00)?)")
MAX_CLOSED = 366


class BadHours(ValueError):
    """What was typed are no hours; ``place`` names the part that cannot be read."""

    def __init__(self, place: str):
        super().__init__(place)
        self.place = place


def read_day(text: str) -> list[list[str]]:
    """``"9:00-12:30, 14h-18h"`` → ``[["09:00", "12:30"], ["14:00", "18:00"]]``; "" is a closed day.

    Raises BadHours for what is no span, ends before it begins, or meets the span before it.
    """
    spans = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = SPAN.fullmatch(part)
        if found is None:
            raise BadHours(part)
        start = f"{int(found[1]):02}:{found[2] or '00'}"
        end = f"{int(found[3]):02}:{found[4] or '00'}" if found[3] else "23:59"
        if start >= end or (spans and start < spans[-1][1]):
            raise BadHours(part)
        spans.append([start, end])
    return spans


def read_closed(text: str) -> list[str]:
    """Days off, one ISO date to a word: ``"2026-12-25 2027-01-01"``, sorted, each once. Raises BadHours."""
    days = set()
    for word in text.replace(",", " ").split():
        try:
            days.add(date.fromisoformat(word).isoformat())
        except ValueError as error:
            raise BadHours(word) from error
    if len(days) > MAX_CLOSED:
        raise BadHours(f"> {MAX_CLOSED}")
    return sorted(days)


def write_day(spans: list[list[str]]) -> str:
    """The inverse of :func:`read_day`."""
    return ", ".join(f"{start}-{end}" for start, end in spans)
