"""Six months of a company in a few bulk inserts: people first, then what was said, then what was done."""

import random
import uuid

import msgspec

from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Delivery
from rondpoint.channels.sms.segments import count
from rondpoint.conversations.models import Conversation, Message, MessageReference, Participant
from rondpoint.conversations.rules import wording
from rondpoint.customers import finding
from rondpoint.customers.models import Customer
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.seed import cast, firms, people, phone, plot, sources, story, work
from rondpoint.demo.seed.company import House
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.sending.gate import STEPS
from rondpoint.sending.models import Decision, Dispatch, ExternalId

SEED = 20_260_101


def fill(house: House, now: int) -> None:
    """Writes everybody and everything, inside ``write()``."""
    dice = random.Random(SEED)
    known = people.invent(dice)
    actors = cast.enter(house, known, dice, now)
    tales = plot.tales(dice, house, actors, now)
    _write_tales(house, tales)
    _live(actors, tales, dice, now)
    work.leave(house, tales, dice, now)
    cast.join_twins(house, actors, now)
    sources.enter(house.brand, actors, SEED, now)
    finding.rebuild()
    firms.enter(actors, SEED, now)
    PhoneItem.objects.bulk_create(phone.items(house, tales))
    _quarantine(house, now)


def _write_tales(house: House, tales: list[story.Tale]) -> None:
    """Conversations, then all messages in the order in which they came."""
    conversations = [_conversation(house, tale) for tale in tales]
    Conversation.objects.bulk_create(conversations)
    for tale, row in zip(tales, conversations, strict=True):
        tale.row = row
    lines = sorted((line for tale in tales for line in tale.lines), key=lambda line: line.at)
    written = [line for line in lines if not line.theirs]
    dispatches = Dispatch.objects.bulk_create([_dispatch(house, line) for line in written])
    for line, row in zip(written, dispatches, strict=True):
        line.dispatch = row
    Decision.objects.bulk_create([_decision(line) for line in written])
    ExternalId.objects.bulk_create(
        [
            ExternalId(
                dispatch=line.dispatch,
                connection_id=line.dispatch.connection_id,
                value=_external(house, line),
                state=line.dispatch.state,
            )
            for line in written
            if line.channel != "chat"
        ]
    )
    messages = Message.objects.bulk_create([_message(house, line) for line in lines])
    for line, row in zip(lines, messages, strict=True):
        line.row = row
    MessageReference.objects.bulk_create(
        [
            MessageReference(message=line.row, value=_external(house, line))
            for line in lines
            if line.channel == "email" or (line.channel == "sms" and line.theirs)
        ]
    )
    _participants(lines)
    Event.objects.bulk_create(plot.facts(tales, lines), batch_size=2000)


def _conversation(house: House, tale: story.Tale) -> Conversation:
    last = tale.lines[-1]
    theirs = [line for line in tale.lines if line.theirs]
    unanswered = []
    for line in reversed(tale.lines):
        if not line.theirs:
            break
        unanswered.append(line)
    return Conversation(
        profile_id=tale.actor.profile_for(tale.lines[0].channel).id,
        customer_id=tale.actor.main.id,
        brand=house.brand,
        subject=tale.subject[:300],
        state=tale.state,
        assignee=tale.assignee,
        team=tale.team,
        created=tale.lines[0].at,
        closed=tale.closed,
        last_message_at=last.at,
        last_channel=theirs[-1].channel,
        last_preview=wording.preview(last.text),
        waiting_since=unanswered[-1].at if unanswered and tale.state != "closed" else None,
        unread=bool(unanswered) and tale.state == "open",
    )


def _dispatch(house: House, line: story.Line) -> Dispatch:
    profile, kind, address = line.tale.actor.reached(line.channel)
    segments = count(line.text).segments if line.channel == "sms" else 1
    content = MessageOut(
        id=str(line.public_id),
        to=Address(kind, address),
        text=line.text,
        subject=line.tale.subject if line.channel == "email" else "",
        sender_name=line.agent.name,
        language=line.tale.actor.customer.language,
        at=line.at,
    )
    return Dispatch(
        public_id=line.public_id,
        connection=house.connection(line.channel),
        channel=line.channel,
        profile_id=profile.id,
        address_kind=kind,
        address=address,
        purpose="service",
        content=msgspec.msgpack.encode(content),
        segments=max(segments, 1),
        state=line.state,
        error=line.error,
        attempts=1,
        parts_sent=0 if line.state == "failed" else 1,
        due=line.at,
        idempotency_key=f"message:{line.public_id}",
        created=line.at,
        sent=line.at + clock.SECOND,
        delivered=line.at + 4 * clock.SECOND if line.state in ("delivered", "read") else None,
        read=line.at + 3 * clock.MINUTE if line.state == "read" else None,
    )


