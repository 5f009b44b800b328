"""A STOP, START or complaint that came through a channel."""

from rondpoint.channels import registry
from rondpoint.channels.contract import MessageOut
from rondpoint.channels.handlers import Arrival
from rondpoint.consent import actions as consent
from rondpoint.conversations.actions.receive import sender_of, source_key
from rondpoint.customers import actions as customers
from rondpoint.lib import ids
from rondpoint.sending import actions as sending
from rondpoint.sending.types import OPT_OUT_CONFIRMATION, Request


def hear_consent(arrival: Arrival) -> str:
    """Written down against the address and the person who holds it; a STOP is confirmed once where the channel asks
    for it. Inside ``write()``; hearing it again changes nothing."""
    item = arrival.item
    landing = customers.land_many([sender_of(arrival.connection.public_id, item.address, item.at, "")])[0]
    source = source_key(arrival.connection.id, item.event_id or arrival.key)
    new = consent.hear(
        landing.profile_id,
        arrival.connection.kind,
        item.address.kind,
        item.address.value,
        item.action,
        source,
        item.text,
        item.at,
    )
    if not new:
        return f"{item.action} already heard"
    if item.action == "stop":
        _confirm(arrival, landing.profile_id, source)
    return f"{item.action} heard"


def _confirm(arrival: Arrival, profile_id: int, source: str) -> None:
    text = registry.get(arrival.connection.kind).opt_out_reply(arrival.connection)
    if not text:
        return
    to, now = arrival.item.address, arrival.item.at
    message = MessageOut(
        id=str(ids.uuid7()), to=to, text=text, purpose=OPT_OUT_CONFIRMATION, at=now, automated=True
    )
    wish = Request(
        profile_id=profile_id,
        channel=arrival.connection.kind,
        connection_id=arrival.connection.id,
        address=to,
        purpose=OPT_OUT_CONFIRMATION,
        message=message,
        idempotency_key=f"opt-out:{source}"[:200],
        last_inbound=now,
    )
    sending.submit([wish], now)
