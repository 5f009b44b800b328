"""The rows of an import: CSV in UTF-8, read from any place on, so that work goes on where it ended."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from rondpoint.hub.imports.rules.dialect import Dialect

LONGEST_LINE = 1_000_000  # bytes
LONGEST_ROW = 200  # lines in one row: more is a quotation mark that nobody closed
csv.field_size_limit(LONGEST_LINE)


class Unreadable(ValueError):
    """The file cannot be read on from here; the message says where and why."""


class Rows:
    """Rows from a byte ``position`` on, of which ``line`` came before. Both stand behind the last row that was given.

    A line is a row as spreadsheets count them: the header is 1, and a row whose cells contain breaks is one.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect, position: int = 0, line: int = 0):
        self._file, self._dialect = file, dialect
        self.position, self.line = position, line
        self._lines = 0

    def __iter__(self) -> Iterator[list[str]]:
        """Raises Unreadable."""
        self._file.seek(self.position)
        reader = csv.reader(
            self._read(), delimiter=self._dialect.delimiter, quotechar=self._dialect.quote, strict=False
        )
        while True:
            self._lines = 0
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable(f"row {self.line + 1}: {error}") from error
            self.line += 1
            yield row

    def _read(self) -> Iterator[str]:
        while raw := self._file.readline(LONGEST_LINE):
            self.position += len(raw)
            self._lines += 1
            if len(raw) == LONGEST_LINE:
                raise Unreadable(f"row {self.line + 1} has more than {LONGEST_LINE} bytes; is this a file of rows?")
            if self._lines > LONGEST_ROW:
                raise Unreadable(f"row {self.line + 1} does not end: a quotation mark is opened and never closed")
            yield raw.decode("utf-8", "replace")
