"""Which traits there are: each name is kept once, when a profile first says it."""

from collections.abc import Iterable

from django.db import transaction

from rondpoint.customers.models import TraitName
from rondpoint.lib import bulk

MOST = 2000  # whoever may tell traits could else fill the table
_seen: set[str] = set()


def note(names: Iterable[str]) -> None:
    """Remembers which traits there are, inside the ``write()`` in which profiles said them. What this process has seen
    before costs nothing."""
    new = {name[:100] for name in names} - _seen
    if not new:
        return
    if TraitName.objects.count() < MOST:
        bulk.insert_new([TraitName(name=name) for name in sorted(new)])
    transaction.on_commit(lambda: _seen.update(new))
