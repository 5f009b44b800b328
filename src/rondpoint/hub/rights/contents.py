"""Contents in the store that were somebody's: those that only her rows referred to, and what nobody refers to yet."""

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from rondpoint.files import actions as store
from rondpoint.files import collect, references
from rondpoint.files import queries as files
from rondpoint.files.models import StoredFile
from rondpoint.jobs.erasing import Counts, NotYet, Subject, traces
from rondpoint.lib import clock

FRESH = 600.0  # seconds in which a content that was saved again may get a row that refers to it
CHUNK = 1 << 20
_SIGNS = b" .-()/\xa0"  # between the digits of a number as people write it


def remove(subject: Subject) -> Counts:
    """Removes them; how many. Raises NotYet while a backup is open, or one was just saved once more."""
    names = sorted({name for name in subject.contents if files.is_name(name)})
    removed = collect.discard(names, _before(subject))
    left = [name for name in names if name not in removed and files.path(name).exists() and not _is_referred(name)]
    if left:
        raise NotYet("a backup is open, or a file of hers was saved once more a moment ago")
    count = len(removed)
    for path in _loose():
        if mentions(path, subject):
            if files.is_name(path.name):
                count += len(collect.discard([path.name], _before(subject)))
            elif path.stat().st_mtime < _before(subject):
                path.unlink(missing_ok=True)
                count += 1
    return Counter({"contents": count}) if count else Counter()


def mentions(path: Path, subject: Subject) -> bool:
    """Whether a content names her by an address or number; numbers also as people write them."""
    sought = traces(subject)
    numbers = [value[-9:].encode() for kind, value, _ in subject.addresses if kind == "phone" and len(value) > 9]
    longest = max((len(each) for each in (*sought, *numbers)), default=0) + 20
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        before = b""
        while chunk := file.read(CHUNK):
            text = (before + chunk).lower()
            if any(each in text for each in sought):
                return True
            if numbers and any(each in text.translate(None, _SIGNS) for each in numbers):
                return True
            before = text[-longest:]
    return False


def _loose() -> Iterator[Path]:
    """Contents without a row: uploads, and what was made on the way. Those that are a day old go by themselves."""
    folder = Path(settings.RONDPOINT_HOME) / "files"
    yield from folder.glob(f"{store.PARTIAL}*")
    for name in collect.FOLDERS:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder / name) as entries:
            found = {entry.name for entry in entries if files.is_name(entry.name)}
            known = (
                StoredFile.objects.filter(sha256__in=found)
                if len(found) < 500
                else StoredFile.objects.filter(sha256__gte=name, sha256__lt=f"{name}g")
            )
            for sha256 in sorted(found - set(known.values_list("sha256", flat=True))):
                yield files.path(sha256)


def _is_referred(name: str) -> bool:
    return name in references.held(name, f"{name}g")


def _before(subject: Subject) -> float:
    """Nobody has saved it since she was hidden, or whoever did has not referred to it for a while."""
    return max(subject.at / clock.SECOND, time.time() - FRESH)
