"""Fenced leases: one holder at a time, by the database's own row and by a clock that nobody sets.

The wall clock may be set, by hand or by NTP, and would then end every lease early or never. Leases are measured by
PostgreSQL's clock, which all machines share, or, where all processes share one machine and its SQLite file, by that
machine's monotonic clock. That one begins anew when the machine does, and PostgreSQL's may be set too: a lease that
would last longer than anybody may ask for was written before that, and counts as run out.

Who was killed gives nothing back. A process of the same machine sees that it is gone and takes over at once.
"""

import time

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from rondpoint.jobs import processes
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write


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
        lease, moment = _held(name)
        if lease is None:
            try:
                with transaction.atomic():
                    return Lease.objects.create(name=name, holder=holder, until=moment + length).fence
            except IntegrityError:
                return None
        if lease.holder != holder:
            if not _is_over(lease, moment, length) and not processes.gone(lease.holder):
                return None
            lease.holder, lease.fence = holder, lease.fence + 1
        lease.until = moment + length
        lease.save(update_fields=["holder", "fence", "until"])
        return lease.fence


def renew(name: str, holder: str, seconds: float) -> bool:
    """Keeps a lease one still holds; False when it ran out or was lost."""
    length = int(seconds * clock.SECOND)
    with write():
        lease, moment = _held(name)
        if lease is None or lease.holder != holder or _is_over(lease, moment, length):
            return False
        Lease.objects.filter(id=lease.id).update(until=moment + length)
        return True


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


def _held(name: str) -> tuple[Lease | None, int]:
    """A lease, locked until the transaction ends, and the moment after: by one from before the lock, what its holder
    prolonged meanwhile would seem to reach too far."""
    return lock_row(Lease.objects.filter(name=name)).first(), now()


def _is_over(lease: Lease, moment: int, length: int) -> bool:
    """It ran out, or reaches further than ``length`` from now."""
    return not moment <= lease.until <= moment + length
