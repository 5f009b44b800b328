"""Messages of before, out of a help desk or a mailbox."""

from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts import queries as brands
from rondpoint.conversations.actions import history
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import told
from rondpoint.hub.imports.kinds.events import told_at
from rondpoint.hub.imports.types import Column, Context, Judged, Kind, Outcome, Unfit
from rondpoint.lib import clock

LONGEST = 100_000  # letters of a message
CHANNELS = ("email", "sms", "chat", "voice", "whatsapp", "messenger", "instagram", "telegram", "rcs", "form", "print")
IN = ("in", "incoming", "inbound", "received", "recu", "entrant", "customer", "client")
OUT = ("out", "outgoing", "outbound", "sent", "envoye", "sortant", "agent")
COLUMNS = (
    *people.COLUMNS,
    Column("sent_at", lambda: _("When it was written"), "2026-03-04T14:05:00Z",
           ("date", "at", "created at", "time", "timestamp", "envoye le", "recu le", "horodatage", "occurred at")),
    Column("direction", lambda: _("in: the customer wrote; out: we did"), "in",
           ("sens", "type", "direction du message", "sender type")),
    Column("channel", lambda: _("email, sms, chat…"), "email", ("canal", "source", "via")),
    Column("text", lambda: _("What was written"), "Bonjour, où est mon colis ?",
           ("body", "message", "content", "texte", "contenu", "corps", "description")),
    Column("subject", lambda: _("Subject"), "Mon colis", ("sujet", "objet", "title", "titre")),
    Column("author", lambda: _("Who wrote"), "Awa Diallo",
           ("from name", "auteur", "agent", "sender", "expediteur", "author name")),
    Column("thread", lambda: _("Number of the ticket or conversation"), "T-77",
           ("ticket", "ticket id", "conversation", "conversation id", "thread id", "n de ticket", "numero de ticket")),
    Column("message_id", lambda: _("A number of its own, so that it is taken once"), "m-1",
           ("message number", "id message", "uuid", "comment id")),
)  # fmt: skip


class Record(Struct, frozen=True):
    """A message as a row tells it, and whom it is about."""

    person: people.Person
    past: history.Past  # with no profile yet


def read(cells: dict[str, str], context: Context) -> Record:
    """A message out of a row. Raises Unfit."""
    person = people.read(cells, context)
    address = next((said for said in person.identifiers if said.kind in ("email", "phone")), person.identifiers[0])
    text, subject = cells.get("text", "").strip(), cells.get("subject", "").strip()
    if not text and not subject:
        raise Unfit("text: the message is empty")
    if len(text) > LONGEST:
        raise Unfit(f"text: at most {LONGEST} characters")
    word = cells.get("direction", "").strip().lower().replace("ç", "c").replace("é", "e") or "in"
    if word not in IN + OUT:
        raise Unfit(f"direction: {word!r} is neither in nor out")
    channel = cells.get("channel", "").strip().lower().replace("e-mail", "email") or "email"
    if channel not in CHANNELS:
        raise Unfit(f"channel: {channel!r} is none of {', '.join(CHANNELS)}")
    at = told_at(cells, "sent_at", context)
    named = cells.get("message_id", "").strip()[:100] or told.name(person.key, at, word, text, subject)
    thread = cells.get("thread", "").strip()[:100]
    past = history.Past(
        0, f"{context.source}:{named}", f"{context.source}:{thread or person.key}"[:255], word in IN, channel,
        address.kind, address.value, at, text, subject, cells.get("author", "").strip(),
    )  # fmt: skip
    return Record(person, past)


def judge(records: list[Record], context: Context) -> Judged:
    """Which messages are new."""
    here = history.known([record.past.key for record in records])
    outcomes, plan = [], []
    for record in records:
        new = record.past.key not in here
        here.add(record.past.key)
        outcomes.append(Outcome("new" if new else "known"))
        if new:
            plan.append(record)
    return Judged(outcomes, plan)


def apply(plan: list[Record], context: Context) -> None:
    """Stores the messages. Inside ``write()``."""
    owners = told.owners([(record.person, record.past.at) for record in plan], context)
    brand = brands.default_brand()
    past = [
        msgspec.structs.replace(record.past, profile_id=number)
        for record, number in zip(plan, owners, strict=True)
    ]
    history.remember(past, brand.id if brand else None, clock.now())


def show(record: Record) -> dict[str, Any]:
    """A message as it would become."""
    past = record.past
    return {
        "who": record.person.key.partition(":")[2],
        "channel": past.channel,
        "direction": "in" if past.inbound else "out",
        "occurred_at": past.at,
        "text": past.text or past.subject,
    }


KIND = Kind(
    name="messages", label=lambda: _("Messages of before"), columns=COLUMNS, read=read, judge=judge, apply=apply,
    show=show, record=Record, needs=(people.NEEDED, ("sent_at",), ("text", "subject")), own=False,
)  # fmt: skip
