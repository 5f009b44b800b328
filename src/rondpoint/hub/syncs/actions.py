"""Files at an address that are brought in again and again."""

import asyncio
import logging
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports import kinds
from rondpoint.hub.imports.actions import Invalid
from rondpoint.hub.models import Import, Sync
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write
from rondpoint.lib.http import guarded_client
from rondpoint.lib.text import storable

log = logging.getLogger("rondpoint.syncs")
SHORTEST, LONGEST = 5, 31 * 24 * 60  # minutes between two looks
MOST = 2_000_000_000  # bytes
SECONDS = 60.0  # without a byte


class NotFetched(Exception):
    """The file could not be fetched; the message says why."""


def add(kind: str, name: str, url: str, minutes: int, origin: str, country: str, by: str) -> Sync:
    """A file that is fetched from now on. Raises Invalid."""
    if kinds.get(kind) is None:
        raise Invalid("kind", f"expected one of {', '.join(each.name for each in kinds.every())}")
    named = storable(name).strip()
    if not 1 <= len(named) <= 120:
        raise Invalid("name", "a name has 1 to 120 characters")
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid("minutes", f"expected {SHORTEST} to {LONGEST} minutes")
    row = Sync(
        kind=kind, name=named, address=signing.seal(settings.SECRET_KEY, {"url": _url(url)}), minutes=minutes,
        by=by[:200], origin=imports.origin_of(origin), country=imports.country_of(country),
    )  # fmt: skip
    with write():
        row.save()
        accounts.audit(by, "sync.added", f"sync:{row.public_id}", {"kind": kind, "host": host(row)})
    return row


def get(public_id: str | uuid.UUID) -> Sync | None:
    """One by its public id."""
    try:
        return Sync.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def host(row: Sync) -> str:
    """The machine it is fetched from; the rest of the address may be a secret."""
    return urlsplit(_address(row)).hostname or ""


def switch(row: Sync, by: str) -> None:
    """Stops looking, or looks again."""
    row.active = not row.active
    with write():
        Sync.objects.filter(id=row.id).update(active=row.active, due=clock.now())
        accounts.audit(by, "sync.activity", f"sync:{row.public_id}", {"active": row.active})


def look_now(row: Sync) -> None:
    """Looks within seconds, and brings in what is there though it be the same as before."""
    with write():
        Sync.objects.filter(id=row.id).update(due=clock.now(), sha256="")


def remove(row: Sync, by: str) -> None:
    """Looks no more; what was brought in stays."""
    with write():
        accounts.audit(by, "sync.removed", f"sync:{row.public_id}", {"name": row.name})
        row.delete()


def run_due(now: int | None = None) -> int:
    """Fetches what is due and begins to bring it in; how many. What failed is tried again at its next time. Run again
    and again by a worker."""
    now = now or clock.now()
    done = 0
    for row in Sync.objects.filter(active=True, due__lte=now).order_by("due"):
        with write():  # before anything may go wrong: a file that kills us is not fetched again at once
            Sync.objects.filter(id=row.id).update(due=now + row.minutes * clock.MINUTE)
        if Import.objects.filter(sync=row, state__in=imports.AT_WORK).exists():
            continue
        done += 1
        _run(row, now)
    return done


def _run(row: Sync, now: int) -> None:
    error, sha256 = "", row.sha256
    try:
        found, size = fetch(_address(row))
        if found != row.sha256:
            imports.begin(row.kind, row.name, found, size, row.by, row.origin, row.country, "run", sync=row)
            sha256 = found
    except (NotFetched, Invalid) as problem:
        error = str(problem)
        log.warning("the sync %s failed: %s", row.public_id, error)
    with write():
        Sync.objects.filter(id=row.id).update(ran=now, error=storable(error)[:1000], sha256=sha256)


def fetch(url: str) -> tuple[str, int]:
    """Stores what is at an address; its SHA-256 and its bytes. Raises NotFetched. Not inside ``write()``."""
    target = Path(settings.RONDPOINT_HOME) / "files" / f"{store.PARTIAL}sync-{ids.uuid7()}"
    try:
        asyncio.run(_fetch(url, target))
        with target.open("rb") as file:
            return store.save_stream(iter(lambda: file.read(1 << 20), b""))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(str(error)[:300] or type(error).__name__) from error
    finally:
        target.unlink(missing_ok=True)


async def _fetch(url: str, target: Path) -> None:
    size = 0
    timeout = httpx.Timeout(SECONDS)
    async with (
        guarded_client(settings.ENVIRONMENT.allow_private, timeout=timeout) as http,
        http.stream("GET", url) as answer,
    ):
        if answer.status_code != 200:
            raise NotFetched(f"it answers {answer.status_code}")
        with target.open("wb") as file:
            async for chunk in answer.aiter_bytes(1 << 16):
                size += len(chunk)
                if size > MOST:
                    raise NotFetched(f"a file has at most {MOST // 1_000_000_000} GB")
                await asyncio.to_thread(file.write, chunk)


def _address(row: Sync) -> str:
    return str(signing.unseal(settings.SECRET_KEY, row.address)["url"])


def _url(text: str) -> str:
    url = storable(text).strip()
    try:
        parts = urlsplit(url)
        named = parts.hostname
    except ValueError:
        named = None
    if not named or parts.scheme not in ("https", "http") or len(url) > 2000:
        raise Invalid("url", "expected an address such as https://www.example.com/customers.csv")
    if parts.scheme == "http" and not settings.ENVIRONMENT.allow_private:
        raise Invalid("url", "expected https: what is fetched is about people")
    return url
