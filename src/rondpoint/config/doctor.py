"""``rondpoint doctor``: the commonest mistakes of an installation, each with its remedy."""

import asyncio
import json
import os
import pwd
import shutil
import sqlite3
from pathlib import Path

import httpx
import msgspec
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.channels import connections, registry
from rondpoint.channels.models import Connection, Delivery
from rondpoint.config.environment import Environment
from rondpoint.config.telemetry import HEARTBEAT
from rondpoint.jobs import children, leases
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock, signing
from rondpoint.lib.http import guarded_client, request_capped
from rondpoint.sending.models import Dispatch

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"})
CLOCK_APART = 30  # seconds


class Finding(Struct, frozen=True):
    """Something wrong, and how to mend it. ``name`` never changes: scripts may look for it."""

    name: str
    problem: str
    remedy: str


def examine() -> list[Finding]:
    """All findings, the gravest first; empty when nothing is wrong."""
    found = [*_home(), *_database()]
    if any(finding.name in ("database", "tables") for finding in found):
        return found
    return [*found, *_clock(), *_web(), *_staff(), *_connections(), *_work(), *_lake(), *_language_model()]


def as_json(findings: list[Finding]) -> str:
    """For scripts: ``{"well": …, "findings": [{"name", "problem", "remedy"}]}``."""
    return json.dumps({"well": not findings, "findings": [msgspec.to_builtins(one) for one in findings]}, indent=2)


def _home() -> list[Finding]:
    home, found = settings.RONDPOINT_HOME, []
    free = shutil.disk_usage(home).free
    if free < 1_000_000_000:
        found.append(
            Finding("disk", f"Only {free // 1_000_000} MB are free where {home} lies.", "Free some disk space.")
        )
    for path in (home, home / "secret"):
        if path.exists() and path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            found.append(Finding("permissions", f"{path} can be read by other users.", f"chmod {mode} {path}"))
    strangers = [path for path in (home, *home.iterdir()) if not os.access(path, os.R_OK | os.W_OK)]
    foreign = [path for path in (home, *home.iterdir()) if path.stat().st_uid != os.geteuid()]
    for path in (strangers or foreign)[:1]:
        found.append(
            Finding(
                "owner",
                f"{path} belongs to another user than the one who runs this.",
                f"Run rondpoint as the user of the service, or: chown -R {_user_of(home)} {home}",
            )
        )
    kind = _file_system(home)
    if kind in NETWORK_FILE_SYSTEMS and not settings.ENVIRONMENT.database_url:
        found.append(
            Finding(
                "network file system",
                f"{home} lies on {kind}: SQLite's locks do not hold there.",
                "Put RONDPOINT_HOME on a local disk, or use PostgreSQL.",
            )
        )
    return found


def _user_of(path: Path) -> str:
    try:
        return pwd.getpwuid(path.stat().st_uid).pw_name
    except KeyError:
        return str(path.stat().st_uid)


def _file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system a path lies on, after proc(5); "" where nobody says."""
    try:
        rows = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    around = {str(path.resolve()), *map(str, path.resolve().parents)}
    found = [row for row in rows if len(row) > 2 and row[1].replace("\\040", " ") in around]
    return max(found, key=lambda row: len(row[1]))[2] if found else ""


def _clock() -> list[Finding]:
    """The clock against the database's, or, on SQLite, against what was stored: nothing comes from the future."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
            apart = abs(clock.now() - cursor.fetchone()[0]) // clock.SECOND
        if apart > CLOCK_APART:
            return [
                Finding("clock", f"This clock and the database's are {apart} s apart.", "Run NTP on both machines.")
            ]
        return []
    last = Delivery.objects.order_by("-id").values_list("received", flat=True).first()
    touched = max((path.stat().st_mtime for path in settings.RONDPOINT_HOME.iterdir()), default=0)
    ahead = max(last or 0, int(touched * clock.SECOND)) - clock.now()
    if ahead > CLOCK_APART * clock.SECOND:
        what = f"The clock runs behind: something was stored {ahead // clock.SECOND} s in its future."
        return [Finding("clock", what, "Set the clock, and run NTP (timedatectl set-ntp true).")]
    return []


def _has_full_text() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        return bool(cursor.fetchone()[0])


def _database() -> list[Finding]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return [
            Finding(
                "database",
                f"The database does not answer: {type(error).__name__}",
                "Check DATABASE_URL and that the server runs.",
            )
        ]
    if plan:
        return [Finding("tables", "The database's tables are not up to date.", "rondpoint migrate")]
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < (3, 35):
        return [
            Finding(
                "sqlite", f"SQLite {sqlite3.sqlite_version} is too old.", "Use SQLite 3.35 or newer, or PostgreSQL."
            )
        ]
    if connection.vendor == "sqlite" and not _has_full_text():
        return [Finding("sqlite", "This SQLite cannot search: it lacks FTS5.", "Use Debian's Python, or PostgreSQL.")]
    return []


