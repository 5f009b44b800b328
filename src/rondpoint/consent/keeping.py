"""``Agreed`` in step with the ledger: worked out anew for whoever is concerned, in the same transaction."""

from collections.abc import Collection, Iterable

from django.db import connection

from rondpoint.consent import purposes
from rondpoint.consent.models import Agreed, ConsentEntry
from rondpoint.consent.rules.merging import merged
from rondpoint.consent.suppressing import suppressions
from rondpoint.consent.types import REFUSALS, Address, Key, Row, Shut, Word
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk

PORTION = 500  # customers at once
KEY = ("purpose", "channel", "address_kind", "address")
FOREIGN = (*sorted(REFUSALS), "start")


def take_turns(addresses: Iterable[Address], customer_ids: Iterable[int]) -> None:
    """Until the transaction ends nobody else writes what holds for these. PostgreSQL only: SQLite has one writer.

    Addresses before customers, each in order, so that two who wait never wait for each other.
    """
    if connection.vendor != "postgresql":
        return
    for names in (
        [f"consent address {kind}:{value}" for kind, value in addresses],
        [f"consent customer {number}" for number in customer_ids],
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT hashtextextended(name, 11)"
                " AS number FROM unnest(%s::text[]) AS name ORDER BY 1) AS names",
                [names],
            )


def concerned(addresses: Collection[Address]) -> set[int]:
    """The customers for whom something is kept at one of these addresses."""
    return {row.customer_id for row in rows_at(addresses)}


def rows_at(addresses: Collection[Address]) -> list[Agreed]:
    """What is kept at these addresses, of whichever customer."""
    wanted = set(addresses)
    alike = bulk.fetch(Agreed, address={value for _, value in wanted if value})
    return [row for row in alike if (row.address_kind, row.address) in wanted]


def refresh(customer_ids: Collection[int]) -> None:
    """Brings the rows of these customers in step, inside the ``write()`` that changed what they rest on."""
    ordered = sorted(set(customer_ids))
    for start in range(0, len(ordered), PORTION):
        _refresh(ordered[start : start + PORTION])


def worked_out(customer_ids: Collection[int]) -> dict[int, dict[Key, Row]]:
    """What holds for these customers, out of the ledger: in five statements for any number up to a portion."""
    owners = {row.id: row.owner for row in bulk.fetch(Profile, customer_id=customer_ids)}
    own = bulk.fetch(ConsentEntry, profile_id=owners)
    at = {(row.address_kind, row.address) for row in own if row.address}
    alike = bulk.fetch(ConsentEntry, address={value for _, value in at}, action=FOREIGN)
    by_address: dict[Address, list[ConsentEntry]] = {}
    for row in alike:
        by_address.setdefault((row.address_kind, row.address), []).append(row)
    by_customer: dict[int, list[ConsentEntry]] = {number: [] for number in customer_ids}
    for row in own:
        by_customer[owners[row.profile_id or 0]].append(row)
    shut = shut_at(at)
    known = purposes.terms() if own else {}
    return {
        number: merged(_words(number, said, by_address, owners), known, shut) for number, said in by_customer.items()
    }


def shut_at(addresses: Collection[Address]) -> dict[Address, list[Shut]]:
    """The suppressions in force at these addresses, as the rules see them."""
    found = suppressions(sorted(addresses)) if addresses else {}
    return {at: [Shut(row.channel, row.scope, row.reason) for row in rows] for at, rows in found.items()}


def _words(
    customer_id: int, own: list[ConsentEntry], by_address: dict[Address, list[ConsentEntry]], owners: dict[int, int]
) -> list[Word]:
    found = {row.id: word(row) for row in own}
    for at in {(row.address_kind, row.address) for row in own if row.address}:
        for row in by_address.get(at, ()):
            if row.id not in found:
                found[row.id] = word(row, own=owners.get(row.profile_id or 0) == customer_id)
    return list(found.values())


def word(row: ConsentEntry, own: bool = True) -> Word:
    """An entry as the rules see it."""
    return Word(
        row.id, row.purpose, row.channel, row.address_kind, row.address, row.action, row.at, row.expires, own,
        row.basis,
    )  # fmt: skip


def _refresh(customer_ids: list[int]) -> None:
    now = worked_out(customer_ids)
    before = {(row.customer_id, *(getattr(row, name) for name in KEY)): row for row in _kept(customer_ids)}
    wanted = {(number, *key): row for number, rows in now.items() for key, row in rows.items()}
    gone = [row.id for key, row in before.items() if key not in wanted]
    if gone:
        Agreed.objects.filter(id__in=gone).delete()
    changed, new = [], []
    for key, row in wanted.items():
        kept = before.get(key)
        values = (row.allowed, row.reason, row.until, row.entry_id)
        if kept is None:
            new.append(_made(key, row))
        elif (kept.allowed, kept.reason, kept.until, kept.entry_id) != values:
            changed.append(_made(key, row, kept.id))
    bulk.update(changed, ["allowed", "reason", "until", "entry_id"])
    bulk.insert(new)


def _kept(customer_ids: Collection[int]) -> list[Agreed]:
    return bulk.fetch(Agreed, customer_id=customer_ids)


def _made(key: tuple[int, str, str, str, str], row: Row, number: int | None = None) -> Agreed:
    assert row.entry_id is not None, "each row rests on a word"
    return Agreed(
        id=number, customer_id=key[0], purpose=key[1], channel=key[2], address_kind=key[3], address=key[4],
        allowed=row.allowed, reason=row.reason, until=row.until, entry_id=row.entry_id,
    )  # fmt: skip
