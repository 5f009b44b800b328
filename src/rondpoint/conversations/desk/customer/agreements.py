"""What a customer agreed to, purpose by purpose, with why; and which rules apply to her."""

from django.utils import translation
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.types import Line as Found
from rondpoint.conversations.queries import law
from rondpoint.customers.queries import Record


class Cell(Struct, frozen=True):
    """One channel of a purpose: whether she may be written to there, and why. ``name``: how a form calls it."""

    name: str
    channel: str
    label: str
    address: str
    allowed: bool
    why: str
    until: int | None


class Line(Struct, frozen=True):
    """One purpose."""

    title: str
    refusable: bool
    cells: list[Cell]


def shown(record: Record, now: int) -> dict:
    """What her page shows: the purposes with their channels, and the rules of where she is."""
    golden, number = record.golden, record.customer.id
    found = consent.lines(number, consent.addresses_among(record.held, golden.profiles), now)
    return {"agreements": [_line(line) for line in found], "law": law.applying(number, found, now)}


def _line(line: Found) -> Line:
    key, language = line.key, translation.get_language() or "en"
    return Line(
        texts.text(line.names, language),
        line.refusable,
        [
            Cell(
                f"{key}|{cell.name}",
                cell.channel,
                consent.channel_name(cell.channel) if cell.channel else _("for herself"),
                cell.address,
                cell.standing.allowed,
                consent.reason_name(cell.standing.reason),
                cell.standing.until,
            )
            for cell in line.cells
        ],
    )
