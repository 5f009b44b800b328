"""What cannot wait goes first: while somebody's message is worked off in this process, other work rests in between.

All threads of a process share one processor and one turn to write; what is computed beside a message makes it late.
"""

import contextlib
import threading
from collections.abc import Iterator

SHARE = 3  # times as long as it worked, other work rests
MOST = 0.5  # seconds of rest
_lock = threading.Lock()
_under_way = 0


@contextlib.contextmanager
def pressing() -> Iterator[None]:
    """Something that somebody waits for is worked off inside."""
    global _under_way
    with _lock:
        _under_way += 1
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1


def others_press() -> bool:
    """Whether somebody's message is being worked off now."""
    return _under_way > 0


def rest(worked: float) -> float:
    """Seconds that other work should rest now, after it worked for so many."""
    return min(worked * SHARE, MOST) if others_press() else 0.0
