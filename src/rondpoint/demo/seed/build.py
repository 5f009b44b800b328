"""Six months of a company in a few bulk inserts: people first, then what was said, then what was done."""

import random
import uuid

import msgspec
from django.db.models import F

from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Delivery
from rondpoint.channels.sms.segments import count
from rondpoint.conversations.models import ChatSession, Conversation, Message, MessageReference, Participant
from rondpoint.conversations.rules import wording
from rondpoint.customers import actions
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.seed import people, phone, plot, story
from rondpoint.demo.seed.company import House
from rondpoint.events.models import Event
from rondpoint.lib import clock, ids
from rondpoint.sending.gate import STEPS
from rondpoint.sending.models import Decision, Dispatch, ExternalId

SEED = 20_260_101


def fill(house: House, now: int) -> None:
    """Writes everybody and everything, inside ``write()``."""
    dice = random.Random(SEED)
    known = people.invent(dice)
    cast = _people(house, known, dice, now)
    tales = plot.tales(dice, house, cast, now)
    _write_tales(house, tales)
    _live(cast, tales, dice, now)
    _join_twins(house, cast, now)
    PhoneItem.objects.bulk_create(phone.items(house, tales))
    _quarantine(house, now)


def _people(house: House, known: list[people.Customer], dice: random.Random, now: int) -> list[story.Actor]:
    """Profiles with their identifiers, one living customer each."""
    chat_source = f"chat:{house.chat.public_id}"
    scope = str(house.chat.public_id)
    actors = []
    for number, customer in enumerate(known):
        first = now - int(dice.uniform(20, 185) * clock.DAY)
        actors.append(story.Actor(customer=customer, number=number, first_seen=first))
    for actor in actors:
        actor.main = _profile(actor, *_founding(actor, chat_source, dice))
        if actor.customer.chats:
            account = f"account:{actor.account}"
            actor.chat = Profile(
                source=chat_source,
                key=account,
                created=actor.first_seen + clock.DAY,
                traits=_traits(actor, actor.first_seen + clock.DAY),
            )
    mains = [actor.main for actor in actors]
    chats = [actor.chat for actor in actors if actor.chat is not None and actor.chat is not actor.main]
    Profile.objects.bulk_create(mains)
    Profile.objects.bulk_create(chats)
    Customer.objects.bulk_create(
        [
            Customer(
                id=actor.main.id,
                name=actor.customer.name if actor.customer.founded != "chat" else "",
                language=actor.customer.language,
                created=actor.first_seen,
                last_seen=actor.first_seen,
            )
            for actor in actors
        ]
    )
    joined = [actor for actor in actors if actor.chat is not None and actor.chat is not actor.main]
    Customer.objects.bulk_create(
        [
            Customer(
                id=actor.chat.id,
                merged_into_id=actor.main.id,
                name=actor.customer.name,
                language=actor.customer.language,
                created=actor.chat.created,
                last_seen=actor.chat.created,
            )
            for actor in joined
        ]
    )
    Profile.objects.filter(id__in=[row.id for row in mains]).update(customer_id=F("id"))
    for row in mains:
        row.customer_id = row.id
    for actor in joined:
        actor.chat.customer_id = actor.main.id
    Profile.objects.bulk_update([actor.chat for actor in joined], ["customer"])
    Identifier.objects.bulk_create([row for actor in actors for row in _identifiers(actor, scope)])
    _open_links(joined)
    _sessions(house, actors)
    return actors


def _founding(actor: story.Actor, chat_source: str, dice: random.Random) -> tuple[str, str]:
    """Source and key of the profile by which we first knew her."""
    founded = actor.customer.founded
    if founded == "shop":
        return "shop", actor.account
    if founded == "email":
        return "email", actor.customer.email
    if founded == "phone":
        return "phone", actor.customer.phone
    return chat_source, f"anon:{dice.getrandbits(96):024x}"


def _profile(actor: story.Actor, source: str, key: str) -> Profile:
    anonymous = actor.customer.founded == "chat"
    traits = _traits(actor, actor.first_seen)
    if anonymous:
        traits.pop("name")
    row = Profile(source=source, key=key, created=actor.first_seen, traits=traits)
    if anonymous:
        actor.chat = row
    return row


