"""Reading a backup through, so that nothing is begun with one that is not whole."""

import hashlib
from typing import BinaryIO

import msgspec
from django.db.migrations.loader import MigrationLoader

from rondpoint.config.safekeeping import archive
from rondpoint.config.safekeeping.archive import HEAD, MANIFEST, Damaged, Member
from rondpoint.config.safekeeping.types import FORMAT, Contents, Failure, Head, Manifest, Table


class Found:
    """What was met on the way through an archive; :meth:`compare` holds it against its manifest."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self._digests: dict[str, hashlib._Hash] = {}
        self.files, self.outbox = Contents(), Contents()
        self.home: set[str] = set()
        self._piece = ("", 0)

    def rows(self, member: Member):
        """The lines of one piece of a table, counted as they are taken."""
        _, name, piece = member.name.split("/")
        number = int(piece.partition(".")[0])
        before, count = self._piece
        if number != (count + 1 if name == before else 1) or (name != before and name in self.tables):
            raise Damaged(f"{member.name} is not where it belongs")
        self._piece = (name, number)
        table = self.tables.setdefault(name, Table(name=name, key="", columns=[]))
        digest = self._digests.setdefault(name, hashlib.sha256())
        for line in archive.lines(member):
            table.rows += 1
            digest.update(line)
            yield line

    def content(self, member: Member):
        """The pieces of a stored content. Raises Damaged at its end when it is not what its name says."""
        digest = hashlib.sha256()
        for chunk in member.chunks:
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != member.name.partition("/")[2]:
            raise Damaged(f"{member.name} is not what its name says")
        self.files = _more(self.files, member.size)

    def other(self, member: Member) -> None:
        """Counts a mail of the outbox or a file of the home."""
        if member.name.startswith("outbox/"):
            self.outbox = _more(self.outbox, member.size)
        else:
            self.home.add(member.name)

    def compare(self, manifest: Manifest) -> None:
        """Raises Damaged unless the archive held what its manifest says."""
        for table in manifest.tables:
            seen = self.tables.pop(table.name, Table(name=table.name, key="", columns=[]))
            digest = self._digests.get(table.name, hashlib.sha256())
            if (seen.rows, digest.hexdigest()) != (table.rows, table.sha256):
                raise Damaged(f"the rows of {table.name} are not those of its manifest")
        if self.tables:
            raise Damaged(f"its manifest does not know {', '.join(sorted(self.tables))}")
        if (self.files, self.outbox) != (manifest.files, manifest.outbox):
            raise Damaged("files are missing or too many")
        if ("home/secret" in self.home) != (manifest.secret == "kept"):
            raise Damaged("its secret is missing, or there although it was left out")


def verify(file: BinaryIO) -> Manifest:
    """Reads everything and checks every sum. Raises Damaged with the first thing that is wrong."""
    found, head, manifest = Found(), None, None
    for member in archive.members(file):
        if member.name == HEAD:
            head = _head(member)
        elif member.name == MANIFEST:
            manifest = read_manifest(member)
        elif member.name.startswith("tables/"):
            for _line in found.rows(member):
                pass
        elif member.name.startswith("files/"):
            for _chunk in found.content(member):
                pass
        else:
            found.other(member)
    if head is None or manifest is None or manifest.head != head:
        raise Damaged("its manifest is missing or another's")
    found.compare(manifest)
    return manifest


def read_manifest(member: Member) -> Manifest:
    """The manifest. Raises Damaged."""
    try:
        return msgspec.json.decode(member.content(), type=Manifest)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Damaged(f"its manifest cannot be read: {error}") from error


def known(manifest: Manifest) -> None:
    """Raises Failure when the backup was made by a version that knew migrations which this one does not."""
    here = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    for app, names in manifest.migrations.items():
        for name in names:
            if (app, name) not in here:
                raise Failure(
                    f"the backup was made by version {manifest.head.version}, whose tables this version does not know "
                    f"({app}.{name}): install version {manifest.head.version} or a newer one"
                )


def _head(member: Member) -> Head:
    try:
        head = msgspec.json.decode(member.content(), type=Head)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Damaged(f"its first part cannot be read: {error}") from error
    if head.format != FORMAT:
        raise Failure(f"its format is {head.format} (version {head.version}); this version reads format {FORMAT}")
    return head


def _more(contents: Contents, size: int) -> Contents:
    return Contents(count=contents.count + 1, bytes=contents.bytes + size)
