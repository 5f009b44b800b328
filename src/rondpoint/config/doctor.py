"""``rondpoint doctor``: the commonest mistakes of an installation, each with its remedy."""

import asyncio
import shutil
import socket
import sqlite3

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.channels import connections, registry
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib import clock, signing
from rondpoint.lib.http import guarded_client, request_capped
from rondpoint.sending.models import Dispatch


class Finding(Struct, frozen=True):
    """Something wrong, and how to mend it."""

    problem: str
    remedy: str


def examine() -> list[Finding]:
    """All findings, the gravest first; empty when nothing is wrong."""
    found = [*_home(), *_database()]
    if any(finding.problem.startswith("The database") for finding in found):
        return found
    return [*found, *_web(), *_staff(), *_connections(), *_work(), *_language_model()]


def _home() -> list[Finding]:
    home, found = settings.RONDPOINT_HOME, []
    free = shutil.disk_usage(home).free
    if free < 1_000_000_000:
        found.append(Finding(f"Only {free // 1_000_000} MB are free where {home} lies.", "Free some disk space."))
    if home.stat().st_mode & 0o077:
        found.append(Finding(f"{home} can be read by other users.", f"chmod 700 {home}"))
    return found


def _has_full_text() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
        return bool(cursor.fetchone()[0])


def _database() -> list[Finding]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return [Finding(f"The database does not answer: {error}", "Check DATABASE_URL and that the server runs.")]
    if plan:
        return [Finding("The database's tables are not up to date.", "rondpoint migrate")]
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < (3, 35):
        return [Finding(f"SQLite {sqlite3.sqlite_version} is too old.", "Use SQLite 3.35 or newer, or PostgreSQL.")]
    if connection.vendor == "sqlite" and not _has_full_text():
        return [Finding("This SQLite cannot search: it lacks FTS5.", "Use Debian's Python, or PostgreSQL.")]
    return []


def _web() -> list[Finding]:
    found, environment = [], settings.ENVIRONMENT
    local = environment.url.startswith(("http://127.0.0.1", "http://localhost"))
    if not local and not environment.url.startswith("https://"):
        found.append(Finding("RONDPOINT_URL is not https.", "Put a reverse proxy with a certificate in front."))
    if local and Connection.objects.filter(active=True, settings__provider="twilio").exists():
        found.append(
            Finding(
                "RONDPOINT_URL is this machine alone, so a provider cannot reach its webhooks.",
                "Set RONDPOINT_URL to the public address.",
            )
        )
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((environment.host, environment.port)) != 0:
            found.append(Finding(f"Nothing listens on port {environment.port}.", "rondpoint up"))
    return found


def _staff() -> list[Finding]:
    if not User.objects.filter(role="administrator", is_active=True).exists():
        return [Finding("There is no administrator.", "rondpoint user create you@example.com --admin")]
    return []


def _connections() -> list[Finding]:
    rows = connections.active()
    if not rows:
        return [
            Finding("No channel is connected.", "rondpoint connection add chat … (see rondpoint channels show chat)")
        ]
    found = []
    for row in rows:
        try:
            info = connections.info(row)
        except signing.BadToken:
            found.append(
                Finding(
                    f"The secrets of {row.name} do not open.",
                    "RONDPOINT_SECRET has changed: set the old one, or enter the connection's secrets again.",
                )
            )
            continue
        for problem in registry.get(row.kind).check_settings(info.settings).values():
            found.append(Finding(f"{row.name}: {problem}", "Correct it on the connection's page."))
        if row.problem:
            found.append(Finding(f"{row.name}: {row.problem}", "See the connection's page."))
    return found


def _work() -> list[Finding]:
    found, old = [], clock.now() - 5 * clock.MINUTE
    if Delivery.objects.filter(state__in=("new", "leased"), received__lt=old, attempts=0).exists():
        found.append(Finding("Deliveries have waited more than five minutes.", "Is a worker running? rondpoint worker"))
    quarantined = Delivery.objects.filter(state="quarantined").count()
    if quarantined:
        found.append(Finding(f"{quarantined} deliveries are in quarantine.", "rondpoint quarantine list"))
    if Dispatch.objects.filter(state="queued", due__lt=old, attempts=0).exists():
        found.append(Finding("Messages have waited more than five minutes to leave.", "Is a worker running?"))
    return found


def _language_model() -> list[Finding]:
    environment = settings.ENVIRONMENT
    if not environment.llm_url:
        return []
    try:
        status = asyncio.run(_models())
    except httpx.HTTPError as error:
        why = error or type(error).__name__
        return [Finding(f"The language model does not answer: {why}", "Check RONDPOINT_LLM_URL.")]
    if status in (401, 403):
        return [Finding("The language model refuses the key.", "Check RONDPOINT_LLM_KEY.")]
    if status != 200:
        return [Finding(f"The language model answers {status}.", "RONDPOINT_LLM_URL mostly ends in /v1.")]
    return []


async def _models() -> int:
    environment = settings.ENVIRONMENT
    headers = {"Authorization": f"Bearer {environment.llm_key}"} if environment.llm_key else {}
    async with guarded_client(allow_private=True) as http:
        return (await request_capped(http, "GET", f"{environment.llm_url}/models", headers=headers)).status_code
