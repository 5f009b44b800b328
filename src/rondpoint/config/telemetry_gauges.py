"""What is looked up when somebody asks for metrics. What must go through a whole table is looked up once a minute."""

import contextlib
import os
import shutil
import time
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import close_old_connections, connection
from django.db.models import Count, Q, Sum

from rondpoint.channels.models import Connection, Delivery
from rondpoint.config import health
from rondpoint.conversations.models import ChatSession
from rondpoint.events import catalogue
from rondpoint.files.models import StoredFile
from rondpoint.jobs import leases
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock, counted, metrics
from rondpoint.sending.models import Dispatch
from rondpoint.sending.outbox import waiting as waiting_to_leave
from rondpoint.tracking import queries as tracking

SLOWLY = 60.0  # seconds between two looks at whole tables
KINDS = ("deliveries", "line", "lmtp", "job")
_lock = Lock()
_looked = -1000.0
_LOOKED_UP = (
    counted.waiting,
    counted.oldest,
    counted.batches,
    counted.oldest_batch,
    counted.quarantined,
    counted.differing,
    counted.queued,
    counted.unknown,
    counted.chats,
    counted.leases,
    counted.connections,
    counted.database_bytes,
    counted.wal_bytes,
    counted.files_bytes,
    counted.disk_free,
    counted.ready,
)


def text(folder: Path) -> str:
    """Prometheus' text format of what all processes of this home counted, and of what is so now. Where the database
    does not answer, what only it knows is left out."""
    counted.ready.set(int(not health.problems()))
    with _lock:
        _disk()
        with contextlib.suppress(DatabaseFault):
            close_old_connections()
            _quickly()
            _slowly()
        here = metrics.snapshot(("gauge",))
    counts = metrics.total(folder) if folder.is_dir() else {}
    for metric in _LOOKED_UP:
        counts.pop(metric.name, None)
        if metric.name in here:
            counts[metric.name] = here[metric.name]
    return metrics.text(counts)


def _quickly() -> None:
    waiting = Delivery.objects.filter(state__in=("new", "leased"))
    first = waiting.order_by("id").values_list("received", flat=True).first()
    counted.waiting.set(waiting.count())
    counted.oldest.set(round((clock.now() - first) / clock.SECOND, 1) if first else 0)
    batches, oldest = tracking.waiting()
    counted.batches.set(batches)
    counted.oldest_batch.set(round(oldest / clock.SECOND, 1))
    counted.quarantined.set(Delivery.objects.filter(state="quarantined").count())
    _fill(counted.queued, waiting_to_leave().order_by().values_list("channel").annotate(count=Count("id")))
    _fill(counted.leases, _leases().items())
    accounts = Connection.objects.filter(active=True).order_by().values_list("kind")
    counts = {"good": Count("id", filter=Q(problem="")), "bad": Count("id", filter=~Q(problem=""))}
    for kind, good, bad in accounts.annotate(**counts):
        counted.connections.set(good, kind, "well")
        counted.connections.set(bad, kind, "problem")


def _slowly() -> None:
    global _looked
    if time.monotonic() - _looked < SLOWLY:
        return
    _looked = time.monotonic()
    counted.differing.set(catalogue.waiting())
    counted.unknown.set(Dispatch.objects.filter(state="unknown").count())
    counted.chats.set(ChatSession.objects.filter(last_seen__gt=clock.now() - 5 * clock.MINUTE).count())
    counted.files_bytes.set(StoredFile.objects.aggregate(all=Sum("size"))["all"] or 0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            counted.database_bytes.set(cursor.fetchone()[0])


def _disk() -> None:
    home = settings.RONDPOINT_HOME
    with contextlib.suppress(OSError):
        counted.disk_free.set(shutil.disk_usage(home).free)
    if connection.vendor == "sqlite":
        with contextlib.suppress(OSError):
            counted.database_bytes.set(os.path.getsize(home / "rondpoint.sqlite3"))
            counted.wal_bytes.set(os.path.getsize(home / "rondpoint.sqlite3-wal"))


def _leases() -> dict[str, int]:
    held = dict.fromkeys(KINDS, 0)
    for name in Lease.objects.filter(until__gt=leases.now()).values_list("name", flat=True):
        kind = name.partition(":")[0]
        if kind in held:
            held[kind] += 1
    return held


def _fill(gauge: metrics.Gauge, rows) -> None:
    """Sets what there is; what is no longer there is 0."""
    for labels in list(gauge.values):
        gauge.set(0, *labels)
    for label, count in rows:
        gauge.set(count, label)
