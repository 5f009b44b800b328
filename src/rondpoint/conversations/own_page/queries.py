"""What her own page shows: nothing but what evidence, and no guess, makes hers (``queries.access``)."""

from datetime import date

from django.db.models import Q
from django.utils import timezone
from msgspec import Struct

from rondpoint.channels import connections
from rondpoint.conversations.actions import continuations
from rondpoint.conversations.chat.opening import is_open
from rondpoint.conversations.models import Attachment, ChatSession, Commitment, Conversation
from rondpoint.conversations.own_page import rules
from rondpoint.conversations.queries.access import visible
from rondpoint.conversations.queries.thread import MessageView, views
from rondpoint.conversations.rules import wording
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.lib import addresses, clock

PAGE = 40
AT_ONCE = 100  # new messages in one answer to a waiting page
KEPT_SHOWN = 30 * clock.DAY  # a kept promise is shown so long
MOST = 20  # promises and requests


class Piece(Struct):
    """A message on her page, with what stands above it: a day, a change of road."""

    view: MessageView
    new_day: bool
    came_from: str  # the channel before, where the road changes
    again: bool  # the same voice within minutes: its name need not be repeated
    subject: str  # of a mail, where it is not that of the mail before


class Pieces(Struct):
    """A part of the thread. ``earlier``: the message before which there is more, 0 when there is none."""

    all: list[Piece]
    earlier: int
    last: int


class Held(Struct, frozen=True):
    """An address of hers, masked; ``place`` is its number in the list."""

    place: int
    kind: str
    masked: str
    proved: bool


class Asked(Struct, frozen=True):
    """An open request of hers. ``waits``: since when she waits for us, None when we answered."""

    title: str
    since: int
    waits: int | None


def history(session: ChatSession, before: int | None = None) -> Pieces:
    """The last messages she may see, or those before one, oldest first."""
    rows = visible(session)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])[::-1]
    older = found.pop(0) if len(found) > PAGE else None
    return Pieces(_marked(views(found), older), found[0].id if older else 0, found[-1].id if found else 0)


def news(session: ChatSession, after: int) -> Pieces:
    """What came after a message."""
    rows = visible(session)
    found = list(rows.filter(id__gt=after).order_by("id")[:AT_ONCE])
    older = rows.filter(id__lte=after).order_by("-id").first() if found else None
    return Pieces(_marked(views(found), older), 0, found[-1].id if found else after)


def promises(session: ChatSession, now: int | None = None) -> list[Commitment]:
    """What we promised her: what is still to come first, then what was kept lately."""
    if not session.proved:
        return []
    recent = Q(state__in=("open", "missed")) | Q(state="kept", settled__gt=(now or clock.now()) - KEPT_SHOWN)
    hers = Q(profile_id__in=customers.rights(session.profile_id)) | Q(message__in=visible(session).values("id"))
    rows = Commitment.objects.filter(recent, hers).order_by("due", "id")
    return sorted(rows[: MOST * 5], key=lambda row: row.state == "kept")[:MOST]


def requests(session: ChatSession) -> list[Asked]:
    """Her requests that are not closed, the newest first."""
    if not session.proved:
        return []
    profiles = customers.rights(session.profile_id)
    return [
        Asked(_title(conversation, session), conversation.created, conversation.waiting_since)
        for conversation in _open(session)[:MOST]
        if conversation.profile_id in profiles
    ]


def current(session: ChatSession) -> Conversation | None:
    """The open conversation in which she last took part."""
    return _open(session).first()


def held(session: ChatSession) -> list[Held]:
    """The addresses we know of hers, by deterministic links alone; masked, because a screen is seen by others."""
    return [
        Held(place, kind, addresses.mask(kind, value), proved)
        for place, (kind, value, proved) in enumerate(_addresses(session))
    ]


def provable(session: ChatSession) -> list[Held]:
    """The addresses to which a device that followed a link may have a code sent, masked."""
    return [
        Held(place, kind, addresses.mask(kind, value), False)
        for place, (kind, value) in enumerate(continuations.proof_addresses(session))
    ]


def ways(session: ChatSession) -> list[Held]:
    """Where else she may want our answer: her best address of each kind for which the house has a channel."""
    best: dict[str, Held] = {}
    for address in held(session):
        channel = {"email": "email", "phone": "sms"}[address.kind]
        if channel not in best and connections.first(channel, session.connection.brand_id):
            best[channel] = address
    return list(best.values())


def slots(session: ChatSession, now: int | None = None) -> list[rules.Slot]:
    """When she can be called back."""
    brand = session.connection.brand
    hours, zone = (brand.hours, brand.timezone) if brand else ({}, "Europe/Paris")
    return rules.slots(lambda at: is_open(hours, zone, at), zone, now or clock.now())


def file(session: ChatSession, number: int) -> Attachment | None:
    """A file of a message that she may see."""
    return Attachment.objects.filter(id=number, message__in=visible(session).values("id")).first()


def _marked(found: list[MessageView], older) -> list[Piece]:
    pieces, before = [], older
    subject = wording.bare_subject(older.subject) if older else ""
    for view in found:
        this = view.message
        own = wording.bare_subject(this.subject) if this.channel == "email" else ""
        new_day = before is None or _day(before.at) != _day(this.at)
        came_from = before.channel if before is not None and before.channel != this.channel else ""
        voice = before is not None and (before.direction, before.author_name) == (this.direction, this.author_name)
        close = voice and not came_from and this.at - before.at < 5 * clock.MINUTE
        pieces.append(Piece(view, new_day, came_from, close and not new_day, own if own != subject else ""))
        before, subject = this, own or subject
    return pieces


def _day(at: int) -> date:
    return timezone.localtime(clock.to_datetime(at)).date()


def _open(session: ChatSession):
    seen = visible(session).values("conversation_id")
    open_ = Conversation.objects.filter(id__in=seen, merged_into=None).exclude(state="closed")
    return open_.order_by("-last_message_at", "-id")


def _title(conversation: Conversation, session: ChatSession) -> str:
    """The subject, else its first words that she may see."""
    if conversation.subject:
        return conversation.subject
    first = visible(session).filter(conversation=conversation).exclude(text="").order_by("id").first()
    return wording.preview(first.text)[:80] if first else ""


def _addresses(session: ChatSession) -> list[tuple[str, str, bool]]:
    """(kind, value, proved): e-mail addresses and numbers that a provider or she herself vouches for."""
    if not session.proved:
        return []
    profiles = customers.rights(session.profile_id)
    found: dict[tuple[str, str], bool] = {}
    for kind in ("email", "phone"):
        for row in customers.holdings(profiles, kind):
            if row.evidence >= Evidence.PROVIDER or row.natural:
                found.setdefault((kind, row.value), row.evidence >= Evidence.SIGNED)
    return [(kind, value, proved) for (kind, value), proved in found.items()]
