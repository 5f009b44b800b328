"""How long to wait before the next try."""

import math

FIRST = 5.0  # seconds
LONGEST = 3600.0
MAX_ATTEMPTS = 10
TROUBLE_AFTER = 5  # retryable failures in a row before a connection is paused
LONGEST_BREAK = 600.0


def before_retry(attempts: int, retry_after: float | None, jitter: float) -> float:
    """Seconds until the next try after ``attempts`` tries; ``jitter`` from 0 to 1 spreads them by a fifth.

    Never less than the provider asked for (Retry-After, RFC 9110 §10.2.3); its wish is capped at a day.
    """
    own = min(FIRST * 2 ** max(0, attempts - 1), LONGEST)
    own += own * 0.2 * jitter
    if retry_after is None or not is_wait(retry_after):
        return own
    return min(retry_after, 86400.0) + 0.2 * FIRST * jitter


def is_wait(retry_after: float) -> bool:
    """Whether what a provider asked for is a time to wait."""
    return math.isfinite(retry_after) and retry_after >= 0


def connection_break(failures: int, jitter: float) -> float:
    """Seconds a connection rests after this many retryable failures in a row; 0 while there are few."""
    if failures < TROUBLE_AFTER:
        return 0.0
    pause = min(FIRST * 2 ** (failures - TROUBLE_AFTER), LONGEST_BREAK)
    return pause + pause * 0.2 * jitter
