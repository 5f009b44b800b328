"""Writing words into the ledger, with all that follows from them in the same transaction."""

from collections.abc import Callable, Collection

from msgspec.structs import replace

from rondpoint.consent import confirming, keeping, purposes
from rondpoint.consent.models import ConsentEntry, Suppression
from rondpoint.consent.suppressing import address_hash
from rondpoint.consent.types import ACTIONS, GRANTS, REFUSALS, Address, BadEntry, Entry, Terms
from rondpoint.customers import queries as customers
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

PENDING = 7 * clock.DAY  # so long a double opt-in may be confirmed
SHOWN = 2000  # letters of a text in a proof: the longest question there is
Follower = Callable[[set[int], set[Address]], None]

_followers: list[Follower] = []


def on_change(follower: Follower) -> None:
    """``follower(profile ids, addresses)`` is told, in the same transaction, who may be written to more or less: the
    profiles of customers for whom something else holds, and the addresses to which more or less may go."""
    if follower not in _followers:
        _followers.append(follower)


def record(entries: list[Entry], now: int | None = None, ask: bool = True) -> list[bool]:
    """Writes many words down and acts on them; for each, whether it was new. One heard before changes nothing.

    A grant of a purpose with double opt-in, by e-mail, becomes ``pending``, and its address is asked to confirm; not
    where ``ask`` is false: words of the past are written down and nobody is written to. STOP, complaints and START
    move suppressions. A handful of statements for each 500 customers concerned. Raises BadEntry before anything is
    written.
    """
    if not entries:
        return []
    with write():
        known = purposes.terms()
        checked = [_checked(place, entry, known) for place, entry in enumerate(entries)]
        owners = customers.customers_of({entry.profile_id for entry in checked if entry.profile_id is not None})
        addresses = {(entry.address_kind, entry.address) for entry in checked if entry.address}
        keeping.take_turns(addresses, ())
        others = keeping.concerned({(e.address_kind, e.address) for e in checked if e.address and e.action in REFUSALS})
        keeping.take_turns((), others | set(owners.values()))
        heard = {row.source for row in bulk.fetch(ConsentEntry, source={entry.source for entry in checked})}
        fresh: dict[str, Entry] = {}
        flags = []
        for entry in checked:
            flags.append(entry.source not in heard and entry.source not in fresh)
            if flags[-1]:
                fresh[entry.source] = entry
        if fresh:
            _write(list(fresh.values()), others | set(owners.values()), now or clock.now(), ask)
    return flags


def problem(entry: Entry, known: dict[str, Terms]) -> BadEntry | None:
    """Why an entry could not be written down; None when it can. ``known``: the terms of the purposes."""
    try:
        _checked(0, entry, known)
    except BadEntry as error:
        return error
    return None


def _write(entries: list[Entry], concerned: set[int], now: int, ask: bool) -> None:
    rows = [_row(entry) for entry in entries]
    bulk.insert(rows)
    if ask:
        confirming.ask([row for row in rows if row.action == "pending" and row.channel == "email"], now)
    shut = {_shutting(entry) for entry in entries if entry.action in ("stop", "complaint") and entry.address}
    suppress_many(list(shut), now)
    for entry in entries:
        if entry.action == "start" and entry.address:
            let_go([(entry.address_kind, entry.address)], ("stop",), entry.at, said_by=entry.at)
        elif entry.action == "confirmed" and ask:
            _agreed_again(entry)
    keeping.refresh(concerned)
    events.record([_fact(entry) for entry in entries])
    told = {(entry.address_kind, entry.address) for entry in entries if entry.address}
    tell({entry.profile_id for entry in entries if entry.profile_id is not None} | concerned, told)


def tell(profile_ids: set[int], addresses: set[Address]) -> None:
    """Tells the followers, inside the ``write()`` that changed what holds."""
    for follower in _followers:
        follower(profile_ids, addresses)


# Address, channel, scope, reason, since when.
Shutting = tuple[Address, str, str, str, int]


def suppress_many(wanted: Collection[Shutting], now: int) -> set[Address]:
    """Shuts addresses, inside ``write()``; those that were not shut so before."""
    hashes = {each: address_hash(*each[0]) for each in wanted}
    held = bulk.fetch(Suppression, address_hash=set(hashes.values()))
    known = {(row.address_hash, row.channel, row.scope, row.reason) for row in held if row.released is None}
    new = {each: hashed for each, hashed in hashes.items() if (hashed, *each[1:4]) not in known}
    bulk.insert(
        [
            Suppression(address_hash=hashed, channel=channel, scope=scope, reason=reason, created=at or now)
            for (_, channel, scope, reason, at), hashed in new.items()
        ]
    )
    return {each[0] for each in new}


