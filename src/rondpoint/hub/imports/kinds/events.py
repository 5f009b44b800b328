"""Facts: what happened, to whom and when."""

from typing import Any

from django.utils.translation import gettext as _

from rondpoint.events.types import Fact
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import own, told
from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.types import Column, Context, Kind, Unfit

LONGEST = 200
OURS = ("conversation.", "message.", "customer.", "segment.", "consent.", "commitment.", "continuation.", "note.")
COLUMNS = (
    *people.COLUMNS,
    Column("type", lambda: _("What happened"), "Store Visited",
           ("event", "event name", "event type", "evenement", "action", "type d evenement", "nom de l evenement")),
    Column("occurred_at", lambda: _("When it happened"), "2026-03-04T14:05:00Z",
           ("date", "time", "timestamp", "at", "occurred", "horodatage", "date et heure", "datetime", "le")),
    Column("channel", lambda: _("Where: web, shop, voice…"), "shop", ("canal", "source")),
    Column("message_id", lambda: _("A number of its own, so that it is taken once"), "ev-1",
           ("event id", "id evenement", "uuid", "reference")),
    Column("properties", lambda: _("What else is told, as a JSON object"), '{"shop": "Lyon"}', ("data", "payload")),
)  # fmt: skip


def read(cells: dict[str, str], context: Context) -> told.Record:
    """A fact out of a row. Raises Unfit."""
    person = people.read(cells, context)
    type_ = cells.get("type", "").strip()
    if not 0 < len(type_) <= LONGEST:
        raise Unfit(f"type: expected 1 to {LONGEST} characters, such as Store Visited")
    if type_.startswith(OURS):
        raise Unfit(f"type: {type_!r} is a fact that Rondpoint tells itself; choose another name")
    occurred = told_at(cells, "occurred_at", context)
    properties = {**_object(cells.get("properties", "")), **own.values(cells)}
    named = cells.get("message_id", "").strip()[:LONGEST] or told.name(person.key, type_, occurred, properties)
    channel = cells.get("channel", "").strip()[:24].lower()
    return told.Record(person, Fact(None, type_, occurred, context.source, named, channel, properties=properties))


def _object(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    found = rules.typed("json", text)
    if not isinstance(found, dict):
        raise Unfit("properties: expected a JSON object")
    return found


def told_at(cells: dict[str, str], field: str, context: Context) -> int:
    """The time in a cell that must be there. Raises Unfit."""
    text = cells.get(field, "")
    if not text.strip():
        raise Unfit(f"{field}: a time is missing; expected 2026-03-04T14:05:00Z or 04/03/2026 14:05")
    try:
        return rules.moment(text, context.zone)
    except Unfit as unfit:
        raise Unfit(f"{field}: {unfit}") from unfit


KIND = Kind(
    name="events", label=lambda: _("Events"), columns=COLUMNS, read=read, judge=told.judge, apply=told.apply,
    show=told.show, record=told.Record, needs=(people.NEEDED, ("type",), ("occurred_at",)),
)  # fmt: skip
