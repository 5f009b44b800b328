"""Hearing what people say about being written to."""

from rondpoint.consent import keeping
from rondpoint.consent.confirmed import confirm
from rondpoint.consent.confirming import send_with
from rondpoint.consent.ledger import let_go, on_change, record, suppress_many, tell
from rondpoint.consent.matrix import choose, one_click, refuse_all
from rondpoint.consent.models import Agreed, ConsentEntry
from rondpoint.consent.preferring import prefer
from rondpoint.consent.purposes import change as change_purpose
from rondpoint.consent.purposes import define as define_purpose
from rondpoint.consent.types import Action, Address, Entry
from rondpoint.customers import queries as customers
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

__all__ = [
    "change_purpose",
    "choose",
    "confirm",
    "define_purpose",
    "follow",
    "hear",
    "on_change",
    "one_click",
    "prefer",
    "record",
    "refuse_all",
    "release",
    "send_with",
    "suppress",
]


def suppress(
    address_kind: str, address: str, reason: str, now: int | None = None, channel: str = "", scope: str = "all"
) -> None:
    """Nothing of ``scope`` goes to this address any more. Inside ``write()``; saying it twice changes nothing."""
    now = now or clock.now()
    at = (address_kind, address)
    if suppress_many([(at, channel, scope, reason, now)], now):
        _changed(at)


def release(address_kind: str, address: str, reasons: tuple[str, ...], now: int | None = None) -> int:
    """Ends suppressions for these reasons; how many there were."""
    released = let_go([(address_kind, address)], reasons, now or clock.now())
    if released:
        _changed((address_kind, address))
    return released


def hear(
    profile_id: int | None,
    channel: str,
    address_kind: str,
    address: str,
    action: Action,
    source: str,
    text: str,
    at: int,
) -> bool:
    """Writes down one utterance (``stop``, ``start``, ``complaint``) and acts on it. False when already heard.

    A START takes back only a STOP: it does not mend a bounce or a complaint.
    """
    said = Entry(
        profile_id=profile_id, action=action, source=source, at=at, channel=channel, address_kind=address_kind,
        address=address, proof={"text": text},
    )  # fmt: skip
    return record([said])[0]


def follow(moves: dict[int, int], now: int) -> None:
    """Profiles changed hands: what holds for their customers, those of before too, is worked out anew. Inside the
    ``write()`` that moved them; who never said anything costs one statement."""
    said = bulk.fetch(ConsentEntry, profile_id=moves)
    if not said:
        return
    with write():
        # Of the customer they left, only rows that rested on their words can change.
        left = {row.customer_id for row in bulk.fetch(Agreed, entry_id={row.id for row in said})}
        concerned = {*moves.values(), *left}
        keeping.take_turns((), concerned)
        keeping.refresh(concerned)
        tell(set(moves) | concerned, set())


def _changed(at: Address) -> None:
    keeping.take_turns([at], ())
    concerned = keeping.concerned([at])
    keeping.take_turns((), concerned)
    keeping.refresh(concerned)
    holders = {row.profile_id for row in customers.holders_of([(*at, "")]).get((*at, ""), [])}
    tell(concerned | holders, {at})
