"""Customers as lines of a list: their channels, address, last contact, what is open and what they were promised."""

from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Commitment, Conversation
from rondpoint.conversations.queries.inbox import channels_used
from rondpoint.conversations.queries.permitted import seen_by
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Identifier

PAGE = 50
LIVE = ("open", "waiting", "snoozed")


class Line(Struct, frozen=True):
    """One customer. ``latest``: her open conversation with the newest message."""

    customer: Customer
    spokes: list[dict]
    address: str
    more: int  # further addresses
    open: int
    latest: Conversation | None
    promise: Commitment | None


def lines(people: list[Customer], user: User) -> list[Line]:
    """The lines of a page, in a constant number of queries, of conversations only those the reader may see."""
    numbers = [person.id for person in people]
    held = customers.held_by(numbers)
    talks: dict[int, list[Conversation]] = {}
    for talk in seen_by(user).filter(customer_id__in=numbers).order_by("-last_message_at", "-id"):
        talks.setdefault(talk.customer_id, []).append(talk)
    used = channels_used([talk.id for one in talks.values() for talk in one])
    promises = _promises(talks)
    open_ = _open(held)
    return [
        _line(person, held.get(person.id, []), talks.get(person.id, []), used, promises, open_.get(person.id, set()))
        for person in people
    ]


def _line(
    person: Customer,
    held: list[Identifier],
    talks: list[Conversation],
    used: dict[int, dict[str, int]],
    promises: dict[int, Commitment],
    open_: set[str],
) -> Line:
    counted: dict[str, int] = {}
    for talk in talks:
        for channel, number in used.get(talk.id, {}).items():
            counted[channel] = counted.get(channel, 0) + number
    shown = [row.value for row in held if row.kind in ("email", "phone")]
    live = [talk for talk in talks if talk.state in LIVE]
    kept = [promises[talk.id] for talk in talks if talk.id in promises]
    return Line(
        person,
        spokes(counted, talks[0].last_channel if talks else "", open_ | ({"chat"} & counted.keys())),
        shown[0] if shown else "",
        max(0, len(shown) - 1),
        len(live),
        live[0] if live else None,
        min(kept, key=lambda promise: promise.due, default=None),
    )


def _promises(talks: dict[int, list[Conversation]]) -> dict[int, Commitment]:
    """The nearest open promise of each conversation."""
    numbers = [talk.id for one in talks.values() for talk in one]
    rows = Commitment.objects.filter(conversation__in=numbers, state="open").order_by("-due", "-id")
    return {row.conversation_id: row for row in rows}


def _open(held: dict[int, list[Identifier]]) -> dict[int, set[str]]:
    """The channels on which each may be written to: there is an address, and nobody has shut it."""
    shut = consent.suppressions(list({(row.kind, row.value) for rows in held.values() for row in rows}))
    return {
        number: {
            channel.manifest.kind
            for channel in registry.every()
            for row in rows
            if row.kind == channel.manifest.address_kind != "chat"
            and not any(
                one.scope == "all" and one.channel in ("", channel.manifest.kind)
                for one in shut.get((row.kind, row.value), ())
            )
        }
        for number, rows in held.items()
    }
