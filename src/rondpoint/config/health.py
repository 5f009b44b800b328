"""What monitoring asks."""

import shutil

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from rondpoint.channels.models import Delivery
from rondpoint.lib import clock
from rondpoint.sending.models import Dispatch

LOW_DISK = 200_000_000  # bytes


def problems() -> list[str]:
    """Why this process should get no traffic now, in sentences; empty when it is ready."""
    found = []
    try:
        close_old_connections()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM channels_connection LIMIT 1")
    except DatabaseError as error:
        found.append(f"the database does not answer: {type(error).__name__}")
    if shutil.disk_usage(settings.RONDPOINT_HOME).free < LOW_DISK:
        found.append(f"less than {LOW_DISK // 1_000_000} MB are free in {settings.RONDPOINT_HOME}")
    return found


def metrics() -> str:
    """Gauges of the work that waits, in Prometheus' text format."""
    close_old_connections()
    waiting = Delivery.objects.filter(state__in=("new", "leased"))
    oldest = waiting.order_by("id").values_list("received", flat=True).first()
    age = (clock.now() - oldest) / clock.SECOND if oldest else 0
    gauges = {
        "rondpoint_deliveries_waiting": waiting.count(),
        "rondpoint_deliveries_oldest_seconds": round(age, 1),
        "rondpoint_deliveries_quarantined": Delivery.objects.filter(state="quarantined").count(),
        "rondpoint_dispatches_queued": Dispatch.objects.filter(state="queued").count(),
        "rondpoint_dispatches_unknown": Dispatch.objects.filter(state="unknown").count(),
    }
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in gauges.items())
