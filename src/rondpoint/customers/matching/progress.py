"""How far a comparison of all records is, written down for those who wait for it."""

import time

from rondpoint.customers.matching.models import MatchRun
from rondpoint.lib.db import write

EVERY = 1.0  # seconds between two figures


class Progress:
    """The steps of one :class:`MatchRun` (``rules.timing.STEPS``)."""

    def __init__(self, run: int):
        self._run, self._said, self._step = run, 0.0, ""

    def begin(self, step: str) -> None:
        """A step begins."""
        self._step = step
        self._write(None)

    def done(self, part: int, of: int) -> None:
        """So much of the step is done; told once a second at most."""
        if of and time.monotonic() - self._said >= EVERY:
            self._write(min(100, 100 * part // of))

    def _write(self, percent: int | None) -> None:
        self._said = time.monotonic()
        with write():
            MatchRun.objects.filter(id=self._run).update(step=self._step, percent=percent)
