"""The file of a backup: a plain tar (POSIX ustar) in a fixed order, closed by a seal.

``rondpoint-backup.json``, then ``tables/…`` in order of dependency, each in numbered pieces of gzipped JSON lines,
``files/<sha256>``, ``outbox/…``, ``home/…``, ``manifest.json`` and ``seal``, which holds the SHA-256 of every byte
before it. So no byte can change unnoticed, and any ``tar`` can look inside. Whatever a backup never writes (links,
extensions, other names, another order) is refused before its content is looked at.
"""

import contextlib
import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct

BLOCK = 512
_NAME = 120  # letters: the longest a backup has
STEP = 1 << 20  # bytes read at once
PIECE = 4 << 20  # bytes of rows after which a piece ends
MAX_ROW = 64 << 20  # bytes of one row
HEAD, MANIFEST, SEAL = "rondpoint-backup.json", "manifest.json", "seal"

# Each kind of member in the order of the archive: (its name, the bytes it may have).
_KINDS = (
    (re.compile(r"rondpoint-backup\.json"), 1 << 16),
    (re.compile(r"tables/[a-z][a-z0-9_]{0,62}/[0-9]{6}\.jsonl\.gz"), PIECE + MAX_ROW),
    (re.compile(r"files/[0-9a-f]{64}"), 1 << 33),
    (re.compile(r"outbox/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\.eml"), 1 << 33),
    (re.compile(r"home/(demo\.json|secret)"), 1 << 16),
    (re.compile(r"manifest\.json"), 16 << 20),
    (re.compile(r"seal"), 1 << 10),
)
_ONCE = (0, 5, 6)


class Damaged(Exception):
    """The file is not a whole backup; the message says what is wrong with it."""


class Writer:
    """Writes members one after the other; :meth:`seal` ends the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def add(self, name: str, content: bytes) -> None:
        """One member whose content is at hand."""
        self.stream(name, len(content), (content,))

    def stream(self, name: str, size: int, chunks: Iterable[bytes]) -> str:
        """One member that comes in pieces; its SHA-256. Raises Changed when they are not ``size`` bytes together."""
        digest, written = hashlib.sha256(), 0
        self._put(_header(name, size))
        for chunk in chunks:
            written += len(chunk)
            digest.update(chunk)
            self._put(chunk)
        if written != size:
            raise Changed(f"{name}: {written} bytes instead of {size}")
        self._put(bytes(-size % BLOCK))
        return digest.hexdigest()

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Takes back what was written inside when it raises :class:`Changed`, and goes on as if it had not been."""
        place, digest = self._file.tell(), self._digest.copy()
        try:
            yield
        except Changed:
            self._file.seek(place)
            self._file.truncate()
            self._digest = digest

    def seal(self) -> None:
        """The last member, and the end of the file."""
        self.add(SEAL, self._digest.hexdigest().encode())
        self._put(bytes(2 * BLOCK))

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


class Changed(Exception):
    """A content is not what its name or size says."""


class Member(Struct):
    """One member while it is being read; ``chunks`` gives its content once."""

    name: str
    size: int
    chunks: Iterator[bytes]

    def content(self) -> bytes:
        """All of it: only for the small ones."""
        return b"".join(self.chunks)


def members(file: BinaryIO) -> Iterator[Member]:
    """The members of a backup from its first to its seal, each read through before the next.

    Raises Damaged as soon as something is not as a backup is, and at the end when the seal does not fit.
    """
    file.seek(0)
    digest, last, rank = hashlib.sha256(), "", 0
    while True:
        before = digest.hexdigest()
        header = _exactly(file, BLOCK, digest, last)
        member = _member(header, file, digest, last)
        rank = _follows(member, last, rank)
        last = member.name
        if member.name == SEAL:
            if member.content() != before.encode():
                raise Damaged("its content does not fit its seal: it was changed or damaged after it was written")
            if file.read(3 * BLOCK) != bytes(2 * BLOCK):
                raise Damaged("something follows its seal")
            return
        yield member
        for _rest in member.chunks:
            pass


def pack(rows: bytes) -> bytes:
    """One piece of a table's rows."""
    return gzip.compress(rows, compresslevel=4, mtime=0)


def lines(member: Member) -> Iterator[bytes]:
    """The rows of one piece, with their line ends. Raises Damaged, also when they are more than a piece may hold."""
    inflate, left, total = zlib.decompressobj(31), b"", 0
    for chunk in member.chunks:
        while chunk:
            try:
                text = inflate.decompress(chunk, STEP)
            except zlib.error as error:
                raise Damaged(f"{member.name} cannot be unpacked: {error}") from error
            chunk = inflate.unconsumed_tail
            total += len(text)
            if total > PIECE + MAX_ROW:
                raise Damaged(f"{member.name} holds more than a backup ever writes")
            *whole, left = (left + text).split(b"\n") if text else (left,)
            yield from (line + b"\n" for line in whole)
    if left or not inflate.eof or inflate.unused_data:
        raise Damaged(f"{member.name} is not whole")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")


def _member(header: bytes, file: BinaryIO, digest, last: str) -> Member:
    try:
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        where = f" after {last}" if last else ""
        raise Damaged(f"it is no backup, or damaged{where}: {error}") from error
    if info.type != tarfile.REGTYPE or info.size < 0:
        raise Damaged(f"it holds {info.name!r}, which is not a plain file")
    if len(info.name) > _NAME or header != _header(info.name, info.size):
        raise Damaged(f"the head of {info.name!r} is damaged")
    return Member(info.name, info.size, _chunks(file, info.size, digest, info.name))


def _chunks(file: BinaryIO, size: int, digest, name: str) -> Iterator[bytes]:
    left = size
    while left:
        chunk = file.read(min(left, STEP))
        if not chunk:
            raise Damaged(f"it ends within {name}: it is truncated")
        digest.update(chunk)
        left -= len(chunk)
        yield chunk
    if any(_exactly(file, -size % BLOCK, digest, name)):
        raise Damaged(f"there is something behind the end of {name}")


def _exactly(file: BinaryIO, size: int, digest, last: str) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise Damaged(f"it ends after {last}: it is truncated" if last else "it is empty, or no backup")
    digest.update(data)
    return data


def _follows(member: Member, last: str, rank: int) -> int:
    """The place of a member among the kinds. Raises Damaged for a name or an order that no backup has."""
    number = next((number for number, (name, _) in enumerate(_KINDS) if name.fullmatch(member.name)), None)
    if number is None:
        raise Damaged(f"it holds {member.name!r}, which no backup does")
    if not last and number:
        raise Damaged("it is not a backup of Rondpoint")
    skipped = any(rank < once < number for once in _ONCE)
    if number < rank or skipped or (last and number == rank and number in _ONCE):
        raise Damaged(f"{member.name} is not where it belongs")
    if number == rank > 1 and member.name <= last:
        raise Damaged(f"{member.name} is not where it belongs")
    if member.size > _KINDS[number][1]:
        raise Damaged(f"{member.name} is larger than a backup ever writes")
    return number
