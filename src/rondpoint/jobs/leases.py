"""Fenced leases: one holder at a time, by the database's own row and by a clock that nobody sets.

The wall clock may be set, by hand or by NTP, and would then end every lease early or never. Leases are measured by
PostgreSQL's clock, which all machines share, or, where all processes share one machine and its SQLite file, by that
machine's monotonic clock. That one begins anew when the machine does, and PostgreSQL's may be set too: a lease that
would last longer than anybody may ask for was written before that, and counts as run out.
"""

import time

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from rondpoint.jobs.models import Lease
from rondpoint.lib import clock
from rondpoint.lib.db import write


def now() -> int:
    """Microseconds of the clock by which leases run. Only good to be compared with itself in one installation."""
    if connection.vendor != "postgresql":
        return time.monotonic_ns() // 1000
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return cursor.fetchone()[0]


def acquire(name: str, holder: str, seconds: float) -> int | None:
    """Takes or keeps the lease; the fence number, or None while another holds it. All ask for the same ``seconds``."""
    length = int(seconds * clock.SECOND)
    with write():
        moment = now()
        mine = Lease.objects.filter(name=name, holder=holder)
        if not mine.update(until=moment + length):
            lease = Lease.objects.filter(name=name).first()
            if lease is None:
                try:
                    with transaction.atomic():
                        Lease.objects.create(name=name, holder=holder, until=moment + length)
                except IntegrityError:
                    return None
            elif not _over(moment, length).filter(id=lease.id, fence=lease.fence).update(
                holder=holder, until=moment + length, fence=lease.fence + 1
            ):
                return None
        return mine.values_list("fence", flat=True).first()


def renew(name: str, holder: str, seconds: float) -> bool:
    """Keeps a lease one still holds; False when it ran out or was lost."""
    length = int(seconds * clock.SECOND)
    with write():
        moment = now()
        held = Lease.objects.filter(name=name, holder=holder).exclude(id__in=_over(moment, length).values("id"))
        return bool(held.update(until=moment + length))


def release(name: str, holder: str) -> None:
    """Gives the lease back, so that the next one need not wait for it to run out."""
    with write():
        Lease.objects.filter(name=name, holder=holder).update(until=0)


def rest(name: str, seconds: float) -> None:
    """Nobody shall do the thing for ``seconds``, a day at most; never shortens a rest that was asked for before."""
    with write():
        moment = now()
        until = moment + int(min(seconds * clock.SECOND, clock.DAY))
        Lease.objects.get_or_create(name=name, defaults={"holder": "", "until": until})
        shorter = Q(until__lt=until) | Q(until__gt=moment + clock.DAY)
        Lease.objects.filter(shorter, name=name).update(until=until)


def resting(name: str) -> bool:
    """Whether a rest asked for by :func:`rest` still lasts."""
    until = Lease.objects.filter(name=name).values_list("until", flat=True).first()
    return until is not None and 0 < until - now() <= clock.DAY


def _over(moment: int, length: int) -> QuerySet:
    """Leases that ran out, or that reach further than ``length`` from now."""
    return Lease.objects.filter(Q(until__lt=moment) | Q(until__gt=moment + length))
