"""Which conversation a message joins.

Its own signed token, then what it refers to, if the sender takes part there, then the person's open conversation, then
a new one. What many messages need to know is read once for all of them.
"""

from collections.abc import Iterable

from django.db.models import Max

from rondpoint.channels import registry
from rondpoint.channels.contract import Address, MessageIn
from rondpoint.channels.handlers import Arrival
from rondpoint.channels.models import Connection
from rondpoint.conversations.actions import codes, opening
from rondpoint.conversations.models import Conversation, Message, MessageReference, Participant
from rondpoint.conversations.rules import tokens, wording
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Profile
from rondpoint.customers.types import Landing
from rondpoint.lib import bulk, clock

REPLY_WITHIN = 14 * clock.DAY  # how long an answer without references still belongs to what we wrote
REFERENCES = 50  # of one message that are followed, nearest first

Place = tuple[int, str, str]  # conversation, kind of address, address


def named(item: MessageIn) -> bool:
    """Whether a message names its conversation by a token or a code: choosing it may change who is who."""
    return bool(item.token or wording.only_digits(item.text))


class Choosing:
    """The conversations that some messages may join. One object serves one transaction: it knows what was begun in it.

    ``arrivals`` and ``landings`` go together. None of several arrivals may be :func:`named`.
    """

    def __init__(self, arrivals: list[Arrival], landings: list[Landing]):
        self._brands = dict(
            Connection.objects.filter(id__in={arrival.connection.id for arrival in arrivals}).values_list(
                "id", "brand_id"
            )
        )
        self._references = self._read_references(arrivals)
        self._written = self._read_written(arrivals)
        self._rows: dict[int, Conversation] = {}
        self._open: dict[int, list[Conversation]] = {}
        self._read_conversations({landing.customer_id for landing in landings})
        self._participants = self._read_participants(arrivals)

    def choose(self, arrival: Arrival, landing: Landing) -> tuple[Conversation, str]:
        """The conversation and why: ``token``, ``reference``, ``customer`` or ``new`` (which is not stored yet)."""
        item: MessageIn = arrival.item
        found, why = self._by_token(item, landing), "token"
        if found is None:
            found, why = self._by_reference(arrival, item), "reference"
        if found is None:
            found, why = self.open_for(landing.customer_id, self._brands[arrival.connection.id]), "customer"
        if found is None:
            brand_id = self._brands[arrival.connection.id]
            found, why = opening.begun(landing.profile_id, landing.customer_id, brand_id, item.subject, item.at), "new"
            self._open.setdefault(landing.customer_id, []).append(found)
        self._join(found, item)
        return found, why

    def open_for(self, customer_id: int, brand_id: int | None) -> Conversation | None:
        """The conversation a person is in now with a brand."""
        return opening.latest(
            row
            for row in self._open.get(customer_id, ())
            if row.state != "closed" and brand_id in (None, row.brand_id)
        )

    def _join(self, conversation: Conversation, item: MessageIn) -> None:
        """Whom a message brings into a conversation may answer there with the next one."""
        for role, who in (("customer", item.sender), *(("copied", other) for other in item.participants)):
            if conversation.id is not None:
                place = (conversation.id, who.kind, who.value[:320])
                self._participants.setdefault(place, Participant(role=role))

    def participant(self, conversation: Conversation, kind: str, address: str) -> Participant | None:
        """Who is in a conversation under an address of one of the messages."""
        return self._participants.get((conversation.id or 0, kind, address[:320]))

    def relate(self, conversation: Conversation, item: MessageIn, landing: Landing) -> None:
        """Somebody answers in a conversation that is not (yet) hers. Nobody gains a right by it.

        When we had written to this very address for this person and nobody was known behind it, its facts count as
        hers; when somebody was known, a person has to decide.
        """
        if landing.customer_id == conversation.customer_id:
            return
        there = self.participant(conversation, item.sender.kind, item.sender.value)
        if there is None or there.role != "recipient":
            return
        evidence = {"kind": item.sender.kind, "value": item.sender.value}
        if landing.created:
            customers.attribute(conversation.profile_id, landing.profile_id, "reply", item.at, evidence)
        else:
            customers.suggest(
                Profile.objects.get(id=conversation.profile_id),
                Profile.objects.get(id=landing.profile_id),
                "reply",
                evidence,
                item.at,
            )

    def _read_references(self, arrivals: list[Arrival]) -> dict[str, list[int]]:
        wanted = {value for arrival in arrivals for value in _references(arrival.item)}
        found: dict[str, list[int]] = {}
        if wanted:
            rows = MessageReference.objects.filter(value__in=wanted).order_by("id")
            for value, conversation_id in rows.values_list("value", "message__conversation_id"):
                found.setdefault(value, []).append(conversation_id)
        return found

    def _read_written(self, arrivals: list[Arrival]) -> dict[tuple[str, str], tuple[int, int]]:
        """On a channel without references, what we last wrote to an address: its conversation and when."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for kind in {arrival.connection.kind for arrival in arrivals if not _refers(arrival)}:
            senders = [arrival.item.sender for arrival in arrivals if arrival.connection.kind == kind]
            kinds, addresses = {sender.kind for sender in senders}, {sender.value for sender in senders}
            places = Participant.objects.filter(address_kind__in=kinds, address__in=addresses).values("conversation_id")
            if not places.exists():
                continue
            rows = Message.objects.filter(
                conversation_id__in=places, direction="out", channel=kind, address__in=addresses
            )
            last = rows.values("address_kind", "address").annotate(last=Max("id")).values("last")
            for row in Message.objects.filter(id__in=last).only("address", "conversation_id", "at"):
                found[kind, row.address] = row.conversation_id, row.at
        return found

    def _read_conversations(self, customer_ids: set[int]) -> None:
        mentioned = {number for numbers in self._references.values() for number in numbers}
        mentioned |= {number for number, _ in self._written.values()}
        open_ = Conversation.objects.filter(customer_id__in=customer_ids, merged_into=None).exclude(state="closed")
        ids = mentioned | set(open_.values_list("id", flat=True))
        for row in bulk.fetch(Conversation, lock=True, id=ids):
            self._rows[row.id] = row
            if row.state != "closed" and row.merged_into_id is None:
                self._open.setdefault(row.customer_id, []).append(row)

    def _read_participants(self, arrivals: list[Arrival]) -> dict[Place, Participant]:
        addresses = {arrival.item.sender.value[:320] for arrival in arrivals}
        addresses |= {other.value[:320] for arrival in arrivals for other in arrival.item.participants}
        rows = bulk.fetch(Participant, conversation_id=self._rows, address=addresses)
        return {(row.conversation_id, row.address_kind, row.address): row for row in rows}

    def _row(self, conversation_id: int) -> Conversation | None:
        """A conversation, or the one it was merged into; always the same object for the same row."""
        row = opening.current(self._rows.get(conversation_id))
        return self._rows.setdefault(row.id, row) if row is not None else None

    def _by_token(self, item: MessageIn, landing: Landing) -> Conversation | None:
        if item.token:
            number = tokens.read_reply_token(codes.reply_key(), item.token)
            if number is not None:
                return self._known(Conversation.objects.filter(id=number).first())
        digits = wording.only_digits(item.text)
        if digits:
            return self._known(codes.take_up(digits, item.sender, landing.profile_id, item.at))
        return None

    def _known(self, conversation: Conversation | None) -> Conversation | None:
        found = opening.current(conversation)
        if found is not None:
            self._rows[found.id] = found
        return found

    def _by_reference(self, arrival: Arrival, item: MessageIn) -> Conversation | None:
        """What this answers, provided that the sender's address takes part in it."""
        for value in _references(item):
            for number in self._references.get(value, ()):
                conversation = self._row(number)
                if conversation is not None and self._takes_part(conversation, item.sender):
                    return conversation
        number, at = self._written.get((arrival.connection.kind, item.sender.value), (0, 0))
        if at < item.at - REPLY_WITHIN:
            return None
        conversation = self._row(number)
        return conversation if conversation is not None and conversation.state != "closed" else None

    def _takes_part(self, conversation: Conversation, sender: Address) -> bool:
        return self.participant(conversation, sender.kind, sender.value) is not None


def _references(item: MessageIn) -> Iterable[str]:
    return (value[:255] for value in item.references[:REFERENCES])


def _refers(arrival: Arrival) -> bool:
    """Whether messages of this channel carry ids that answers refer to."""
    return bool(registry.get(arrival.connection.kind).external_id("", arrival.connection))