def let_go(
    addresses: Collection[Address], reasons: tuple[str, ...], at: int, said_by: int | None = None
) -> int:
    """Ends suppressions for these reasons, inside ``write()``; how many there were. ``said_by``: none that is newer."""
    hashes = [address_hash(kind, value) for kind, value in addresses]
    held = Suppression.objects.filter(address_hash__in=hashes, reason__in=reasons, released=None)
    if said_by is not None:
        held = held.filter(created__lte=said_by)
    return held.update(released=at)


def _agreed_again(entry: Entry) -> None:
    """What somebody refused who was forgotten since holds as a suppression of promotions, until the address itself
    confirms that it wants them. No list can do that, and a STOP ends with START alone."""
    hashed = address_hash(entry.address_kind, entry.address)
    kept = Suppression.objects.filter(address_hash=hashed, reason="stop", scope="marketing", released=None)
    kept.filter(channel__in=("", entry.channel), created__lte=entry.at).update(released=entry.at)


def _shutting(entry: Entry) -> Shutting:
    scope = "all" if entry.action == "stop" else "marketing"
    return (entry.address_kind, entry.address), entry.channel, scope, entry.action, entry.at


def _checked(place: int, entry: Entry, known: dict[str, Terms]) -> Entry:
    """The entry as it is written down. Raises BadEntry."""
    if entry.action not in ACTIONS:
        raise BadEntry(place, "action", f"one of {', '.join(ACTIONS)}")
    if not entry.source or len(entry.source) > 200:
        raise BadEntry(place, "source", "1 to 200 letters that name this word")
    if entry.purpose and entry.purpose not in known:
        raise BadEntry(place, "purpose", f"there is no purpose {entry.purpose}; there are {', '.join(known)}")
    if bool(entry.address) != bool(entry.address_kind):
        raise BadEntry(place, "address", "an address and its kind go together")
    if entry.action not in GRANTS and entry.action != "pending":
        return entry
    if entry.profile_id is None:
        raise BadEntry(place, "profile_id", "a grant is somebody's")
    if not entry.purpose:
        raise BadEntry(place, "purpose", "a grant is for one purpose")
    terms = known[entry.purpose]
    if not terms.channels and (entry.channel or entry.address):
        raise BadEntry(place, "channel", f"{entry.purpose} is no message: it has neither channel nor address")
    if terms.channels and entry.channel not in terms.channels:
        raise BadEntry(place, "channel", f"{entry.purpose} goes by {', '.join(terms.channels)}")
    if terms.channels and not entry.address:
        raise BadEntry(place, "address", "a grant is for one address")
    if entry.expires is not None and entry.expires <= entry.at:
        raise BadEntry(place, "expires", "an end lies behind the beginning")
    return _pending(entry) if _waits(entry, terms) else entry


def _waits(entry: Entry, terms: Terms) -> bool:
    return entry.action == "pending" or (
        entry.action == "granted" and terms.double_opt_in and entry.channel == "email"
    )


def _pending(entry: Entry) -> Entry:
    """A grant that waits to be confirmed; when the grant itself is to end is kept in its proof."""
    until = entry.at + PENDING
    if entry.action == "granted" and entry.expires is not None:
        entry = replace(entry, proof={**entry.proof, "grant_expires": entry.expires})
    return replace(entry, action="pending", expires=until)


def _row(entry: Entry) -> ConsentEntry:
    proof = {name: value[:SHOWN] if isinstance(value, str) else value for name, value in entry.proof.items()}
    return ConsentEntry(
        profile_id=entry.profile_id, purpose=entry.purpose, channel=entry.channel, address_kind=entry.address_kind,
        address=entry.address, action=entry.action, basis=entry.basis, wording=entry.wording, language=entry.language,
        proof=proof, expires=entry.expires, by=entry.by, source=entry.source, at=entry.at,
    )  # fmt: skip


def _fact(entry: Entry) -> Fact:
    said = {
        "purpose": entry.purpose, "text": str(entry.proof.get("text", ""))[:200], "basis": entry.basis,
        "expires": entry.expires, "by": entry.by,
    }  # fmt: skip
    return Fact(
        profile_id=entry.profile_id,
        type=f"consent.{entry.action}",
        occurred=entry.at,
        source="consent",
        message_id=entry.source,
        channel=entry.channel,
        properties={name: value for name, value in said.items() if value or name == "text"},
    )
