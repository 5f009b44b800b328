"""The segments of the demo company, made by the worker once the desk is open: compiling them takes a moment."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from rondpoint.segments import actions, queries

VISITED = {"event": "page.viewed", "within_days": 60}
BOUGHT = {"event": "order.completed", "within_days": 60}


def define() -> None:
    """Defines them, unless somebody has begun with segments already."""
    if queries.every():
        return
    with translation.override("fr"):
        for name, description, conditions in _wanted():
            actions.define(name, {"version": 1, "all": conditions}, "Demo", description)


def _wanted() -> list[tuple[str, str, list[dict[str, Any]]]]:
    return [
        (
            _("Looked and did not buy"),
            _("For the letter on new arrivals"),
            [VISITED, {"not": BOUGHT}, {"reachable": "email"}],
        ),
        (
            _("Seen in the shop and on the site"),
            _("Who knows us on both sides"),
            [{"event": "shop.visited"}, {"event": "page.viewed"}],
        ),
        (_("A tenth, to compare with"), _("Gets no offers, so that their effect shows"), [{"share": {"percent": 10}}]),
    ]
