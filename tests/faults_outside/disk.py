"""What a disk may hold after the power failed, worked out of the journal that ``preload/outside.c`` keeps.

Durable is only what an fsync of the very file (its content) or folder (its names) covered; a rename is atomic. Of all
that was not, a cut keeps nothing, a part in order, or an arbitrary choice of 4096-byte pages (torn and out of order),
and of the names a part in order, as a journalling file system does. Not simulated: contents of memory maps (SQLite's
-shm, which it rebuilds), disks that lie about fsync, bits that rot.
"""

import os
import random
import shutil
import struct
from pathlib import Path

WRITE, TRUNCATE, CREATE, MKDIR, RENAME, LINK, UNLINK, SYNC = range(1, 9)
TOLD = 100  # the test's own records: what was acknowledged
MAGIC = 0x4F555453
HEAD = struct.Struct("<IIQqII")
PAGE = 4096


class Record:
    """One line of the journal."""

    __slots__ = ("data", "inode", "offset", "op", "path")

    def __init__(self, op: int, inode: int, offset: int, path: str, data: bytes):
        self.op, self.inode, self.offset, self.path, self.data = op, inode, offset, path, data


def tell(journal: Path, what: bytes) -> None:
    """Notes in the journal that the outside was told something, in order with what the house did."""
    handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, HEAD.pack(MAGIC, TOLD, 0, 0, 0, len(what)) + what)
    finally:
        os.close(handle)


def read(journal: Path) -> list[Record]:
    """The journal in order. A record cut off by the kill ends it."""
    content, at, records = journal.read_bytes(), 0, []
    while at + HEAD.size <= len(content):
        magic, op, inode, offset, first, second = HEAD.unpack_from(content, at)
        assert magic == MAGIC, f"the journal is broken at {at}"
        body = at + HEAD.size
        at = body + first + second
        if at > len(content):
            break
        path = content[body : body + first].decode()
        records.append(Record(op, inode, offset, path, content[body + first : at]))
    return records


class Disk:
    """The home as it is surely on disk, and what is still on its way there."""

    def __init__(self, home: Path):
        self.home = str(home)
        self.names: dict[str, int] = {self.home: 0}  # durable: path -> inode, 0 for a folder
        self.contents: dict[int, bytearray] = {}  # durable
        self._seen = dict(self.names)  # as the running house sees it
        self._writes: dict[int, list[Record]] = {}
        self._moves: list[Record] = []
        for path in sorted(home.rglob("*")):
            if path.is_dir():
                self.names[str(path)] = 0
            elif path.is_file() and not path.name.endswith("-shm"):
                inode = path.stat().st_ino
                self.names[str(path)] = inode
                self.contents[inode] = bytearray(path.read_bytes())
        self._seen = dict(self.names)

    def apply(self, record: Record) -> None:
        """Takes the next record of the journal."""
        if record.op in (WRITE, TRUNCATE):
            self._writes.setdefault(record.inode, []).append(record)
        elif record.op == SYNC:
            self._synced(record)
        elif record.op == CREATE:
            if self._seen.get(record.path) != record.inode:
                self.contents[record.inode] = bytearray()  # the number may have served an earlier file
                self._writes.pop(record.inode, None)
                self._move(record)
        elif record.op != TOLD:
            self._move(record)

    def cut(self, chance: random.Random, target: Path) -> None:
        """Writes what the disk holds if the power fails now into ``target``, an empty folder or none."""
        shutil.rmtree(target, ignore_errors=True)
        names = dict(self.names)
        for record in self._moves[: chance.choice((0, chance.randint(0, len(self._moves)), len(self._moves)))]:
            _change(names, record)
        how = chance.choice(("nothing", "in order", "torn", "torn"))
        for path, inode in sorted(names.items()):
            place = target / os.path.relpath(path, self.home)
            if any(str(folder) not in names for folder in Path(path).parents if str(folder).startswith(self.home)):
                continue  # its folder is not there
            if inode == 0:
                place.mkdir(exist_ok=True, mode=0o700)
            else:
                place.write_bytes(self._after_cut(inode, how, chance))

    def _synced(self, record: Record) -> None:
        if self._seen.get(record.path) == 0:
            rest = []
            for move in self._moves:
                if record.path in _folders(move):
                    _change(self.names, move)
                else:
                    rest.append(move)
            self._moves = rest
            return
        content = self.contents.setdefault(record.inode, bytearray())
        for write in self._writes.pop(record.inode, ()):
            _write(content, write.op, write.offset, write.data)

    def _move(self, record: Record) -> None:
        _change(self._seen, record)
        self._moves.append(record)

    def _after_cut(self, inode: int, how: str, chance: random.Random) -> bytes:
        content = bytearray(self.contents.get(inode, b""))
        waiting = self._writes.get(inode, [])
        if how == "in order":
            waiting = waiting[: chance.randint(0, len(waiting))]
        if how == "nothing":
            waiting = []
        for write in waiting:
            for offset, data in _pages(write) if how == "torn" else [(write.offset, write.data)]:
                if how != "torn" or chance.random() < 0.5:
                    _write(content, write.op, offset, data)
        return bytes(content)


def _pages(write: Record) -> list[tuple[int, bytes]]:
    """A write cut where the disk may cut it: at the page borders of the file."""
    if write.op == TRUNCATE:
        return [(write.offset, b"")]
    pieces, at, end = [], write.offset, write.offset + len(write.data)
    while at < end:
        border = min(end, (at // PAGE + 1) * PAGE)
        pieces.append((at, write.data[at - write.offset : border - write.offset]))
        at = border
    return pieces


def _write(content: bytearray, op: int, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    if op == TRUNCATE:
        del content[offset:]
    else:
        content[offset : offset + len(data)] = data


def _folders(record: Record) -> set[str]:
    paths = [record.path, record.data.decode()] if record.op in (RENAME, LINK) else [record.path]
    return {os.path.dirname(path) for path in paths}


def _change(names: dict[str, int], record: Record) -> None:
    if record.op == CREATE:
        names[record.path] = record.inode
    elif record.op == MKDIR:
        names[record.path] = 0
    elif record.op == UNLINK:
        names.pop(record.path, None)
    else:
        if record.op == RENAME:
            names.pop(record.path, None)
        names[record.data.decode()] = record.inode
