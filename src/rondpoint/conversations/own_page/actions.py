"""What she does on her page: writing, choosing where the answer goes, asking to be called, taking it to her phone."""

import hashlib

from django.utils.translation import gettext as _

from rondpoint.conversations.actions import continuations, facts
from rondpoint.conversations.actions.codes import Refused
from rondpoint.conversations.chat import messages
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.models import ChatSession, Commitment, Conversation, Message
from rondpoint.conversations.own_page import queries, rules
from rondpoint.conversations.promises import actions as promises
from rondpoint.conversations.types import Issued
from rondpoint.lib import addresses, clock
from rondpoint.lib.db import write
from rondpoint.ui import times

LONGEST = 20_000
NAMED = 60  # characters of the name that a page gives its message
_brake = Brake(20, 60)


def say(session: ChatSession, client_id: str, text: str, answer: str = "", now: int | None = None) -> Message:
    """Writes in her conversation; the same ``client_id`` and text give the same message. ``answer``: the channel on
    which she wants ours, "" or chat for this page. Raises Refused ``empty``, ``too_long`` or ``too_fast``."""
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused("empty")
    if len(text) > LONGEST:
        raise Refused("too_long")
    if _brake.wait(str(session.id)):
        raise Refused("too_fast")
    now = now or clock.now()
    # Sent twice it is one message; another text from the same page, after going back to it, is another one.
    named = "".join(letter for letter in client_id if letter.isprintable())[:NAMED] or str(now)
    words = hashlib.sha256(text.encode()).hexdigest()[:12]
    with write():
        [message] = messages.store([messages.Said(session, f"page:{named}:{words}", text, [], now)])
        if answer in _channels(session):
            _wish(message.conversation, answer, message, now)
    return message


def call_back(
    session: ChatSession, client_id: str, slot: str, place: int, number: str, now: int | None = None
) -> Commitment:
    """She asks to be called: a message of hers, and a promise of ours with its time.

    ``place``: one of her numbers, named as masked as her page shows it, or below zero for the ``number`` she typed.
    Raises Refused ``no_time``, ``no_number`` or ``too_fast``.
    """
    now = now or clock.now()
    chosen = next((one for one in queries.slots(session, now) if one.key == slot), None)
    if chosen is None:
        raise Refused("no_time")
    phone = _number(session, place, number)
    before = queries.current(session)
    words = _("Please call me back on %(phone)s: %(time)s.") % {"phone": phone, "time": said(chosen)}
    with write():
        message = say(session, f"call:{client_id}", words, now=now)
        made = Commitment.objects.filter(message=message).first()
        if made is None:
            conversation = message.conversation
            text = _("Call back on %(phone)s") % {"phone": phone}
            made = promises.make(conversation, text, chosen.due, conversation.assignee, message, now)
            if before is not None and before.last_channel in _channels(session):
                _take_road(conversation, before.last_channel)  # the form speaks for her; her wish still holds
    return made


def to_phone(session: ChatSession) -> Issued:
    """A QR code that takes her conversation to another device from here on. Raises Refused ``nothing_open``."""
    conversation = queries.current(session)
    if conversation is None or not session.proved:
        raise Refused("nothing_open")
    return continuations.issue(conversation, "qr")


def said(slot: rules.Slot) -> str:
    """A time to be called, in words."""
    if slot.part == "soon":
        return _("as soon as possible, within the hour")
    words = _("%(day)s, in the morning") if slot.part == "morning" else _("%(day)s, in the afternoon")
    return words % {"day": times.day(slot.start, clock.now())}


def _number(session: ChatSession, place: int, number: str) -> str:
    if place >= 0:
        known = next((one for one in queries.held(session) if (one.place, one.kind) == (place, "phone")), None)
        if known is None:
            raise Refused("no_number")
        return known.masked
    brand = session.connection.brand
    try:
        return addresses.show_phone(addresses.normalise("phone", number, brand.country if brand else "FR"))
    except addresses.BadAddress as error:
        raise Refused("no_number") from error


def _channels(session: ChatSession) -> list[str]:
    return [{"email": "email", "phone": "sms"}[way.kind] for way in queries.ways(session)]


def _wish(conversation: Conversation, channel: str, message: Message, now: int) -> None:
    _take_road(conversation, channel)
    facts.tell(conversation, "continuation.wished", str(message.id), now, channel=channel)


def _take_road(conversation: Conversation, channel: str) -> None:
    """The composer proposes the road of her last message: her wish counts as that until she writes again."""
    Conversation.objects.filter(id=conversation.id).update(last_channel=channel)
