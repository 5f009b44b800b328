"""Brakes for a public protocol, counted in this process: rough, and enough against a runaway page."""

import time
from collections import deque


class Brake:
    """At most ``most`` calls per ``seconds`` for each key."""

    def __init__(self, most: int, seconds: float, keys: int = 50_000):
        self._most, self._seconds, self._keys = most, seconds, keys
        self._calls: dict[str, deque[float]] = {}

    def wait(self, key: str) -> int:
        """0 when the call may go on, else after how many seconds to come again."""
        now = time.monotonic()
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - self._seconds:
            calls.popleft()
        if len(calls) >= self._most:
            return max(1, int(calls[0] + self._seconds - now) + 1)
        calls.append(now)
        if len(self._calls) > self._keys:
            self._calls = {
                name: times for name, times in self._calls.items() if times and times[-1] > now - self._seconds
            }
        return 0
