"""How fast a connection may send."""


class Bucket:
    """A token bucket: ``per_second`` on average, at most one second's worth at once. Times in seconds."""

    def __init__(self, per_second: float, now: float):
        self.per_second = per_second
        self._size = max(1.0, per_second)
        self._level = self._size
        self._at = now

    def there(self, now: float) -> int:
        """How many may leave now."""
        self._level = min(self._size, self._level + (now - self._at) * self.per_second)
        self._at = now
        return int(self._level)

    def take(self, count: int) -> None:
        """So many left."""
        self._level -= count

    def wait(self, now: float) -> float:
        """Seconds until the next one may leave; 0: now."""
        return 0.0 if self.there(now) else (1.0 - self._level) / self.per_second
