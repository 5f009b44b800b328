"""Two customers line by line: what is the same, what differs, what only one of them says."""

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.conversations.desk.customer.pane import label


class Cell(Struct, frozen=True):
    """One side's value; ``at``: a time to be said instead of the text."""

    text: str = ""
    at: int | None = None
    source: str = ""
    shared: bool = False  # the other side has it too


class Row(Struct, frozen=True):
    """One line. ``verdict``: same | differs | shared (some of several) | alone (only one side says anything)."""

    label: str
    left: list[Cell]
    right: list[Cell]
    verdict: str = ""


def compared(left: dict, right: dict) -> list[Row]:
    """The lines for two customers as ``pane.person`` gives them."""
    both = (left, right)
    known = [
        {trait["name"]: Cell(str(trait["value"]), source=trait["source"]) for trait in one["traits"]} for one in both
    ]
    rows = [
        _row(_("Name"), *([Cell(one["customer"].name)] for one in both)),
        *_addresses(_("E-mail"), "email", left, right),
        *_addresses(_("Phone number"), "phone", left, right),
        _row(_("Language"), *([Cell(one["customer"].language.upper())] for one in both)),
        *(_row(label(name), *([one.get(name, Cell())] for one in known)) for name in {**known[0], **known[1]}),
        Row(_("Known since"), *([Cell(at=one["customer"].created)] for one in both)),
        Row(_("Last contact"), *([Cell(at=one["customer"].last_seen)] for one in both)),
    ]
    return [row for row in rows if any(cell.text or cell.at for cell in (*row.left, *row.right))]


def _addresses(title: str, kind: str, left: dict, right: dict) -> list[Row]:
    held = [{row["value"]: row for row in one["addresses"] if row["kind"] == kind} for one in (left, right)]
    if not held[0] and not held[1]:
        return []
    shared = held[0].keys() & held[1].keys()
    cells = [
        [Cell(value, source=row["evidence"], shared=value in shared) for value, row in one.items()] for one in held
    ]
    if shared:
        verdict = "same" if held[0].keys() == held[1].keys() else "shared"
    else:
        verdict = "differs" if held[0] and held[1] else "alone"
    return [Row(title, *cells, verdict)]


def _row(title: str, left: list[Cell], right: list[Cell]) -> Row:
    one, other = left[0].text.strip().casefold(), right[0].text.strip().casefold()
    verdict = ("same" if one == other else "differs") if one and other else "alone"
    return Row(title, left, right, verdict)
