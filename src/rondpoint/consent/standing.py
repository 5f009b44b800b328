"""May this person be written to, for this purpose? How does she want it? What did she say?"""

from collections.abc import Collection, Mapping

from rondpoint.consent import purposes
from rondpoint.consent.models import Agreed, ConsentEntry, Preference
from rondpoint.consent.rules import asking, preferring
from rondpoint.consent.suppressing import suppressions
from rondpoint.consent.types import NEEDS_NOBODY, REFUSALS, Address, Asked, Key, Preferences, Row, Shut, Standing, Terms
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Profile
from rondpoint.lib import bulk


def standing(asked: Collection[Asked], now: int, known: Mapping[str, Terms] | None = None) -> list[Standing]:
    """The answer to each question, in order: six statements for any number. A person nobody knows is a no.

    ``now``: microseconds UTC; what ended before it holds no more. ``known``: the terms of the purposes, if at hand.
    """
    known = purposes.terms() if known is None else known
    owners = customers.customers_of({each.profile_id for each in asked if each.profile_id is not None})
    people = [
        each.customer_id if each.customer_id is not None else owners.get(each.profile_id or 0, 0) for each in asked
    ]
    rows: dict[int, dict[Key, Row]] = {}
    for row in bulk.fetch(Agreed, customer_id=set(people) - {0}):
        rows.setdefault(row.customer_id, {})[_key_of(row)] = _row_of(row)
    addresses = {(each.address_kind, each.address) for each in asked if each.address}
    unasked = {
        (each.address_kind, each.address)
        for each in asked
        if each.address and each.purpose in known and known[each.purpose].basis not in NEEDS_NOBODY
    }
    others = _refused_at(unasked)
    shut = suppressions(sorted(addresses)) if addresses else {}
    return [
        Standing(False, "unknown_person")
        if not person
        else asking.answer(
            each,
            known.get(each.purpose),
            rows.get(person, {}),
            others.get((each.address_kind, each.address), {}),
            [Shut(row.channel, row.scope, row.reason) for row in shut.get((each.address_kind, each.address), ())],
            now,
        )
        for each, person in zip(asked, people, strict=True)
    ]


def refused(purpose: str, customer_ids: Collection[int], now: int) -> set[int]:
    """Of these customers those who said no to a purpose that is no message. Who was never asked said no such thing."""
    asked = [Asked(purpose, customer_id=number) for number in customer_ids]
    answers = standing(asked, now) if asked else []
    return {number for number, holds in zip(customer_ids, answers, strict=True) if holds.reason in REFUSALS}


def preferences(customer_ids: Collection[int]) -> dict[int, Preferences]:
    """How these customers want to be written to: of all their profiles the newest word on each thing."""
    owners = dict(Profile.objects.filter(customer_id__in=customer_ids).values_list("id", "customer_id"))
    said: dict[int, list[preferring.Said]] = {}
    for row in bulk.fetch(Preference, profile_id=owners):
        said.setdefault(owners[row.profile_id], []).append(row.said)
    return {number: preferring.merged(said.get(number, ())) for number in customer_ids}


def ledger(profile_ids: Collection[int], limit: int = 100, before: int | None = None) -> list[ConsentEntry]:
    """What these profiles said, the newest first. ``before``: the number of the last one of the page before."""
    rows = ConsentEntry.objects.filter(profile_id__in=profile_ids)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:limit])


def _refused_at(addresses: Collection[Address]) -> dict[Address, dict[Key, Row]]:
    """Refusals of whichever customer at these addresses."""
    found: dict[Address, dict[Key, Row]] = {}
    for row in bulk.fetch(Agreed, address={value for _, value in addresses}):
        if not row.allowed and (row.address_kind, row.address) in addresses:
            kept = found.setdefault((row.address_kind, row.address), {})
            key = _key_of(row)
            if key not in kept or kept[key].reason == "pending" or (kept[key].entry_id or 0) < row.entry_id:
                kept[key] = _row_of(row)
    return found


def _key_of(row: Agreed) -> Key:
    return row.purpose, row.channel, row.address_kind, row.address


def _row_of(row: Agreed) -> Row:
    return Row(row.allowed, row.reason, row.until, row.entry_id)
