"""Which traits there are: each name is kept once, when a profile first says it."""

import time
from collections.abc import Iterable

from django.db import transaction

from rondpoint.customers.models import TraitName
from rondpoint.lib import bulk

MOST = 2000  # whoever may tell traits could else fill the table
KEPT = 60.0  # seconds that a process relies on what it has seen: a restored or emptied house knows nothing of it
_seen: set[str] = set()
_since = 0.0


def note(names: Iterable[str]) -> None:
    """Remembers which traits there are, inside the ``write()`` in which profiles said them. What this process has seen
    a moment before costs nothing."""
    global _since
    if time.monotonic() - _since > KEPT:
        _since = time.monotonic()
        _seen.clear()
    new = {name[:100] for name in names} - _seen
    if not new:
        return
    if TraitName.objects.count() < MOST:
        bulk.insert_new([TraitName(name=name) for name in sorted(new)])
    transaction.on_commit(lambda: _seen.update(new))
