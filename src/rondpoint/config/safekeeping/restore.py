"""``rondpoint restore``: a house out of one file, on either engine.

The new house is built beside the old one and takes its place at the very end: on SQLite a database in a folder of its
own, on PostgreSQL one transaction. Until then the old house is as it was.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction

from rondpoint.config.safekeeping import archive, backup, check, forgetting, loading, presence
from rondpoint.config.safekeeping.archive import Damaged
from rondpoint.config.safekeeping.types import Failure, Manifest
from rondpoint.files import queries as files
from rondpoint.files.actions import PARTIAL
from rondpoint.hub.rights.ledger import keep_beside
from rondpoint.lib import clock, db
from rondpoint.sending import moving
from rondpoint.sending.models import Dispatch

# The new database is written once and thrown away when anything fails: it is made durable as a whole at its end.
_BUILDING = (
    "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY; "
    "PRAGMA cache_size=-64000; PRAGMA secure_delete=ON;"
)
_SOME = 500  # messages moved at once


class Restored(msgspec.Struct, frozen=True):
    """What a restore came to. ``uncertain``: messages that waited to leave when the backup was made;
    ``has_secret``: the secrets in it open with the secret of this home; ``forgotten``: customers who had been erased
    after it was made, and were again."""

    manifest: Manifest
    uncertain: int
    has_secret: bool
    forgotten: int


def look(source: Path) -> Manifest:
    """Reads a backup through. Raises Failure when it is damaged or from a version this one cannot read."""
    with _opened(source) as file:
        return _checked(source, file)


def run(source: Path, replace: bool = False, moved: bool = False, ledger: Path | None = None) -> Restored:
    """Puts the house of a backup here. Raises Failure with a sentence; then all is as it was.

    ``replace``: in the place of the one that is here. ``moved``: the old house was stopped for the backup and has
    not run since; so what waited to leave leaves from here, and who was signed in stays so. ``ledger``: of erasures,
    from elsewhere; that of the house that is here is carried over anyway.
    """
    asked = forgetting.given(ledger) if ledger else None
    with _opened(source) as file:
        manifest = _checked(source, file)
        has_secret = _secret_fits(manifest)
        with presence.restoring(), db.exclusive():
            presence.refuse_running()
            if not (replace or presence.is_cut_short() or presence.is_empty()):
                raise Failure("there is a house here already: give --replace to put the backup in its place")
            here = forgetting.present()
            uncertain, forgotten = _put(source, file, manifest, moved, here, asked)
            keep_beside()
    return Restored(manifest, uncertain, has_secret, forgotten)


def _put(
    source: Path, file: BinaryIO, manifest: Manifest, moved: bool, here: forgetting.Present, asked: list[str] | None
) -> tuple[int, int]:
    folder = Path(settings.RONDPOINT_HOME) / "restoring"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        (folder / "outbox").mkdir(mode=0o700, parents=True)
        with contextlib.ExitStack() as change:
            with _beside(folder):
                counts = _build(file, manifest, folder, moved, here, asked)
                _fsync(folder)
                presence.refuse_running()
                change.enter_context(presence.changing_over())
                _change_home(folder, manifest)
            if connection.vendor == "sqlite":
                _change_database(folder)
    except Damaged as error:
        raise Failure(f"{source} changed while it was read: {error}") from error
    except (OSError, DatabaseError) as error:
        said = getattr(error, "strerror", None) or " ".join(str(error).split())
        if presence.is_cut_short():
            raise Failure(f"it broke off at the very end ({said}): {presence.AGAIN}") from error
        raise Failure(f"it broke off ({said}); everything is as it was") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counts


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Inside, the thread's connection writes the new database: on PostgreSQL in one transaction."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            loading.drop_tables()
            yield
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return
    usual = {name: connection.settings_dict[name] for name in ("NAME", "OPTIONS")}
    connection.close()
    connection.settings_dict.update(NAME=folder / "rondpoint.sqlite3", OPTIONS={"init_command": _BUILDING})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


def _build(
    file: BinaryIO, manifest: Manifest, folder: Path, moved: bool, here: forgetting.Present, asked: list[str] | None
) -> tuple[int, int]:
    """The whole new database, of today's version; how many messages became uncertain, and who was forgotten again."""
    loading.make_tables(manifest)
    with transaction.atomic():
        _unpack(file, manifest, folder)
        loading.check_references()
        loading.set_sequences(manifest)
    loading.bring_forward()
    forgotten = forgetting.again(here, asked, folder / "outbox")
    return 0 if moved else _time_has_passed(), forgotten


