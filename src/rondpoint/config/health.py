"""What monitoring asks: is this process ready, and who may see what was counted."""

import datetime
import hmac
import ipaddress
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from threading import Lock

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor
from msgspec import Struct
from starlette.requests import Request

from rondpoint.channels.models import Connection, Delivery
from rondpoint.config import telemetry
from rondpoint.jobs import leases
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock, logs
from rondpoint.lib.db import write
from rondpoint.segments import actions as segments

LOW_DISK = 200_000_000  # bytes
PROBE = "probe of readiness"
PROBE_EVERY = 3.0  # seconds: each proof costs an fsync
PROBE_LIMIT = 5.0  # seconds in which a write must get its turn
TABLES_EVERY = 60.0
STUCK = 5 * clock.MINUTE
GRACE = 5 * clock.SECOND  # a lease that ran out is taken by another worker within it
HANDOVER = 10.0  # seconds: one that was given back, likewise

OK, WARNING, FAILED = "ok", "warning", "failed"


class Check(Struct):
    """One thing that was looked at. ``detail`` is a sentence where something is wrong."""

    name: str
    state: str  # ok | warning | failed
    detail: str = ""
    since: int = 0  # microseconds UTC: since when it has been in this state, as far as this process knows


_thread = ThreadPoolExecutor(1, thread_name_prefix="readiness")
_lock = Lock()
_stopping = False
_probe: Future | None = None
_probed: tuple[float, str] = (-1000.0, "")
_tables: tuple[float, str] = (-1000.0, "")
_alive = -1000.0
_since: dict[str, tuple[str, int]] = {}


def stop() -> None:
    """This process stops: it is not ready from now on."""
    global _stopping
    _stopping = True


def begin() -> None:
    """This process begins to serve."""
    global _stopping
    _stopping = False


def checks() -> list[Check]:
    """Everything that was looked at, in the order of its weight. Blocking, at most some seconds."""
    if _stopping:
        return _timed([Check("stopping", FAILED, "this process is stopping")])
    found = [_database()]
    if found[0].state == OK:
        try:
            close_old_connections()
            found += [_tables_up_to_date(), _worker(), _deliveries(), _lines(), _lake()]
        except DatabaseFault as error:
            found = [Check("database", FAILED, f"the database does not answer: {type(error).__name__}")]
    return _timed([*found, _disk()])


def problems() -> list[str]:
    """Why this process should get no traffic now, in sentences; empty when it is ready."""
    return [check.detail for check in checks() if check.state == FAILED]


def report() -> tuple[int, dict]:
    """The status and the body of ``/readyz``: 503 as soon as one check failed; warnings leave it at 200."""
    found = checks()
    failed = [check.detail for check in found if check.state == FAILED]
    said = {
        "ready": not failed,
        "role": logs.role(),
        "problems": failed,
        "checks": [{"name": c.name, "state": c.state, "detail": c.detail, "since": _iso(c.since)} for c in found],
    }
    return 503 if failed else 200, said


def may_see_metrics(request: Request) -> bool:
    """Whether ``/metrics`` is for whoever asks: this machine, a trusted proxy itself, or who has the token.

    What a proxy on this machine passes on looks as if it came from here, but for the headers proxies add.
    """
    environment = settings.ENVIRONMENT
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if environment.metrics_token and kind.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), environment.metrics_token.encode())
    if set(request.headers.keys()) & {"x-forwarded-for", "forwarded", "x-real-ip", "via"} or request.client is None:
        return False
    return _is_loopback(request.client.host) or request.client.host in environment.trusted_proxies


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _timed(found: list[Check]) -> list[Check]:
    now = clock.now()
    for check in found:
        state, since = _since.get(check.name, ("", now))
        check.since = since if state == check.state else now
        _since[check.name] = (check.state, check.since)
    return found


def _iso(moment: int) -> str:
    return datetime.datetime.fromtimestamp(moment / clock.SECOND, datetime.UTC).isoformat(timespec="seconds")


def _database() -> Check:
    """A write that reached the disk some seconds ago. One that waits is not asked again, so that nothing piles up."""
    global _probe, _probed
    with _lock:
        if _probe is None and time.monotonic() - _probed[0] < PROBE_EVERY:
            return Check("database", FAILED if _probed[1] else OK, _probed[1])
        if _probe is None:
            _probe = _thread.submit(_prove)
        asked = _probe
    try:
        trouble = asked.result(timeout=PROBE_LIMIT)
    except Late:
        return Check("database", FAILED, f"a write has waited for more than {PROBE_LIMIT:g} seconds")
    with _lock:
        if _probe is asked:
            _probe, _probed = None, (time.monotonic(), trouble)
    return Check("database", FAILED if trouble else OK, trouble)


def _prove() -> str:
    try:
        close_old_connections()
        with write():
            moment = leases.now()
            if not Lease.objects.filter(name=PROBE).update(until=moment):
                Lease.objects.get_or_create(name=PROBE, defaults={"holder": "", "until": moment})
    except (DatabaseFault, OSError) as error:
        connection.close()
        return f"the database cannot be written: {type(error).__name__}"
    return ""


def _tables_up_to_date() -> Check:
    global _tables
    looked, trouble = _tables
    if time.monotonic() - looked > (PROBE_EVERY if trouble else TABLES_EVERY):
        executor = MigrationExecutor(connection)
        old = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        trouble = "the tables are not up to date: rondpoint migrate" if old else ""
        _tables = (time.monotonic(), trouble)
    return Check("tables", FAILED if trouble else OK, trouble)


def _worker() -> Check:
    """The worker's heartbeat. Where the worker belongs to the same process tree, its absence is a failure; an edge or a
    desk alone still does all that it is there for, and loses nothing by the worker's absence."""
    until = Lease.objects.filter(name=f"job:{telemetry.HEARTBEAT}").values_list("until", flat=True).first()
    global _alive
    if until is not None and leases.now() < until + GRACE:
        _alive = time.monotonic()
        return Check("worker", OK)
    if until == 0 and time.monotonic() - _alive < HANDOVER:
        return Check("worker", OK)  # it was given back a moment ago: another worker takes it
    detail = "no worker has worked yet" if until is None else "no worker shows signs of life"
    return Check("worker", _grave(), detail)


def _grave() -> str:
    return WARNING if logs.role() in ("edge", "desk") else FAILED


def _deliveries() -> Check:
    old = clock.now() - STUCK
    stuck = Delivery.objects.filter(
        state__in=("new", "leased"), error="", received__lt=old, connection__active=True
    ).exists()
    if stuck:
        return Check("deliveries", _grave(), "deliveries have waited for more than 5 minutes")
    return Check("deliveries", OK)


def _lines() -> Check:
    count = Connection.objects.filter(active=True).exclude(problem="").count()
    return Check("lines", WARNING if count else OK, f"{count} channel accounts have a problem" if count else "")


def _lake() -> Check:
    """Everything goes on without the lake: facts wait in the database."""
    away = segments.lake_is_away()
    return Check("lake", WARNING if away else OK, "the lake cannot be reached: rondpoint doctor" if away else "")


def _disk() -> Check:
    try:
        free = shutil.disk_usage(settings.RONDPOINT_HOME).free
    except OSError as error:
        return Check("disk", FAILED, f"the home cannot be looked at: {type(error).__name__}")
    if free < LOW_DISK:
        return Check("disk", FAILED, f"less than {LOW_DISK // 1_000_000} MB are free where the home lies")
    return Check("disk", OK)
