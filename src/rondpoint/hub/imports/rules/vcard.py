"""Cards of an address book: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as rows of customers. Pure."""

import quopri
import re
from collections.abc import Iterable, Iterator

COLUMNS = (
    "id", "name", "first_name", "last_name", "email", "phone", "company", "street", "postcode", "city", "country",
    "birthday", "language",
)  # fmt: skip
LONGEST = 10_000  # letters of a property that are read; a photograph has more and is not wanted
WANTED = frozenset({"UID", "FN", "N", "EMAIL", "TEL", "ORG", "ADR", "BDAY", "LANG"})
_ESCAPED = re.compile(r"\\(.)")
_CUT = re.compile(r"(?<!\\);")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T.*)?")


def rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """A row for each card, in the order of :data:`COLUMNS`."""
    card: dict[str, list[str]] = {}
    for name, value in _properties(lines):
        if name == "BEGIN":
            card = {}
        elif name == "END":
            yield [";".join(dict.fromkeys(card.get(column, []))) for column in COLUMNS]
        else:
            for column, text in _told(name, value):
                if text.strip():
                    card.setdefault(column, []).append(text.strip())


def _properties(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names and values, lines that were folded put together (RFC 6350, 3.2)."""
    whole = ""
    for raw in lines:
        line = raw.rstrip("\r\n")
        if line[:1] in (" ", "\t"):
            whole += line[1:] if len(whole) < LONGEST else ""
            continue
        if whole.endswith("=") and "QUOTED-PRINTABLE" in whole.upper().partition(":")[0]:
            whole = whole[:-1] + line if len(whole) < LONGEST else whole
            continue
        yield from _property(whole)
        whole = line
    yield from _property(whole)


def _property(line: str) -> Iterator[tuple[str, str]]:
    left, colon, value = line.partition(":")
    name, *parameters = left.split(";")
    name = name.rpartition(".")[2].upper()  # a group may stand before it
    if not colon or name not in WANTED | {"BEGIN", "END"}:
        return
    if any("QUOTED-PRINTABLE" in parameter.upper() for parameter in parameters):
        value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    yield name, value[:LONGEST]


def _told(name: str, value: str) -> list[tuple[str, str]]:
    parts = [_bare(part) for part in _CUT.split(value)]
    if name == "N":
        return [("last_name", parts[0]), ("first_name", parts[1] if len(parts) > 1 else "")]
    if name == "ADR":
        parts += [""] * 7
        return [("street", parts[2]), ("city", parts[3]), ("postcode", parts[5]), ("country", parts[6])]
    if name == "TEL":
        return [("phone", parts[0].removeprefix("tel:"))]
    if name == "BDAY":
        compact = _COMPACT_DAY.fullmatch(parts[0])
        return [("birthday", "-".join(compact.groups()) if compact else parts[0] if parts[0][:1] != "-" else "")]
    columns = {"UID": "id", "FN": "name", "EMAIL": "email", "ORG": "company", "LANG": "language"}
    return [(columns[name], parts[0])]


def _bare(text: str) -> str:
    """A value without its backslashes."""
    return _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], text)
