"""Telling a person something she waits for (an order has left) when nobody is in conversation with her."""

from msgspec import Struct

from rondpoint.channels import connections, registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Connection
from rondpoint.consent import queries as consent
from rondpoint.consent.types import PART_OF
from rondpoint.conversations.actions.opening import open_conversation, start
from rondpoint.conversations.actions.reply import reply
from rondpoint.conversations.actions.state import close
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.types import Reply
from rondpoint.customers import queries as customers
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending import queries as gate
from rondpoint.sending.types import Request, Verdict


class Notice(Struct, frozen=True):
    """What to say and why; it comes in the name of the connection's brand. ``by`` is for the log."""

    text: str
    purpose: str = "transactional"
    html: str = ""
    subject: str = ""
    by: str = ""


def notify(
    addresses: dict[str, tuple[str, int]],
    channels: list[str],
    notice: Notice,
    idempotency_key: str | None = None,
    now: int | None = None,
) -> Reply:
    """Sends on the first of these channels that the gate allows; else the first refusal, with nothing sent.

    The message joins her open conversation. Without one it stands in a closed conversation of its own, which an
    answer to its e-mail opens. ``addresses``: {kind: (address, profile)}. Of several channels the one that she chose
    for such messages is tried first.
    """
    now = now or clock.now()
    refusal: Verdict | None = None
    with write():
        known = Message.objects.filter(source_key=f"out:{idempotency_key}").first() if idempotency_key else None
        if known is not None:
            return Reply(known, sending.verdict_of(known.dispatch_id))
        for channel in _hers_first(channels, addresses, notice.purpose):
            kind = registry.get(channel).manifest.address_kind
            connection = connections.first(channel, None)
            if connection is None or kind not in addresses:
                missing = "no_connection" if connection is None else "no_address"
                refusal = refusal or Verdict(None, "", "refuse", "reachable", missing)
                continue
            wish = _wish(addresses[kind], kind, channel, connection, notice, now)
            if gate.preview(wish, now).verdict == "refuse":
                verdict = sending.submit([wish], now)[0]
                refusal = refusal if refusal and refusal.decision else verdict
                continue
            return _say(wish, connection, notice, idempotency_key, now)
        return Reply(None, refusal)


def _hers_first(channels: list[str], addresses: dict[str, tuple[str, int]], purpose: str) -> list[str]:
    if len(channels) < 2 or not addresses:
        return channels
    owners = set(customers.customers_of({profile for _, profile in addresses.values()}).values())
    wanted = PART_OF.get(purpose, purpose)
    chosen = {said.channels.get(wanted) for said in consent.preferences(owners).values()}
    return sorted(channels, key=lambda channel: channel not in chosen)


def _wish(
    address: tuple[str, int], kind: str, channel: str, connection: Connection, notice: Notice, now: int
) -> Request:
    value, profile_id = address
    id_ = str(ids.uuid7())
    message = MessageOut(
        id=id_,
        to=Address(kind, value),
        text=notice.text,
        html=notice.html,
        subject=notice.subject,
        purpose=notice.purpose,
        at=now,
        automated=True,
    )
    return Request(profile_id, channel, connection.id, message.to, notice.purpose, message, f"message:{id_}")


def _say(wish: Request, connection: Connection, notice: Notice, idempotency_key: str | None, now: int) -> Reply:
    customer = customers.of_profile(wish.profile_id)
    conversation = open_conversation(customer.id, connection.brand_id)
    alone = conversation is None
    if conversation is None:
        conversation = start(wish.profile_id, connection.brand_id, notice.subject, now)
    sent = reply(
        conversation,
        wish.channel,
        notice.text,
        html=notice.html,
        subject=notice.subject,
        author_name=connections.info(connection).brand_name,
        to=(wish.address.kind, wish.address.value),
        connection_id=connection.id,
        idempotency_key=idempotency_key,
        automated=True,
        purpose=notice.purpose,
        now=now,
    )
    if alone:
        close(Conversation.objects.get(id=conversation.id), notice.by, now)
    return sent
