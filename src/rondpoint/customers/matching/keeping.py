"""The records of profiles, kept as profiles change: what each says, and the keys under which it is compared."""

from collections.abc import Collection, Iterable, Sequence

from rondpoint.customers.matching.models import Likeness, Unmatched
from rondpoint.customers.matching.rules import reading
from rondpoint.customers.models import Identifier, Profile
from rondpoint.events import following
from rondpoint.events.types import Position
from rondpoint.lib import bulk
from rondpoint.lib.db import write

FILLED = "matching: records"  # how far the profiles that were there before are read
PORTION = 500
DONE = 1  # in the place of a transaction, which nothing else needs there
KEY_NAMES = tuple(f"key{place}" for place in range(len(reading.KEYS)))


def touch(profile_ids: Sequence[int]) -> None:
    """These profiles are to be read and compared, inside the ``write()`` that changed them."""
    bulk.add(Unmatched, ("profile_id",), [(number,) for number in sorted(set(profile_ids))])


def records_of(profile_ids: Collection[int]) -> dict[int, reading.Record]:
    """What profiles say now, of those of which something can be compared."""
    held: dict[int, list[Identifier]] = {}
    for row in bulk.fetch(Identifier, profile_id=set(profile_ids)):
        held.setdefault(row.profile_id, []).append(row)
    found = {}
    for profile in bulk.fetch(Profile, id=set(profile_ids)):
        traits = {name: told.get("value") for name, told in profile.traits.items()}
        addresses: dict[str, list[str]] = {}
        for row in sorted(held.get(profile.id, ()), key=lambda row: (-row.evidence, -row.created, -row.id)):
            addresses.setdefault(row.kind, []).append(row.value)
        record = reading.read(traits, addresses.get("email", ()), addresses.get("phone", ()))
        if any(key is not None for key in reading.keys(record)):
            found[profile.id] = record
    return found


def keep(profile_ids: Collection[int]) -> dict[int, reading.Record]:
    """Reads profiles and stores what they say; the records of those that say something else than before."""
    now = records_of(profile_ids)
    before = {row.profile_id: row for row in bulk.fetch(Likeness, profile_id=set(profile_ids))}
    fresh = {number: row_of(number, record) for number, record in now.items()}
    changed = {number for number, row in fresh.items() if number not in before or before[number].said != row.said}
    gone = sorted(set(before) - set(now))
    if changed or gone:
        with write():
            bulk.update([fresh[number] for number in sorted(changed & set(before))], ["said", *KEY_NAMES])
            bulk.insert_new([fresh[number] for number in sorted(changed - set(before))])
            Likeness.objects.filter(profile_id__in=gone).delete()
    return {number: now[number] for number in sorted(changed)}


def row_of(profile_id: int, record: reading.Record) -> Likeness:
    """A record as it is stored."""
    keys = dict(zip(KEY_NAMES, reading.keys(record), strict=True))
    return Likeness(profile_id=profile_id, said=reading.pack(record), **keys)


def fill() -> int:
    """Reads the profiles that were there before, a portion at a time; how many. At the end it is done for ever."""
    place = following.place(FILLED)
    if place.transaction == DONE:
        return 0
    ids = list(Profile.objects.filter(id__gt=place.row).order_by("id").values_list("id", flat=True)[:PORTION])
    keep(ids)
    with write():
        following.move(FILLED, Position(0, ids[-1]) if ids else Position(DONE, place.row))
    return len(ids)


def filled() -> bool:
    """Whether all profiles that were there before are read."""
    return following.place(FILLED).transaction == DONE


def begin_anew() -> None:
    """Reads all profiles once more, inside ``write()``."""
    following.move(FILLED, Position())


def forget(profile_ids: Iterable[int]) -> None:
    """Takes profiles out, inside ``write()``."""
    wanted = list(profile_ids)
    Likeness.objects.filter(profile_id__in=wanted).delete()
    Unmatched.objects.filter(profile_id__in=wanted).delete()