def _traits(actor: story.Actor, at: int) -> dict:
    said = {"name": actor.customer.name, "language": actor.customer.language}
    if actor.customer.founded == "shop":
        said |= {"city": actor.customer.city, "country": actor.customer.country}
    return {name: {"value": value, "at": at} for name, value in said.items()}


def _identifiers(actor: story.Actor, scope: str) -> list[Identifier]:
    customer, main = actor.customer, actor.main
    natural = customer.founded in ("email", "phone")
    rows = []
    if customer.email:
        # A mailbox at a domain without DMARC: nobody vouches for who writes from it.
        doubtful = customer.founded == "email" and actor.number % 9 == 4
        evidence = Evidence.CLAIMED if doubtful else Evidence.PROVIDER
        actor.unverified = doubtful
        rows.append(_identifier(main, "email", customer.email, evidence, natural=natural))
    if customer.phone:
        rows.append(_identifier(main, "phone", customer.phone, Evidence.PROVIDER, natural=natural))
    if actor.chat is not None and actor.chat is not main:
        rows.append(_identifier(actor.chat, "account", actor.account, Evidence.SIGNED, scope))
        rows.append(_identifier(actor.chat, "email", customer.email, Evidence.SIGNED))
        if customer.known_as is not None:
            rows.append(_identifier(actor.chat, "phone", customer.phone, Evidence.SIGNED))
    return rows


def _identifier(
    profile: Profile, kind: str, value: str, evidence: Evidence, scope: str = "", natural: bool = False
) -> Identifier:
    return Identifier(
        profile=profile,
        kind=kind,
        value=value,
        scope=scope,
        evidence=evidence,
        natural=natural,
        created=profile.created,
        proved=profile.created if evidence >= Evidence.SIGNED else None,
    )


def _open_links(joined: list[story.Actor]) -> None:
    """A signed-in chat and the shop's account share an address that both vouch for: the link opened by itself."""
    links = Link.objects.bulk_create(
        [
            Link(
                left=actor.main,
                right=actor.chat,
                kind=LinkKind.DETERMINISTIC,
                rule="same_email",
                evidence={"kind": "email", "value": actor.customer.email},
                opened=actor.chat.created,
            )
            for actor in joined
        ]
    )
    Event.objects.bulk_create([plot.linked(link) for link in links])


def _sessions(house: House, actors: list[story.Actor]) -> None:
    rows = [
        ChatSession(
            token_digest=ids.secret_token(32),
            connection=house.chat,
            profile_id=actor.chat.id,
            proved=actor.chat is not actor.main,
            locale=actor.customer.language,
            page="/demo/shop",
            created=actor.chat.created,
            last_seen=actor.chat.created,
        )
        for actor in actors
        if actor.chat is not None
    ]
    sessions = ChatSession.objects.bulk_create(rows)
    by_profile = {row.profile_id: row.id for row in sessions}
    for actor in actors:
        if actor.chat is not None:
            actor.session_id = by_profile[actor.chat.id]


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


def _live(cast: list[story.Actor], tales: list[story.Tale], dice: random.Random, now: int) -> None:
    """What people do besides writing, and when each was last seen."""
    events = plot.life(dice, cast, tales, now)
    Event.objects.bulk_create(events, batch_size=2000)
    seen = {actor.main.id: actor.first_seen for actor in cast}
    for tale in tales:
        last = max(line.at for line in tale.lines if line.theirs)
        seen[tale.actor.main.id] = max(seen[tale.actor.main.id], last)
    rows = [Customer(id=id_, last_seen=at) for id_, at in seen.items()]
    Customer.objects.bulk_update(rows, ["last_seen"], batch_size=400)


def _join_twins(house: House, cast: list[story.Actor], now: int) -> None:
    """Second records: some a person has merged, some wait for her word."""
    firsts = {actor.customer.name: actor for actor in reversed(cast) if not actor.customer.twin}
    suggested = []
    for number, twin in enumerate(actor for actor in cast if actor.customer.twin):
        first, at = firsts[twin.customer.name], now - (number + 1) * clock.DAY
        if twin.customer.twin == "merged":
            actions.merge(first.main.id, twin.main.id, house.staff["Inès"].name, at)
            continue
        suggested.append(
            Link(
                left=first.main,
                right=twin.main,
                kind=LinkKind.PROBABLE,
                rule="same_name",
                evidence={"kind": "name", "value": twin.customer.name},
                score=0.7,
                suggested=at,
            )
        )
    Link.objects.bulk_create(suggested)


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


