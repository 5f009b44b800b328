"""One customer, whole, out of the file that Rondpoint writes of her: its rows are read, judged and brought in as those
of the other kinds."""

import json
import uuid
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from rondpoint.consent.types import Address
from rondpoint.conversations.models import Message
from rondpoint.customers import queries as people_here
from rondpoint.events.models import Event
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import consents, customers, events, messages, told
from rondpoint.hub.imports.types import Column, Context, Judged, Kind, Outcome, Unfit
from rondpoint.hub.imports.whole import COLUMNS as NAMES
from rondpoint.hub.imports.whole import LEFT
from rondpoint.lib import addresses, bulk
from rondpoint.lib.text import storable

NAME = "customer"
PARTS = {kind.name: kind for kind in (customers.KIND, consents.KIND, events.KIND, messages.KIND)}
FIELDS = {"customers": "customer", "consents": "consent", "events": "event", "messages": "message"}  # of a record
LONGEST = 200  # letters of the name of a fact
COLUMNS = (
    Column(NAMES[0], lambda: _("What a row is: customers, consents, events or messages"), "customers"),
    Column(NAMES[1], lambda: _("What it says, as a JSON object"), '{"email": "awa.diallo@example.com"}'),
)  # fmt: skip


class Record(Struct, frozen=True):
    """A record of one of the kinds; ``there``: what it is called in the house that wrote the file."""

    part: str
    person: people.Person
    there: tuple[str, str] = ("", "")
    customer: customers.Record | None = None
    consent: consents.Record | None = None
    event: told.Record | None = None
    message: messages.Record | None = None

    @property
    def row(self) -> Any:
        """The record of its kind."""
        return getattr(self, FIELDS[self.part])


def read(cells: dict[str, str], context: Context) -> Record:
    """A row of one of the kinds. Raises Unfit."""
    part = cells.get("part", "").strip()
    said = _object(cells.get("said", ""))
    if part == LEFT:
        raise Unfit(said.get("reason", "") or "left out")
    if part not in PARTS:
        raise Unfit(f"part: {part!r} is none of {', '.join(PARTS)}")
    there = _name(said)
    about = said.pop("address", "").strip()
    row: Any = PARTS[part].read(said, context)
    person = row.person
    if said.get("customer", "").strip():
        person = replace(person, key=f"customer:{said['customer'].strip()[:100]}")
    row = replace(row, person=person)
    if isinstance(row, consents.Record):
        row = replace(row, addresses=_about(said.get("address_kind", ""), about, context))
    if isinstance(row, messages.Record):
        kind = next((each.kind for each in person.identifiers if each.value == about), "")
        row = replace(row, past=replace(row.past, address_kind=kind, address=about)) if kind else row
    return Record(part, person, there, **{FIELDS[part]: row})


def judge(records: list[Record], context: Context) -> Judged:
    """What becomes of the rows, kind by kind; what this house wrote into the file it knows."""
    known = _facts_here(records) | _messages_here(records) | _said_here(records, context)
    outcomes = [Outcome("known")] * len(records)
    plans = []
    for name, kind in PARTS.items():
        places = [place for place, record in enumerate(records) if record.part == name and place not in known]
        judged = kind.judge([records[place].row for place in places], context)
        for place, outcome in zip(places, judged.outcomes, strict=True):
            outcomes[place] = outcome
        if judged.plan:
            plans.append((kind, judged.plan))
    return Judged(outcomes, plans)


def apply(plan: list[tuple[Kind, Any]], context: Context) -> None:
    """Brings the rows in, who she is first. Inside ``write()``."""
    for kind, part in plan:
        kind.apply(part, context)


def show(record: Record) -> dict[str, Any]:
    """A row as it would become."""
    found: dict[str, Any] = PARTS[record.part].show(record.row)
    if "who" in found:
        found["who"] = next(iter(record.person.identifiers)).value
    return found


def _object(text: str) -> dict[str, str]:
    try:
        found = msgspec.convert(json.loads(text or "{}"), dict[str, str])
    except (ValueError, RecursionError) as error:
        raise Unfit("said: expected a JSON object of texts") from error
    return {storable(name): storable(cell) for name, cell in found.items()}


def _name(said: dict[str, str]) -> tuple[str, str]:
    """What a fact or a message is called where the file comes from. A fact's name here tells its source too, since only
    both together are a name."""
    source, named = said.pop("source", "").strip(), said.get("message_id", "").strip()
    if source and named:
        whole = f"{source}:{named}"
        said["message_id"] = whole if len(whole) <= LONGEST else told.name(source, named)
    return source, named


def _about(kind: str, address: str, context: Context) -> tuple[Address, ...]:
    """The address a word is about; none: all of hers. Raises Unfit."""
    if not address:
        return ()
    if kind not in consents.KINDS:
        raise Unfit(f"address_kind: {kind!r} is none of {', '.join(consents.KINDS)}")
    if kind == "post":
        return ((kind, address[:320]),)
    try:
        return ((kind, addresses.normalise(kind, address, context.country)),)
    except addresses.BadAddress as error:
        raise Unfit(f"address: {error}") from error


def _facts_here(records: list[Record]) -> set[int]:
    """The places of the facts that this house recorded itself."""
    asked = {place: record.row.fact for place, record in enumerate(records) if record.part == "events"}
    named = {records[place].there for place in asked}
    rows = bulk.fetch(Event, source={source for source, _ in named}, message_id={name for _, name in named})
    told_here = {(row.source, row.message_id, row.type, row.occurred // 1000) for row in rows}
    return {
        place for place, fact in asked.items() if (*records[place].there, fact.type, fact.occurred // 1000) in told_here
    }


def _messages_here(records: list[Record]) -> set[int]:
    """The places of the messages that this house keeps itself."""
    asked = {
        place: number
        for place, record in enumerate(records)
        if record.part == "messages" and (number := _number(record.there[1])) is not None
    }
    kept = {row.public_id for row in bulk.fetch(Message, public_id=set(asked.values()))}
    return {place for place, number in asked.items() if number in kept}


def _number(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _said_here(records: list[Record], context: Context) -> set[int]:
    """The places of rows about who she is that say of somebody known here what is known of her, or what is older."""
    asked = {place: record for place, record in enumerate(records) if record.part == "customers"}
    places = people.place([record.person for record in asked.values()], context.source, apart=True)
    golden: dict[int, people_here.Golden] = {}
    found = set()
    for (number, record), place in zip(asked.items(), places, strict=True):
        if place.profile is not None or place.other is None:
            continue
        owner = place.other.profile.owner
        known = golden.setdefault(owner, people_here.golden(owner))
        held = {(each.kind, each.value, each.scope) for each in known.identifiers}
        if set(record.person.names) <= held and all(
            (word := known.traits.get(name)) is not None
            and (word.value == value or word.at // 1000 >= record.row.at // 1000)
            for name, value in record.row.traits.items()
        ):
            found.add(number)
    return found


KIND = Kind(
    name=NAME, label=lambda: _("One customer, whole, as another Rondpoint wrote her down"), columns=COLUMNS, read=read,
    judge=judge, apply=apply, show=show, record=Record, needs=(("part",), ("said",)), own=False,
)  # fmt: skip
