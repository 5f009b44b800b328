"""The ledger of erasures: hashes of what was forgotten, under the key of the suppression list, which is never changed.

It outlives what it forgets: it stands in the database and so in newer backups, and beside the database in a file of the
home, so that an older backup can be put in the place of a house that is broken. Without the key the hashes say nothing.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from rondpoint.consent import queries as consent
from rondpoint.customers.types import Traced
from rondpoint.hub.models import Erasure, Forgotten
from rondpoint.jobs.erasing import Subject
from rondpoint.lib import bulk
from rondpoint.lib.db import write

FILE = "erasures.jsonl"
FORMAT = "rondpoint.erasures/1"
AT_ONCE = 500

Entry = tuple[str, int]  # a hash, and when it was forgotten


class Foreign(ValueError):
    """The ledger of another house: its hashes were made with another key."""


def digest(key: Traced) -> str:
    """The hash of one thing that can be forgotten."""
    return consent.address_hash("forgotten", "\x1f".join(key))


def keys(subject: Subject) -> list[Traced]:
    """What is forgotten with somebody: her profiles, the addresses that were hers alone, and what she sent."""
    return [
        *(("profile", *key) for key in subject.keys),
        *(("address", *address) for address in subject.addresses),
        *(("told", name) for name in subject.told),
    ]


def note(erasure: Erasure, subject: Subject) -> int:
    """Writes down what is forgotten, inside ``write()``; how many hashes."""
    wanted = sorted({digest(key) for key in keys(subject)})
    bulk.insert_new([Forgotten(erasure=erasure, digest=each, at=subject.at) for each in wanted])
    return len(wanted)


def forgotten(asked: Iterable[Traced]) -> dict[Traced, int]:
    """When each of these was last forgotten. Where nobody ever was, one statement and no look at them."""
    if not Forgotten.objects.exists():
        return {}
    hashes = {digest(key): key for key in asked}
    found: dict[Traced, int] = {}
    for row in bulk.fetch(Forgotten, digest=hashes):
        key = hashes[row.digest]
        found[key] = max(row.at, found.get(key, 0))
    return found


def entries() -> list[Entry]:
    """All of it."""
    return list(Forgotten.objects.order_by("at", "id").values_list("digest", "at"))


def fingerprint() -> str:
    """By which the ledgers of one house are known: it says nothing about the key."""
    return consent.address_hash("forgotten", "whose ledger is this?")


def written(rows: Iterable[Entry]) -> Iterator[str]:
    """A ledger as lines."""
    yield json.dumps({"format": FORMAT, "house": fingerprint()}) + "\n"
    for hashed, at in rows:
        yield json.dumps([hashed, at]) + "\n"


def read(lines: Iterable[str]) -> list[Entry]:
    """The entries of a written ledger. Raises Foreign for another house's, ValueError where it is no ledger."""
    found = iter(lines)
    try:
        head = json.loads(next(found, ""))
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise ValueError
    except ValueError as error:
        raise ValueError(f"this is no ledger of erasures: its first line does not say {FORMAT}") from error
    if head.get("house") != fingerprint():
        raise Foreign("this ledger of erasures is another house's: none of its hashes can be found here")
    rows: list[Entry] = []
    for place, line in enumerate(found, 2):
        try:
            hashed, at = json.loads(line)
            rows.append((str(hashed), int(at)))
        except (ValueError, TypeError) as error:
            raise ValueError(f"line {place} of the ledger of erasures is damaged") from error
    return rows


def add(rows: Iterable[Entry]) -> int:
    """Takes entries over that are not there yet; how many."""
    there = set(entries())
    new = sorted(set(rows) - there, key=lambda row: (row[1], row[0]))
    for start in range(0, len(new), AT_ONCE):
        with write():
            bulk.insert_new([Forgotten(digest=hashed, at=at) for hashed, at in new[start : start + AT_ONCE]])
    return len(new)


def path() -> Path:
    """The file beside the database."""
    return Path(settings.RONDPOINT_HOME) / FILE


def keep_beside() -> None:
    """Writes the ledger into the file beside the database, whole or not at all. Not inside ``write()``."""
    new = path().with_name(f".{FILE}.{os.getpid()}")
    with new.open("w") as file:
        file.writelines(written(entries()))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path())
