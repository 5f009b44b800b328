"""The computed traits and segments of the demo company, made by the worker once the desk is open: compiling them takes
a moment."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from rondpoint.segments import actions, queries
from rondpoint.segments.computed import actions as computed
from rondpoint.segments.computed import queries as traits

ORDER = "order.completed"
VISITED = {"event": "page.viewed", "within_days": 60}
BOUGHT = {"event": "order.completed", "within_days": 60}


def define() -> None:
    """Defines them, unless somebody has begun with either already."""
    if queries.every() or traits.every():
        return
    with translation.override("fr"):
        computed.define_many([_computed(*each) for each in _worked_out()], "Demo")
        for name, description, conditions in _wanted():
            actions.define(name, {"version": 1, "all": conditions}, "Demo", description)


def _computed(name: str, label: str, definition: dict[str, Any]) -> computed.Wanted:
    return computed.Wanted(name, label, {"version": 1, **definition})


def _worked_out() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("orders_12m", _("Orders in 12 months"), {"kind": "count", "event": ORDER, "within_days": 365}),
        ("rfm", "RFM", {"kind": "rfm", "event": ORDER, "property": "total"}),
        ("best_channel", _("Best channel"), {"kind": "best_channel", "half_life_days": 60}),
        (
            "lifetime_value",
            _("Expected in 12 months, in cents"),
            {"kind": "lifetime_value", "event": ORDER, "property": "total"},
        ),
    ]


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
