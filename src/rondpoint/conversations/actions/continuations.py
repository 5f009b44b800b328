"""Going on elsewhere: links, QR codes, plus-addresses and codes; and proving an address.

A link or code joins a conversation from that moment on. Who she is, and what was said before, opens only to a code
sent to an address that is hers, because a forwarded link must not open a life.
"""

import io

import segno
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.conversations.actions import codes, facts
from rondpoint.conversations.actions.codes import By, Limit, Refused
from rondpoint.conversations.actions.opening import open_conversation, start
from rondpoint.conversations.actions.reply import reply
from rondpoint.conversations.models import ChatSession, Continuation, Conversation, Message
from rondpoint.conversations.queries.roads import road
from rondpoint.conversations.rules import tokens
from rondpoint.conversations.types import Issued, Shown
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import addresses, clock, ids
from rondpoint.lib.db import lock_row, write
from rondpoint.sending import actions as sending
from rondpoint.sending.types import Request

LINK_LIFE = 30 * clock.DAY
KINDS = ("link", "qr", "code", "address")


def issue(
    conversation: Conversation,
    via: str,
    channel: str = "",
    target: str = "",
    by: str = "",
    user=None,
    now: int | None = None,
) -> Issued:
    """Makes a way to go on. With ``channel`` a link is also sent there (to ``target``, or her address there).

    Raises ValueError for an unknown ``via``; Refused when it cannot be sent, and then nothing was made.
    """
    if via not in KINDS:
        raise ValueError(f"via: {via!r} is not one of {', '.join(KINDS)}")
    now = now or clock.now()
    with write():
        if via == "address":
            return _address(conversation, now, by)
        if via == "code":
            return _code(conversation, channel, target, now, by)
        return _link(conversation, via, channel, target, by, user, now)


def show(token: str, now: int | None = None) -> Shown:
    """What the page of a link says before anybody presses anything. Changes nothing. Raises Refused."""
    now = now or clock.now()
    found = _find(token)
    conversation = _current(found.conversation)
    brand = conversation.brand
    chat = connections.first("chat", conversation.brand_id)
    state = "used" if found.consumed else "expired" if found.expires <= now else "open"
    return Shown(
        brand=brand.name if brand else "",
        colour=brand.colour if brand else "",
        language=known.of_profile(conversation.profile_id).language or (brand.language if brand else ""),
        kind=found.kind,
        state=state,
        connection_key=str(chat.public_id) if chat else "",
    )


def consume(token: str, session: ChatSession, now: int | None = None) -> Conversation:
    """A chat session takes the conversation up from here on. Raises Refused for a used, expired or unknown link.

    A device nobody knows counts as this person's from now on; one that proved to be somebody else's only takes part.
    """
    now = now or clock.now()
    with write():
        found = lock_row(Continuation.objects.filter(id=_find(token).id)).get()
        profile = known.profile(session.profile_id)
        if found.consumed is not None:
            conversation = _current(found.conversation)
            if conversation.participants.filter(address_kind="chat", address=profile.key, role="joined").exists():
                return conversation  # the same device once more
            raise Refused("used")
        if found.expires <= now:
            raise Refused("expired")
        found.consumed = now
        found.save(update_fields=["consumed"])
        conversation = _current(found.conversation)
        if profile.customer_id != conversation.customer_id or not session.proved:
            last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
            facts.take_part(conversation, profile.id, "chat", profile.key, "joined", "", last)
        if profile.customer_id != conversation.customer_id:
            if session.proved:
                customers.suggest(known.profile(conversation.profile_id), profile, "continuation", {}, now)
            else:
                customers.attribute(conversation.profile_id, profile.id, "continuation", now)
            conversation = _current(Conversation.objects.get(id=conversation.id))
        if conversation.state == "closed":
            conversation.state, conversation.closed = "open", None
            conversation.save(update_fields=["state", "closed"])
        facts.tell(conversation, "continuation.used", str(found.id), now, kind=found.kind, profiles=[profile.id])
        return conversation


def proof_addresses(session: ChatSession) -> list[tuple[str, str]]:
    """Proven addresses (kind, value) of the person a session seems to be: only ever shown masked."""
    customer = known.of_profile(session.profile_id)
    return [
        (row.kind, row.value)
        for row in known.identifiers(customer.id)
        if row.kind in ("email", "phone") and (row.evidence >= Evidence.PROVIDER or row.natural)
    ]


def send_proof(session: ChatSession, kind: str, value: str, network: str, now: int | None = None) -> str:
    """Sends a six-digit code to an address that the visitor says is hers; the address as we write it.

    ``network``: where the visitor is, as limits count it.

    Raises Refused or BadAddress.
    """
    now = now or clock.now()
    with write():
        profile = known.profile(session.profile_id)
        value = addresses.normalise(kind, value, connections.info(session.connection_id).country)
        limits = [
            Limit(f"proof:{session.id}"),
            Limit(f"proof from:{network}:{kind}:{value}", codes.OF_ONE_NETWORK),
            Limit(f"proof to:{kind}:{value}", codes.TO_ONE_ADDRESS),
        ]
        codes.spend(network, limits, now)
        customers.identify(profile.id, [IdentifierIn(kind, value, Evidence.CLAIMED)], now)
        channel = {"email": "email", "phone": "sms"}.get(kind)
        if channel is None:
            raise Refused("not_sent", f"no code can be sent to {kind}")
        profile = known.profile(profile.id)
        brand_id = session.connection.brand_id
        conversation = open_conversation(profile.customer_id, brand_id) or start(profile.id, brand_id, "", now)
        _made, code = codes.make("proof", conversation, profile.id, channel, value, now)
        send_code(profile.id, channel, Address(kind, value), code, session.locale[:2] or "fr", now)
        return value


