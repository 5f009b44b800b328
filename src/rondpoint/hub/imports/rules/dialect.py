"""How a text file of rows is written: guessed from its beginning. Pure."""

import codecs
import csv
import io

from msgspec import Struct

DELIMITERS = (";", ",", "\t", "|")
LOOKED_AT = 20  # rows
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Dialect(Struct, frozen=True):
    """``skip``: bytes before the header, such as Excel's ``sep=;`` line."""

    delimiter: str = ","
    quote: str = '"'
    skip: int = 0


def encoding(beginning: bytes) -> str:
    """The encoding that the first bytes tell; ``utf-8`` where they tell none: whether it holds is seen when all is
    read. Without a mark UTF-16 is seen by its zeros."""
    for mark, name in BOMS:
        if beginning.startswith(mark):
            return name
    even, odd = beginning[0:400:2], beginning[1:400:2]
    if len(odd) > 4 and odd.count(0) > len(odd) * 0.6:
        return "utf-16-le"
    if len(even) > 4 and even.count(0) > len(even) * 0.6:
        return "utf-16-be"
    return "utf-8"


def guess(beginning: str) -> Dialect:
    """The dialect of rows out of their first thousands of letters: what cuts most rows into equally many cells."""
    skip = 0
    first, _, rest = beginning.partition("\n")
    marked = first.strip().lower()
    if marked.startswith("sep=") and len(marked) == 5:
        return Dialect(marked[4], _quote(rest, marked[4]), len(first.encode()) + 1)
    if marked == "sep=" and "\t" in first:
        return Dialect("\t", '"', len(first.encode()) + 1)
    best, most = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        counts = [len(row) for row in _rows(beginning, delimiter, '"') if row]
        if not counts or counts[0] < 2:
            continue
        alike = sum(count == counts[0] for count in counts) / len(counts)
        if (alike, counts[0]) > most:
            best, most = delimiter, (alike, counts[0])
    return Dialect(best, _quote(beginning, best), skip)


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    found = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote):
            found.append(row)
            if len(found) > LOOKED_AT:
                break
    except csv.Error:
        pass  # what was read until there tells enough
    return found[:-1] if len(found) > 1 else found  # the last one may be cut


def _quote(text: str, delimiter: str) -> str:
    """The apostrophe, where cells stand between apostrophes and none between quotation marks."""
    first = text.partition("\n")[0].strip().split(delimiter)
    between = [cell for cell in first if len(cell) > 1 and cell[0] == cell[-1] == "'"]
    return "'" if between and '"' not in text else '"'
