"""What is known here that another system was not heard to say: for each of its rows the values from other sources that
are newer than its own words."""

from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier, Profile
from rondpoint.customers.types import Evidence
from rondpoint.hub.imports.people import is_account
from rondpoint.hub.imports.rules.recognising import is_own
from rondpoint.lib import bulk

PORTION = 500
ADDRESSES = ("email", "phone")
NEVER = ("", "id", "user_id", "told_at")
MOMENT = 1  # microsecond: what was written back is heard as said so much before, so that its own source stays shown


class Word(Struct, frozen=True):
    """A value that is known here since ``at``, where the system was last heard to say ``before``."""

    value: Any
    at: int
    before: Any = None


class Row(Struct, frozen=True):
    """A row by its number, with what is to be written under each field; ``key``: of the profile it speaks of."""

    number: str
    key: str
    customer_id: int
    words: dict[str, Word]


def may_be_written(field: str) -> bool:
    """Whether a column with this meaning may be written: not what says who a row is about, nor when it was true."""
    return field not in NEVER and not is_account(field)


def trait(field: str) -> str:
    """The name of the trait that a column becomes."""
    return field.partition(":")[2] if is_own(field) else field


def rows(origin: str, fields: Collection[str]) -> Iterator[list[Row]]:
    """The rows of a system that were read and know less than is known here, in portions; each is looked for once."""
    source, last = f"import:{origin}", 0
    held = Identifier.objects.filter(kind="account", scope=origin, profile__source=source).order_by("id")
    while portion := list(held.filter(id__gt=last)[:PORTION]):
        last = portion[-1].id
        yield _portion(portion, source, fields)


def _portion(portion: list[Identifier], source: str, fields: Collection[str]) -> list[Row]:
    own = customers.profiles({each.profile_id for each in portion})
    owners = {profile.owner for profile in own.values()}
    numbers: dict[int, set[str]] = {}
    for each in bulk.fetch(Identifier, profile_id=own.keys()):
        if each.kind == "account" and each.scope == portion[0].scope:
            numbers.setdefault(each.profile_id, set()).add(each.value)
    known = customers.known_traits(owners)
    addresses = _addresses(own, owners) if set(fields) & set(ADDRESSES) else {}
    found = []
    for each in portion:
        profile = own[each.profile_id]
        if len(numbers[profile.id]) > 1:
            continue  # nobody could say which of the rows is meant
        words = dict(addresses.get(profile.id, {}))
        for field in fields:
            told, here = profile.traits.get(trait(field), {}), known[profile.owner].get(trait(field))
            if field in ADDRESSES or here is None or here.source == source or here.value == told.get("value"):
                continue
            if here.at - told.get("at", 0) > MOMENT:
                words[field] = Word(here.value, here.at, told.get("value"))
        words = {field: word for field, word in words.items() if field in fields}
        if words:
            found.append(Row(each.value, profile.key, profile.owner, words))
    return found


def _addresses(own: dict[int, Profile], owners: Collection[int]) -> dict[int, dict[str, Word]]:
    """By profile of the system, the best address of each kind that another source vouched for after the system last
    named one."""
    best = customers.held_by(owners)
    mine: dict[int, list[Identifier]] = {}
    for row in bulk.fetch(Identifier, profile_id=own.keys()):
        mine.setdefault(row.profile_id, []).append(row)
    found: dict[int, dict[str, Word]] = {}
    for number, profile in own.items():
        for kind in ADDRESSES:
            first = next((row for row in best.get(profile.owner, ()) if row.kind == kind), None)
            named = sorted((row for row in mine.get(number, ()) if row.kind == kind), key=lambda row: row.created)
            if first is None or first.evidence < Evidence.PROVIDER or first.value in {row.value for row in named}:
                continue
            if not named or first.created > named[-1].created:
                before = named[-1].value if named else None
                found.setdefault(number, {})[kind] = Word(first.value, first.created, before)
    return found
