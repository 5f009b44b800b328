"""Columns under names of their own: ``number:points`` becomes a trait of a customer, or a property of a fact."""

from typing import Any

from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.rules.recognising import is_own
from rondpoint.hub.imports.types import Unfit


def values(cells: dict[str, str]) -> dict[str, Any]:
    """By name, what the columns of their own say; empty cells say nothing. Raises Unfit."""
    found = {}
    for field, text in cells.items():
        if is_own(field) and text.strip():
            kind, _, name = field.partition(":")
            try:
                found[name] = rules.typed(kind, text)
            except Unfit as unfit:
                raise Unfit(f"{name}: {unfit}") from unfit
    return found
