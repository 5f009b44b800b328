"""Coming in: a code is asked for, sent by the worker, and typed back.

Asking does the same whether an address is known or not: it counts the try and leaves a row. Who holds the address is
looked up by the worker afterwards, so neither the answer nor its time tells a stranger who is a customer here.
"""

from django.conf import settings

from rondpoint.channels.contract import Address
from rondpoint.channels.models import Connection
from rondpoint.conversations.actions import codes, continuations, facts
from rondpoint.conversations.actions.codes import By, Limit, Refused
from rondpoint.conversations.actions.opening import open_conversation
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.models import Attempt, ChatSession, Continuation, Participant
from rondpoint.conversations.own_page import rules
from rondpoint.conversations.own_page.rules import Wanted
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write

CHANNELS = {"email": "email", "phone": "sms"}
FROM_ONE_LINE = 20  # codes asked for or typed from one network in ten minutes: an office shares one
AT_ONCE = 50
KEPT = clock.DAY


def ask(ticket: str, wanted: Wanted, sender: str, now: int | None = None) -> None:
    """Notes that this device asks for a code to an address. Raises Refused ``too_many_tries``."""
    now = now or clock.now()
    with write():
        _count_line(sender, now)
        line, address = rules.network(sender), f"{wanted.kind}:{wanted.value}"
        limits = [
            Limit(f"page:{_device(ticket)}"),
            Limit(f"proof from:{line}:{address}", codes.OF_ONE_NETWORK),
            Limit(f"proof to:{address}", codes.TO_ONE_ADDRESS),
        ]
        codes.spend(line, limits, now)
        Continuation.objects.update_or_create(
            digest=codes.digest("asked", ticket),
            defaults={
                "kind": "asked",
                "profile_id": 0,
                "channel": CHANNELS[wanted.kind],
                "target": str(wanted),
                "created": now,
                "expires": now + codes.LIFE,
                "consumed": None,
            },
        )


def asked(ticket: str, now: int | None = None) -> Wanted | None:
    """What this device asked for, while a code for it may still come back."""
    row = Continuation.objects.filter(digest=codes.digest("asked", ticket), expires__gt=now or clock.now()).first()
    return rules.read_wanted(row.target) if row else None


def send_waiting(now: int | None = None) -> int:
    """Sends the codes that were asked for to addresses somebody holds; how many. The worker's work."""
    now = now or clock.now()
    rows = Continuation.objects.filter(kind="asked", consumed=None, expires__gt=now).order_by("id")
    return sum(_send(row, now) for row in list(rows[:AT_ONCE]))


def forget(now: int | None = None) -> None:
    """Who asked, from where, and each try at a code is kept for a day: limits look back no further. By the worker."""
    before = (now or clock.now()) - KEPT
    with write():
        Continuation.objects.filter(kind__in=("asked", "page"), expires__lt=before).delete()
        Attempt.objects.filter(at__lt=before).delete()


def enter(ticket: str, code: str, chat: Connection, sender: str, now: int | None = None) -> str:
    """The code came back: the device is hers from now on. The new ticket. Raises Refused.

    ``chat``: the connection on which she will write.
    """
    now = now or clock.now()
    failed = made = None
    with write():
        wanted = asked(ticket, now)
        if wanted is None:
            raise Refused("expired")
        by = By(rules.network(sender), _device(ticket), f"{wanted.kind}:{wanted.value}")
        try:
            _count_line(sender, now)
            codes.check("page", CHANNELS[wanted.kind], _target(wanted, _device(ticket)), 0, code, by, now)
        except Refused as refused:  # the try has to be counted: leave the transaction normally
            failed = refused
        else:
            made = _open(ticket, wanted, chat, now)
            Continuation.objects.filter(digest=codes.digest("asked", ticket)).delete()
    if failed is not None:
        raise failed
    return made


def leave(session: ChatSession) -> None:
    """Signs a device out: its ticket opens nothing any more, whoever kept a copy."""
    with write():
        ChatSession.objects.filter(id=session.id).update(token_digest=sessions.digest(ids.secret_token(32)))


def _send(row: Continuation, now: int) -> bool:
    wanted = rules.read_wanted(row.target)
    with write():
        if not Continuation.objects.filter(id=row.id, created=row.created, consumed=None).update(consumed=now):
            return False
        holders = known.holders(wanted.kind, wanted.value)
        if not holders:
            return False
        target = _target(wanted, row.digest[:16])
        _made, code = codes.make("page", None, 0, row.channel, target, now)
        try:
            continuations.send_code(
                holders[0].profile_id, row.channel, Address(wanted.kind, wanted.value), code, wanted.language, now
            )
        except Refused:  # the gate keeps its reason; whoever asked learns nothing from it
            return False
    return True


def _open(ticket: str, wanted: Wanted, chat: Connection, now: int) -> str:
    """A session that proved an address: the one that came by a link when the address is hers, else a new one."""
    proof = IdentifierIn(wanted.kind, wanted.value, Evidence.VERIFIED)
    session = sessions.find(ticket)
    made = ids.secret_token(32)
    if session is None:
        profile_id = _profile(wanted, chat, now)
        session = ChatSession(connection=chat, page=f"{settings.RONDPOINT_URL}/me", created=now)
    elif (wanted.kind, wanted.value) in continuations.proof_addresses(session):
        profile_id = session.profile_id
    else:
        profile_id = _profile(wanted, chat, now)
        _take_along(session.profile_id, profile_id)
    customers.identify(profile_id, [proof], now)
    session.profile_id, session.proved, session.last_seen = profile_id, True, now
    session.token_digest, session.locale = sessions.digest(made), session.locale or wanted.language
    session.save()
    _tell(session, wanted.kind, now)
    return made


def _tell(session: ChatSession, kind: str, now: int) -> None:
    """Her proof stands in her open conversation, or beside all of them when none is open."""
    conversation = open_conversation(known.of_profile(session.profile_id).id, session.connection.brand_id)
    place = {"conversation_id": conversation.id} if conversation else {}
    key = f"continuation.proved:page:{session.id}:{now}"
    properties = {**place, "kind": kind}
    events.record([Fact(session.profile_id, "continuation.proved", now, "conversations", key, properties=properties)])


def _profile(wanted: Wanted, chat: Connection, now: int) -> int:
    """The profile under which whoever proved this address writes on her page: always the same one."""
    key = signing.digest(settings.SECRET_KEY, "own page profile", f"{wanted.kind}:{wanted.value}")[:24]
    return customers.make_profile(f"chat:{chat.public_id}", f"page:{key}", now)[0].id


def _take_along(device: int, profile_id: int) -> None:
    """Whoever followed somebody else's link and proved who she is still takes part, from the same point on."""
    profile = known.profile(profile_id)
    for joined in Participant.objects.filter(profile_id=device, role="joined").select_related("conversation"):
        facts.take_part(joined.conversation, profile.id, "chat", profile.key, "joined", "", joined.from_message)


def _count_line(sender: str, now: int) -> None:
    scope = f"page from:{rules.network(sender)}"
    if Attempt.objects.filter(scope=scope, at__gt=now - codes.WINDOW).count() >= FROM_ONE_LINE:
        raise Refused("too_many_tries")
    Attempt.objects.create(scope=scope, at=now)


def _device(ticket: str) -> str:
    return codes.digest("asked", ticket)[:16]


def _target(wanted: Wanted, device: str) -> str:
    """A code works for one address and the one device that asked for it."""
    return f"{wanted.value} {device}"
