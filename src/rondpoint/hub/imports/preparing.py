"""From the file as it came to rows that can be read: which form, which encoding, which columns."""

import codecs
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from rondpoint.files import actions as store
from rondpoint.files import queries as files
from rondpoint.hub.imports import whole
from rondpoint.hub.imports.rows import Rows, Unreadable
from rondpoint.hub.imports.rules import dialect as rules
from rondpoint.hub.imports.rules import vcard
from rondpoint.hub.imports.rules.writing import written
from rondpoint.lib import isolation
from rondpoint.lib.text import storable

BEGINNING = 64 * 1024  # bytes that are looked at
SAMPLES = 20
MOST_COLUMNS = 500
EXCEL_MB, EXCEL_SECONDS = 1024, 900  # what reading a workbook may take
OURS = rules.Dialect()  # of rows that we write


class Prepared(msgspec.Struct, frozen=True):
    """The rows of a file: a stored content with its dialect, its columns and its first rows. ``whole``: they are those
    of one customer."""

    rows: str
    size: int
    dialect: rules.Dialect
    header: list[str]
    samples: list[list[str]]
    whole: bool = False


def prepare(sha256: str, size: int, one: bool) -> Prepared:
    """Makes a file readable. ``one``: it is said to be one customer, whole; else it says so itself. Raises Unreadable,
    which says what is wrong with it. Not inside ``write()``."""
    with files.opened(sha256) as file:
        beginning = file.read(BEGINNING)
    if not beginning.strip():
        raise Unreadable("there is nothing in this file")
    if beginning.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        if one or whole.is_whole(beginning):
            sha256, size = store.save_stream(written(whole.rows(_read(sha256, size))))
            return msgspec.structs.replace(_looked_at(sha256, size, OURS), whole=True)
        sha256, size = store.save_stream(_from_json(sha256))
        return _looked_at(sha256, size, OURS)
    if beginning.startswith(b"PK\x03\x04"):
        sha256, size = _from_excel(sha256)
        return _looked_at(sha256, size, OURS)
    if beginning.startswith((b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("this is no file of rows; save it as CSV or .xlsx and bring that")
    sha256, size = _in_utf8(sha256, size, beginning)
    if beginning.lstrip(b"\xef\xbb\xbf \r\n\t")[:11].upper() == b"BEGIN:VCARD":
        sha256, size = store.save_stream(written(_cards(sha256)))
        return _looked_at(sha256, size, OURS)
    with files.opened(sha256) as file:
        text = file.read(BEGINNING).decode("utf-8", "ignore")
    return _looked_at(sha256, size, rules.guess(text))


def _looked_at(sha256: str, size: int, dialect: rules.Dialect) -> Prepared:
    with files.opened(sha256) as file:
        rows = iter(Rows(file, dialect, dialect.skip))
        header = next(rows, [])
        if len(header) > MOST_COLUMNS:
            raise Unreadable(f"row 1 has {len(header)} columns; at most {MOST_COLUMNS} are read")
        samples: list[list[str]] = []
        for row in rows:
            if any(cell.strip() for cell in row):
                samples.append([storable(cell[:200]) for cell in row])
            if len(samples) == SAMPLES:
                break
    if not any(cell.strip() for cell in header):
        raise Unreadable("row 1 names no column; it has to be a header, such as email;first_name;last_name")
    if not samples:
        raise Unreadable("there is a header but no row below it")
    return Prepared(sha256, size, dialect, [storable(cell) for cell in header], samples)


def _in_utf8(sha256: str, size: int, beginning: bytes) -> tuple[str, int]:
    """The content in UTF-8 with line feeds: the same one where it is so already."""
    encoding = rules.encoding(beginning)
    if encoding == "utf-8" and _is_utf8(sha256):
        if b"\r" in beginning and b"\n" not in beginning:
            return store.save_stream(_written_anew(sha256, "utf-8"))
        return sha256, size
    try:
        return store.save_stream(_written_anew(sha256, "cp1252" if encoding == "utf-8" else encoding))
    except UnicodeError as error:
        raise Unreadable(f"its text is neither UTF-8 nor {encoding}: {error.reason}") from error


def _is_utf8(sha256: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in files.chunks(sha256, 1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _written_anew(sha256: str, encoding: str) -> Iterator[bytes]:
    errors = "replace" if encoding == "cp1252" else "strict"
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    for chunk in files.chunks(sha256, 1 << 20):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _from_excel(sha256: str) -> tuple[str, int]:
    """The first sheet with rows, read by a child with limits: its bytes are a stranger's."""
    target = Path(settings.RONDPOINT_HOME) / "files" / f"{store.PARTIAL}sheet-{sha256[:16]}"
    said = {"source": str(files.path(sha256)), "target": str(target)}
    child = isolation.Isolated(
        "rondpoint.hub.imports.excel:convert", memory_mb=EXCEL_MB, seconds=EXCEL_SECONDS, calls=1
    )
    try:
        child.call(json.dumps(said).encode())
        with target.open("rb") as made:
            return store.save_stream(iter(lambda: made.read(1 << 20), b""))
    except isolation.Crashed as error:
        raise Unreadable(f"this Excel file cannot be read: {error}; save it as CSV and bring that") from error
    except ValueError as error:
        raise Unreadable(f"this Excel file cannot be read: {error}") from error
    finally:
        child.close()
        target.unlink(missing_ok=True)


def _cards(sha256: str) -> Iterator[list[str]]:
    with files.opened(sha256) as file:
        yield list(vcard.COLUMNS)
        yield from vcard.rows(raw.decode("utf-8", "replace") for raw in iter(lambda: file.readline(BEGINNING), b""))


def _from_json(sha256: str) -> Iterator[bytes]:
    """JSON lines, or one JSON array of objects, as CSV. The columns are those of the first thousand objects."""
    columns: dict[str, None] = {}
    for number, item in enumerate(_objects(sha256)):
        columns.update(dict.fromkeys(item))
        if number == 1000:
            break
    names = list(columns)
    yield from written(iter([names]))
    yield from written([_cell(name, item.get(name)) for name in names] for item in _objects(sha256))


def _read(sha256: str, size: int) -> bytes:
    """A file that is one piece. Raises Unreadable where it is too long for that."""
    if size > whole.MOST:
        raise Unreadable(f"one customer has at most {whole.MOST // 1_000_000} MB")
    return files.read(sha256)


def _objects(sha256: str) -> Iterator[dict[str, Any]]:
    with files.opened(sha256) as file:
        if file.read(BEGINNING).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"["):
            yield from _array(sha256)
            return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _object(line.removeprefix(codecs.BOM_UTF8), f"line {number}")


def _array(sha256: str) -> Iterator[dict[str, Any]]:
    if files.path(sha256).stat().st_size > 50_000_000:
        raise Unreadable("a JSON array has at most 50 MB; write one object a line instead")
    try:
        items = json.loads(files.read(sha256))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"this is not JSON: {error}") from error
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise Unreadable(f"item {number} is no object")
        yield item


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{place} is not JSON: {error}") from error
    if not isinstance(item, dict):
        raise Unreadable(f"{place} is no object")
    return item


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.startswith("json:"):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