def _unpack(file: BinaryIO, manifest: Manifest, folder: Path) -> None:
    """Rows into their tables, contents into the store (where more of them harm nobody), all else into ``folder``."""
    found, known = check.Found(), {table.name: table for table in manifest.tables}
    for member in archive.members(file):
        kind, _, name = member.name.partition("/")
        if kind == "tables":
            name = name.partition("/")[0]
            before = found.tables[name].rows if name in found.tables else 0
            loading.load(known[name], found.rows(member), before)
        elif kind == "files":
            _keep(name, found.content(member))
        elif kind in ("outbox", "home"):
            place = folder / member.name.removeprefix("home/")
            place.touch(mode=0o600)
            place.write_bytes(member.content())
            found.other(member)
        elif member.name == archive.MANIFEST and check.read_manifest(member) != manifest:
            raise Damaged("its manifest is another")
    found.compare(manifest)


def _keep(name: str, chunks: Iterator[bytes]) -> None:
    """Writes a content anew even where one of its name is: that one may be what the restore is needed for."""
    target = files.path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent.parent / f"{PARTIAL}{name}"
    try:
        with partial.open("wb") as content:
            content.writelines(chunks)
            content.flush()
            os.fsync(content.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _fsync(folder: Path) -> None:
    """Makes all that was built durable: what lies in ``folder``, and the names of the contents in the store."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    store = Path(settings.RONDPOINT_HOME) / "files"
    for place in (store, *(path for path in store.iterdir() if path.is_dir())):
        presence.fsync_folder(place)


def _time_has_passed() -> int:
    """What waited to leave may have left after the backup was made, so it never leaves by itself; and everybody signs
    in again. How many messages became uncertain."""
    now, count = clock.now(), 0
    with db.write():
        Session.objects.all().delete()
        while rows := list(Dispatch.objects.filter(state="queued", due__lte=now).order_by("id")[:_SOME]):
            news = [(row, "unknown", "restored from a backup: it may have left after that was made") for row in rows]
            moving.move(news, now)
            count += len(rows)
    return count


def _change_home(folder: Path, manifest: Manifest) -> None:
    home = Path(settings.RONDPOINT_HOME)
    if manifest.secret == "kept" and not os.environ.get("RONDPOINT_SECRET"):
        (folder / "secret").replace(home / "secret")
    (home / "demo.json").unlink(missing_ok=True)
    if (folder / "demo.json").exists():
        (folder / "demo.json").replace(home / "demo.json")
    for old in (home / "outbox").glob("*.eml"):
        old.unlink()
    for new in (folder / "outbox").iterdir():
        new.replace(home / "outbox" / new.name)
    presence.fsync_folder(home / "outbox")
    presence.fsync_folder(home)


def _change_database(folder: Path) -> None:
    name = Path(connection.settings_dict["NAME"])
    for old in ("-wal", "-shm"):  # they belong to the old one, and SQLite would believe them
        name.with_name(name.name + old).unlink(missing_ok=True)
    (folder / "rondpoint.sqlite3").replace(name)
    presence.fsync_folder(name.parent)


def _secret_fits(manifest: Manifest) -> bool:
    """Will the secrets of the backup open here? Raises Failure when the environment's secret forbids it."""
    same = backup.fingerprint(settings.SECRET_KEY, manifest.head.created) == manifest.fingerprint
    if manifest.secret == "kept" and not same and os.environ.get("RONDPOINT_SECRET"):
        raise Failure(
            "RONDPOINT_SECRET is set, and it is not the secret of the backup: set it to that one, or leave it out, "
            "since the backup brings its own"
        )
    return same or manifest.secret == "kept"


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    try:
        with source.open("rb") as file:
            yield file
    except OSError as error:
        raise Failure(f"{source} cannot be read: {error.strerror}") from error


def _checked(source: Path, file: BinaryIO) -> Manifest:
    try:
        manifest = check.verify(file)
    except Damaged as error:
        raise Failure(f"{source} is no whole backup: {error}") from error
    check.known(manifest)
    return manifest
