"""What providers tell about messages that left. News is taken once, in any order, and only moves forward."""

import uuid

import msgspec

from rondpoint.channels.contract import Receipt
from rondpoint.channels.handlers import Arrival
from rondpoint.consent import actions as consent
from rondpoint.lib import clock, tracing
from rondpoint.lib.db import write
from rondpoint.sending import moving
from rondpoint.sending.models import Dispatch, EarlyReceipt, ExternalId
from rondpoint.sending.rules.states import forward, whole

KEPT = 7 * clock.DAY  # how long a receipt waits for the message it is about
STATES = frozenset({"sent", "delivered", "read", "failed"})


def hear(arrival: Arrival) -> str:
    """The handler of one receipt, inside ``write()``."""
    return apply([(arrival.connection.id, arrival.item)])[0]


def apply(items: list[tuple[int, Receipt]], keep: bool = True) -> list[str]:
    """Applies (connection id, receipt) in order, inside ``write()``; a few words on each.

    One whose message is not known is kept for seven days if ``keep``: receipts overtake answers.
    """
    parts = _parts(items)
    by_message = _by_message([item for item in items if _key(item) not in parts])
    rows = moving.locked(list({part.dispatch_id for part in parts.values()} | set(by_message.values())))
    siblings = _siblings(list(rows))
    words = []
    for item in items:
        connection_id, receipt = item
        key = _key(item)
        row = rows.get(parts[key].dispatch_id if key in parts else by_message.get(key, 0))
        if receipt.state not in STATES:
            words.append(f"{receipt.state} says nothing new")
        elif row is None or (key not in parts and row.state == "queued"):
            words.append(_wait(connection_id, receipt) if keep else "still unknown")
        else:
            words.append(_advance(row, siblings.setdefault(row.id, {}), receipt))
    return words


def catch_up(named: list[tuple[int, str]]) -> int:
    """Applies receipts that were here before these (connection id, external id); inside ``write()``."""
    if not named:
        return 0
    wanted = set(named)
    early = [
        row
        for row in EarlyReceipt.objects.filter(value__in={value for _, value in wanted}).order_by("id")
        if (row.connection_id, row.value) in wanted
    ]
    if not early:
        return 0
    apply(
        [(row.connection_id, msgspec.msgpack.decode(bytes(row.receipt), type=Receipt)) for row in early],
        keep=False,
    )
    EarlyReceipt.objects.filter(id__in=[row.id for row in early]).delete()
    return len(early)


def sweep(now: int) -> None:
    """Applies early receipts that crossed with their answer (PostgreSQL); forgets those past seven days."""
    waiting = list(
        EarlyReceipt.objects.order_by("id").values_list("connection_id", "value", "received")[:1000]
    )
    if not waiting:
        return
    values = {value for _, value, _ in waiting}
    known = set(ExternalId.objects.filter(value__in=values).values_list("connection_id", "value"))
    crossed = [
        (connection_id, value) for connection_id, value, _ in waiting if (connection_id, value) in known
    ]
    if crossed or any(received < now - KEPT for _, _, received in waiting):
        with write():
            catch_up(crossed)
            EarlyReceipt.objects.filter(received__lt=now - KEPT).delete()


def dispatches(named: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The dispatches under (connection id, external id): what the provider called a part, or our own message id."""
    items = [(connection, Receipt("", 0, value, "sent")) for connection, value in named]
    parts = _parts(items)
    own = _by_message([item for item in items if _key(item) not in parts])
    return {**own, **{key: part.dispatch_id for key, part in parts.items()}}


def stored(external_id: str) -> str:
    """An external id as it is kept: without angle brackets, at most 255 characters."""
    return external_id.strip().removeprefix("<").removesuffix(">")[:255]


def _advance(row: Dispatch, siblings: dict[str, ExternalId], receipt: Receipt) -> str:
    value = stored(receipt.external_id)
    part = siblings.get(value)
    by_name = part is not None
    if part is None:  # it names our own message: an unknown outcome, or a provider that never gave an id
        part = siblings[value] = ExternalId.objects.create(
            dispatch=row, connection_id=row.connection_id, value=value, state="sent"
        )
    if forward(part.state, receipt.state):
        part.state = receipt.state
        part.save(update_fields=["state"])
    if receipt.state == "failed" and receipt.permanent:
        consent.suppress(row.address_kind, row.address, "bounce", receipt.at, channel=row.channel)
    state = whole([sibling.state for sibling in siblings.values()]) if by_name else receipt.state
    if row.state == "queued":
        return "kept until all parts have left"
    if row.state == "unknown" and by_name and state != "failed":
        return "one part is known; the outcome of another is not"
    with tracing.span("receipt", row.public_id, channel=row.channel):
        moved = moving.move([(row, state, receipt.error)], receipt.at)
    return (
        f"dispatch {row.public_id} is {row.state}" if moved else f"dispatch {row.public_id} stays {row.state}"
    )


def _key(item: tuple[int, Receipt]) -> tuple[int, str]:
    return item[0], stored(item[1].external_id)


def _parts(items: list[tuple[int, Receipt]]) -> dict[tuple[int, str], ExternalId]:
    wanted = {_key(item) for item in items}
    rows = ExternalId.objects.filter(value__in={value for _, value in wanted})
    return {key: row for row in rows if (key := (row.connection_id, row.value)) in wanted}


def _by_message(items: list[tuple[int, Receipt]]) -> dict[tuple[int, str], int]:
    """Dispatches named by our own message id (VERP, Message-ID), on the connection they left from."""
    named: dict[uuid.UUID, tuple[int, str]] = {}
    for item in items:
        try:
            named[uuid.UUID(_key(item)[1].partition("@")[0])] = _key(item)
        except ValueError:
            continue
    if not named:
        return {}
    rows = Dispatch.objects.filter(public_id__in=list(named)).values_list("id", "public_id", "connection_id")
    return {named[public]: row for row, public, connection_id in rows if named[public][0] == connection_id}


def _siblings(dispatch_ids: list[int]) -> dict[int, dict[str, ExternalId]]:
    found: dict[int, dict[str, ExternalId]] = {}
    for part in ExternalId.objects.filter(dispatch_id__in=dispatch_ids):
        found.setdefault(part.dispatch_id, {})[part.value] = part
    return found


def _wait(connection_id: int, receipt: Receipt) -> str:
    EarlyReceipt.objects.create(
        connection_id=connection_id,
        value=stored(receipt.external_id),
        receipt=msgspec.msgpack.encode(receipt),
    )
    return "kept: its message is not known yet"