def _decision(line: story.Line) -> Decision:
    row = line.dispatch
    return Decision(
        at=line.at,
        profile_id=row.profile_id,
        dispatch=row,
        channel=row.channel,
        address_kind=row.address_kind,
        address=row.address,
        purpose="service",
        verdict="send",
        steps=[{"step": name, "result": "pass"} for name, _ in STEPS],
        idempotency_key=row.idempotency_key,
    )


def _message(house: House, line: story.Line) -> Message:
    actor = line.tale.actor
    profile, kind, address = actor.reached(line.channel)
    connection = house.connection(line.channel)
    mail = line.channel == "email"
    row = Message(
        public_id=line.public_id,
        conversation=line.tale.row,
        origin_conversation_id=line.tale.row.id,
        profile_id=profile.id,
        direction="in" if line.theirs else "out",
        channel=line.channel,
        connection=connection,
        address_kind=kind,
        address=address,
        author_kind="customer" if line.theirs else "agent",
        author_name=(actor.shown_name if line.theirs else line.agent.name),
        user=None if line.theirs else line.agent,
        subject=line.tale.subject[:300] if mail else "",
        text=line.text,
        at=line.at,
        received=line.at,
    )
    if line.theirs:
        event = f"chat:{actor.session_id}:{line.public_id}" if line.channel == "chat" else _external(house, line)
        row.source_key = f"{connection.id}:{event}"
        row.arrived_by = line.arrived_by
        row.unverified = mail and actor.unverified
    else:
        row.source_key = f"out:{line.public_id}"
        row.dispatch_id = line.dispatch.id
    return row


def _external(house: House, line: story.Line) -> str:
    """Message-ID without brackets, or the provider's sid."""
    if line.channel == "sms":
        return f"SM{line.public_id.hex}"
    domain = "hirondelle.example.com" if not line.theirs else line.tale.actor.customer.email.partition("@")[2]
    return f"{line.public_id}@{domain}"


def _participants(lines: list[story.Line]) -> None:
    seen: dict[tuple[int, str, str], Participant] = {}
    for line in lines:
        row = line.row
        seen.setdefault(
            (row.conversation_id, row.address_kind, row.address),
            Participant(
                conversation_id=row.conversation_id,
                profile_id=row.profile_id,
                address_kind=row.address_kind,
                address=row.address,
                name=row.author_name if line.theirs else "",
                role="customer" if line.theirs else "recipient",
                from_message=row.id,
                created=row.at,
            ),
        )
    Participant.objects.bulk_create(list(seen.values()))


def _live(actors: list[story.Actor], tales: list[story.Tale], dice: random.Random, now: int) -> None:
    """What people do besides writing, and when each was last seen."""
    events = plot.life(dice, actors, tales, now)
    Event.objects.bulk_create(events, batch_size=2000)
    seen = {actor.main.id: actor.first_seen for actor in actors}
    for tale in tales:
        last = max(line.at for line in tale.lines if line.theirs)
        seen[tale.actor.main.id] = max(seen[tale.actor.main.id], last)
    rows = [Customer(id=id_, last_seen=at) for id_, at in seen.items()]
    Customer.objects.bulk_update(rows, ["last_seen"], batch_size=400)


def _quarantine(house: House, now: int) -> None:
    """A webhook that a broken gateway sent: it names no message, and five tries do not change that."""
    Delivery.objects.create(
        public_id=uuid.uuid4(),
        connection=house.sms,
        external_id=f"sha256:{uuid.uuid4().hex}",
        received=now - 5 * clock.HOUR,
        meta={
            "headers": {"content-type": "application/x-www-form-urlencoded", "user-agent": "TwilioProxy/1.1"},
            "url": f"/in/sms/{house.sms.public_id}",
            "method": "POST",
        },
        body=b"From=%2B33199003999&To=%2B33199001000&Body=Bonjour%2C+je+voudrais+sav&NumMed",
        state="quarantined",
        attempts=5,
        due=now - 5 * clock.HOUR,
        error="ValueError: the form has no MessageSid",
    )
