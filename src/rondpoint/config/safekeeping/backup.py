"""``rondpoint backup``: the whole house in one file, while it runs."""

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection

from rondpoint.config.safekeeping import archive, check, presence, snapshot, tables
from rondpoint.config.safekeeping.types import FORMAT, Contents, Failure, Head, Manifest, Table
from rondpoint.files import queries as files
from rondpoint.files import references
from rondpoint.files.collect import FEW
from rondpoint.files.models import StoredFile
from rondpoint.jobs import processes
from rondpoint.lib import clock

_MAIL = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\.eml")
# A large store is read in sixteenths, so that the names of its contents never fill the memory.
_SIXTEENTHS = [(f"{number:x}", f"{number + 1:x}" if number < 15 else "g") for number in range(16)]


class Done(msgspec.Struct, frozen=True):
    """What a backup came to. ``size`` in bytes, ``seconds`` with its verification."""

    manifest: Manifest
    size: int
    seconds: float


def make(target: Path, with_secret: bool = True) -> Done:
    """Writes the backup under a temporary name, reads it again, and gives it its name when every byte is right.

    Mode 0600. Raises Failure with a sentence; then there is no file, or the one that was there before.
    """
    began = time.monotonic()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise Failure(f"{target} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w+b") as file:
            with snapshot.alone(processes.name("backup")):
                manifest = _fill(archive.Writer(file), with_secret)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # so that it is read from the disk
            if check.verify(file) != manifest:
                raise archive.Damaged("it does not say what was written")
        os.replace(name, target)
        presence.fsync_folder(target.parent)
    except archive.Damaged as error:
        raise Failure(f"what was written to {target} cannot be read again: {error}; is the disk sound?") from error
    except OSError as error:
        raise Failure(f"{target} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return Done(manifest, size, time.monotonic() - began)


def fingerprint(secret: str, created: int) -> str:
    """Tells whether a secret is the one of a backup made at ``created``, and nothing else about it."""
    return hashlib.scrypt(secret.encode(), salt=str(created).encode(), n=2**14, r=8, p=1, dklen=12).hex()


def _fill(writer: archive.Writer, with_secret: bool) -> Manifest:
    head = Head(format=FORMAT, version=version("rondpoint"), created=clock.now(), engine=connection.vendor)
    writer.add(archive.HEAD, msgspec.json.encode(head))
    with snapshot.opened():
        migrations = snapshot.migrations()
        written = [_table(writer, table) for table in tables.every()]
        kept, missing = _files(writer)
    outbox = _outbox(writer)
    home = Path(settings.RONDPOINT_HOME)
    with contextlib.suppress(FileNotFoundError):
        writer.add("home/demo.json", (home / "demo.json").read_bytes())
    if with_secret:
        writer.add("home/secret", settings.SECRET_KEY.encode())
    manifest = Manifest(
        head=head,
        migrations=migrations,
        tables=written,
        files=kept,
        outbox=outbox,
        secret="kept" if with_secret else "left out",
        fingerprint=fingerprint(settings.SECRET_KEY, head.created),
        missing=missing,
    )
    writer.add(archive.MANIFEST, msgspec.json.encode(manifest))
    writer.seal()
    return manifest


def _table(writer: archive.Writer, table: Table) -> Table:
    encoder, write = msgspec.json.Encoder(), tables.writer(table)
    digest, piece, number = hashlib.sha256(), bytearray(), 0
    for some in snapshot.rows(table):
        table.rows += len(some)
        for row in some:
            piece += encoder.encode(write(row))
            piece += b"\n"
            if len(piece) >= archive.PIECE:
                number += 1
                _piece(writer, table.name, number, piece, digest)
    if piece:
        _piece(writer, table.name, number + 1, piece, digest)
    table.sha256, table.sequence = digest.hexdigest(), snapshot.sequence(table)
    return table


def _piece(writer: archive.Writer, table: str, number: int, piece: bytearray, digest) -> None:
    digest.update(piece)
    writer.add(f"tables/{table}/{number:06}.jsonl.gz", archive.pack(bytes(piece)))
    piece.clear()


def _files(writer: archive.Writer) -> tuple[Contents, list[str]]:
    """The contents that the rows of the snapshot refer to, and the names of those that are not as they should be."""
    kept, missing = Contents(), []
    for low, high in [("0", "g")] if StoredFile.objects.count() < FEW else _SIXTEENTHS:
        needed = references.held(low, high)
        noted = StoredFile.objects.filter(sha256__gte=low, sha256__lt=high).values_list("sha256", flat=True)
        for name in sorted(needed.union(noted)):
            size = _keep(writer, name)
            if size is not None:
                kept.count, kept.bytes = kept.count + 1, kept.bytes + size
            elif name in needed:
                missing.append(name)
    return kept, missing


def _keep(writer: archive.Writer, name: str) -> int | None:
    """Writes one content; its bytes, or None when the disk has lost or changed it."""
    if not files.is_name(name):
        return None
    with writer.attempt():
        try:
            size = files.path(name).stat().st_size
            sha256 = writer.stream(f"files/{name}", size, files.chunks(name, archive.STEP))
        except FileNotFoundError:
            raise archive.Changed(name) from None
        if sha256 != name:
            raise archive.Changed(name)
        return size
    return None


def _outbox(writer: archive.Writer) -> Contents:
    kept = Contents()
    for path in sorted(_mails(Path(settings.RONDPOINT_HOME) / "outbox")):
        content = path.read_bytes()
        writer.add(f"outbox/{path.name}", content)
        kept.count, kept.bytes = kept.count + 1, kept.bytes + len(content)
    return kept


def _mails(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        yield from (folder / entry.name for entry in entries if _MAIL.fullmatch(entry.name) and entry.is_file())

