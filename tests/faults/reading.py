"""What the house's database holds, read past the product."""

import sqlite3
from pathlib import Path
from typing import Any


class Tables:
    """Questions to the database of a house, whichever engine it has."""

    def __init__(self, home: Path, url: str = ""):
        self._home, self._url = home, url

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """All rows of a question that both engines understand."""
        if self._url:
            import psycopg

            with psycopg.connect(self._url) as handle:
                return handle.execute(question).fetchall()
        handle = sqlite3.connect(self._home / "rondpoint.sqlite3", timeout=30)
        try:
            return handle.execute(question).fetchall()
        finally:
            handle.close()

    def number(self, question: str) -> int:
        """The one number that a question gives."""
        return int(self.rows(question)[0][0] or 0)
