"""Waiting until facts that were committed are there for those who follow: on PostgreSQL any older transaction of the
whole server holds them back, also one of another test beside this one."""

import time

from rondpoint.events import queries
from rondpoint.events.models import Event

SECONDS = 120.0


def settle() -> None:
    """Returns once followers see all facts."""
    deadline = time.monotonic() + SECONDS
    last = Event.objects.order_by("-transaction", "-id").values_list("transaction", "id").first()
    while last is not None and (queries.end().transaction, queries.end().row) < last:
        assert time.monotonic() < deadline, "an older transaction is still open"
        time.sleep(0.05)