def prove(session: ChatSession, code: str, network: str, now: int | None = None) -> None:
    """The code came back: the address is hers. Opens the links that follow from it. Raises Refused."""
    now = now or clock.now()
    failed: Refused | None = None
    with write():
        profile = known.profile(session.profile_id)
        waiting = Continuation.objects.filter(kind="proof", profile_id=profile.id).order_by("-id").first()
        if waiting is None:
            raise Refused("unknown")
        channel, value = waiting.channel, waiting.target
        kind = registry.get(channel).manifest.address_kind
        by = By(network, f"chat {session.id}", f"{kind}:{value}")
        try:
            codes.check("proof", channel, value, profile.id, code, by, now)
        except Refused as refused:  # the try has to be counted: leave the transaction normally
            failed = refused
        else:
            customers.identify(profile.id, [IdentifierIn(kind, value, Evidence.VERIFIED)], now)
            ChatSession.objects.filter(id=session.id).update(proved=True)
            session.proved = True
            customer = known.of_profile(profile.id)
            conversation = open_conversation(customer.id, session.connection.brand_id)
            if conversation is not None:
                facts.tell(
                    conversation,
                    "continuation.proved",
                    f"{session.id}:{now}",
                    now,
                    kind=kind,
                    profiles=known.profile_ids(customer.id),
                )
    if failed is not None:
        raise failed


def send_code(profile_id: int, channel: str, to: Address, code: str, language: str, now: int) -> None:
    """A code is no part of the conversation: it leaves through the gate without standing in the thread. Inside
    ``write()``. Raises Refused."""
    connection = connections.first(channel, None)
    if connection is None:
        raise Refused("not_sent", "no_connection")
    with translation.override(language):
        text = _("Your code is %(code)s. It is valid for ten minutes. Do not give it to anybody.") % {"code": code}
        subject = _("Your code")
    id_ = str(ids.uuid7())
    message = MessageOut(id=id_, to=to, text=text, subject=subject, purpose="code", at=now, automated=True)
    verdict = sending.submit(
        [Request(profile_id, channel, connection.id, to, "code", message, f"code:{id_}", None)], now
    )[0]
    if verdict.dispatch_id is None:
        raise Refused("not_sent", verdict.reason)


def _link(conversation: Conversation, via: str, channel: str, target: str, by: str, user, now: int) -> Issued:
    token = ids.secret_token(24)
    made = Continuation.objects.create(
        digest=codes.digest("link", token),
        kind=via,
        conversation=conversation,
        profile_id=conversation.profile_id,
        channel=channel,
        target=target,
        created=now,
        expires=now + LINK_LIFE,
    )
    url = f"{settings.RONDPOINT_URL}/c/{token}"
    verdict = message = None
    if channel:
        language = known.of_profile(conversation.profile_id).language or "fr"
        with translation.override(language):
            text = _("Continue our conversation here: %(url)s") % {"url": url}
        kind = {"sms": "phone", "email": "email"}.get(channel, channel)
        sent = reply(conversation, channel, text, to=(kind, target) if target else None, user=user, now=now)
        if sent.message is None:
            raise Refused("not_sent", sent.verdict.reason)
        verdict, message = sent.verdict, sent.message
    facts.tell(conversation, "continuation.made", str(made.id), now, kind=via, by=by)
    return Issued(
        kind=via,
        token=token,
        url=url,
        qr_svg=qr_svg(url) if via == "qr" else "",
        expires=made.expires,
        verdict=verdict,
        message=message,
    )


def _code(conversation: Conversation, channel: str, target: str, now: int, by: str) -> Issued:
    """A code she sends us from elsewhere: six digits when we know from where, else eight."""
    channel = channel or "sms"
    way = road(conversation, channel, None) if not target else None
    address = target or (way.address if way else "")
    if target:
        kind = {"sms": "phone", "email": "email"}.get(channel, channel)
        address = addresses.normalise(kind, target)
    made, code = codes.make("code", conversation, conversation.profile_id, channel, address, now)
    facts.tell(conversation, "continuation.made", str(made.id), now, kind="code", by=by)
    return Issued(kind="code", code=code, expires=made.expires)


def _address(conversation: Conversation, now: int, by: str) -> Issued:
    """The conversation's own plus-address of the brand's mailbox."""
    connection = connections.first("email", conversation.brand_id)
    if connection is None:
        raise Refused("not_sent", "no_connection")
    token = tokens.reply_token(codes.reply_key(), conversation.id)
    address = registry.get("email").reply_address(token, connections.info(connection))
    facts.tell(conversation, "continuation.made", f"address:{conversation.id}:{now}", now, kind="address", by=by)
    return Issued(kind="address", token=token, address=address)


def qr_svg(text: str) -> str:
    """A QR code as SVG text, error correction M."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def _find(token: str) -> Continuation:
    found = (
        Continuation.objects.filter(digest=codes.digest("link", token), kind__in=("link", "qr"))
        .select_related("conversation__brand")
        .first()
    )
    if found is None:
        raise Refused("unknown")
    return found


def _current(conversation: Conversation) -> Conversation:
    while conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    return conversation
