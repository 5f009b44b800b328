"""Fenced leases: one holder at a time, found out by the database's own row and never by two clocks agreeing."""

from django.db import IntegrityError, transaction

from rondpoint.jobs.models import Lease
from rondpoint.lib import clock
from rondpoint.lib.db import write


def acquire(name: str, holder: str, seconds: float) -> int | None:
    """Takes or keeps the lease; the fence number, or None while another holds it."""
    now = clock.now()
    until = now + int(seconds * clock.SECOND)
    with write():
        taken = Lease.objects.filter(name=name, holder=holder).update(until=until)
        if not taken:
            lease = Lease.objects.filter(name=name).first()
            if lease is None:
                try:
                    with transaction.atomic():
                        Lease.objects.create(name=name, holder=holder, until=until)
                except IntegrityError:
                    return None
            elif not Lease.objects.filter(id=lease.id, fence=lease.fence, until__lt=now).update(
                holder=holder, until=until, fence=lease.fence + 1
            ):
                return None
    return Lease.objects.values_list("fence", flat=True).get(name=name)


def renew(name: str, holder: str, seconds: float) -> bool:
    """Keeps a lease one still holds; False when it was lost."""
    now = clock.now()
    with write():
        return bool(
            Lease.objects.filter(name=name, holder=holder, until__gte=now).update(
                until=now + int(seconds * clock.SECOND)
            )
        )


def release(name: str, holder: str) -> None:
    """Gives the lease back, so that the next one need not wait for it to run out."""
    with write():
        Lease.objects.filter(name=name, holder=holder).update(until=0)