def _web() -> list[Finding]:
    found, environment = [], settings.ENVIRONMENT
    local = environment.url.startswith(("http://127.0.0.1", "http://localhost"))
    if not local and not environment.url.startswith("https://"):
        found.append(
            Finding("https", "RONDPOINT_URL is not https.", "Put a reverse proxy with a certificate in front.")
        )
    if local and Connection.objects.filter(active=True, settings__provider="twilio").exists():
        found.append(
            Finding(
                "webhooks",
                "RONDPOINT_URL is this machine alone, so a provider cannot reach its webhooks.",
                "Set RONDPOINT_URL to the public address.",
            )
        )
    if not local and not environment.trusted_proxies:
        found.append(
            Finding(
                "proxy",
                "No proxy is trusted, so all visitors seem to come from it and share one limit.",
                "Set RONDPOINT_TRUSTED_PROXIES to the address of the proxy, for example 127.0.0.1.",
            )
        )
    return [*found, *_port(environment)]


def _port(environment: Environment) -> list[Finding]:
    """Who answers on our port: nobody, somebody else, or a house that takes the address it is asked for as another."""
    host = "127.0.0.1" if environment.host in ("0.0.0.0", "::") else environment.host
    try:
        answer = httpx.get(f"http://{host}:{environment.port}/healthz", timeout=3)
        ready = httpx.get(f"http://{host}:{environment.port}/readyz", timeout=10)
    except httpx.ConnectError:
        return [Finding("port", f"Nothing listens on port {environment.port}.", "rondpoint up")]
    except httpx.HTTPError as error:
        what = f"What listens on port {environment.port} does not answer: {type(error).__name__}"
        return [Finding("port", what, f"See who it is: ss -ltnp 'sport = :{environment.port}'")]
    said = ready.json() if ready.headers.get("content-type", "").startswith("application/json") else {}
    if answer.text != "ok\n" or "ready" not in said:
        what = f"Another program listens on port {environment.port}."
        return [Finding("port", what, f"Set RONDPOINT_PORT, or end it: ss -ltnp 'sport = :{environment.port}'")]
    return [Finding("ready", f"Not ready: {why}", "See /readyz and the log.") for why in said.get("problems", [])]


def _staff() -> list[Finding]:
    if not User.objects.filter(role="administrator", is_active=True).exists():
        return [Finding("administrator", "There is no administrator.", "rondpoint user create you@example.com --admin")]
    return []


def _connections() -> list[Finding]:
    rows = connections.active()
    if not rows:
        return [
            Finding(
                "channels",
                "No channel is connected.",
                "rondpoint connection add chat … (see rondpoint channels show chat)",
            )
        ]
    found = []
    for row in rows:
        try:
            info = connections.info(row)
        except signing.BadToken:
            found.append(
                Finding(
                    "secret",
                    f"The secrets of {row.name} do not open.",
                    "RONDPOINT_SECRET has changed: set the old one, or enter the connection's secrets again.",
                )
            )
            continue
        for problem in registry.get(row.kind).check_settings(info.settings).values():
            found.append(Finding("settings", f"{row.name}: {problem}", "Correct it on the connection's page."))
        if row.problem:
            found.append(Finding("connection", f"{row.name}: {row.problem}", "See the connection's page."))
    return found


def _work() -> list[Finding]:
    found, old = [], clock.now() - 5 * clock.MINUTE
    until = Lease.objects.filter(name=f"job:{HEARTBEAT}").values_list("until", flat=True).first()
    if until is None or until < leases.now():
        found.append(Finding("no worker", "No worker is running.", "rondpoint up, or rondpoint worker"))
    if Delivery.objects.filter(state__in=("new", "leased"), received__lt=old, attempts=0).exists():
        found.append(
            Finding("worker", "Deliveries have waited more than five minutes.", "Is a worker running? rondpoint worker")
        )
    quarantined = Delivery.objects.filter(state="quarantined").count()
    if quarantined:
        found.append(Finding("quarantine", f"{quarantined} deliveries are in quarantine.", "rondpoint quarantine list"))
    if Dispatch.objects.filter(state="queued", due__lt=old, attempts=0).exists():
        found.append(
            Finding("sending", "Messages have waited more than five minutes to leave.", "Is a worker running?")
        )
    return found


def _lake() -> list[Finding]:
    """A file written, read and removed where the lake is, by a child, which has the libraries for it."""
    try:
        children.run("rondpoint.events.lake:probe", {"lake": settings.ENVIRONMENT.lake}, 60)
    except (children.Broken, ValueError, OSError) as error:
        why = str(error).strip().rpartition("\n")[2]
        return [Finding("lake", f"The lake cannot be reached: {why}", "Check RONDPOINT_LAKE and AWS_*; facts wait.")]
    return []


def _language_model() -> list[Finding]:
    environment = settings.ENVIRONMENT
    if not environment.llm_url:
        return []
    try:
        status = asyncio.run(_models())
    except httpx.HTTPError as error:
        why = error or type(error).__name__
        return [Finding("language model", f"The language model does not answer: {why}", "Check RONDPOINT_LLM_URL.")]
    if status in (401, 403):
        return [Finding("language model", "The language model refuses the key.", "Check RONDPOINT_LLM_KEY.")]
    if status != 200:
        return [
            Finding("language model", f"The language model answers {status}.", "RONDPOINT_LLM_URL mostly ends in /v1.")
        ]
    return []


async def _models() -> int:
    environment = settings.ENVIRONMENT
    headers = {"Authorization": f"Bearer {environment.llm_key}"} if environment.llm_key else {}
    async with guarded_client(allow_private=True) as http:
        return (await request_capped(http, "GET", f"{environment.llm_url}/models", headers=headers)).status_code
