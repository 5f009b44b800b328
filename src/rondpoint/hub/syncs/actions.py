"""Files at an address and tables of databases that are brought in again and again."""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db.models import Q

from rondpoint.accounts import actions as accounts
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports import kinds
from rondpoint.hub.imports.actions import Invalid
from rondpoint.hub.imports.rules import recognising
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.syncs import rules
from rondpoint.jobs import children
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write
from rondpoint.lib.http import guarded_client
from rondpoint.lib.text import storable

log = logging.getLogger("rondpoint.syncs")
SHORTEST, LONGEST = 5, 31 * 24 * 60  # minutes between two looks
MOST = 2_000_000_000  # bytes
SECONDS = 60.0  # without a byte
PEEK_SECONDS, READ_SECONDS = 45.0, 3600.0  # that a database may take


class NotFetched(Exception):
    """The file could not be fetched; the message says why."""


def add(
    kind: str, name: str, url: str, minutes: int, origin: str, country: str, by: str, check: bool = False
) -> Sync:
    """A file that is fetched from now on. ``check``: its rows are judged first (:func:`check`), and it is switched off
    until somebody switches it on. Raises Invalid."""
    row = _row(kind, name, _url(url), minutes, origin, country, by)
    row.checks, row.active = check, not check
    return _add(row, by)


def add_database(
    kind: str, name: str, url: str, query: str, growing: str, minutes: int, origin: str, country: str, by: str
) -> Sync:
    """A table, or what one SELECT finds in a database, that is read once somebody said what its columns mean
    (:func:`choose`). It is looked into at once, for some seconds. ``growing``: a column that only grows, from whose
    last value on rows are read; "": all are, each time. Raises Invalid. Not inside ``write()``."""
    row = _row(kind, name, storable(url).strip(), minutes, origin, country, by)
    row.reads, row.active = "database", False
    row.query, row.growing = storable(query).strip(), storable(growing).strip()[:200]
    try:
        rules.statement(row.query)
        found = _asked("peek", row, PEEK_SECONDS)
    except (ValueError, NotFetched) as error:
        raise Invalid("query" if isinstance(error, rules.BadStatement) else "url", str(error)) from error
    known = kinds.get(kind)
    assert known is not None
    row.header = recognising.named([storable(name) for name in found["header"]])
    row.samples = [[storable(cell) for cell in cells] for cells in found["samples"]]
    row.mapping = recognising.recognised(row.header, known.columns, row.samples, known.own)
    return _add(row, by)


def choose(row: Sync, mapping: Sequence[str], by: str, check: bool = False) -> None:
    """Says what the columns of a database mean; from now on it is read. ``check``: its rows are judged first
    (:func:`check`), and it is switched off until somebody switches it on. Raises Invalid."""
    kind = kinds.get(row.kind)
    assert kind is not None
    row.mapping = imports.checked(kind, row.header, mapping)
    with write():  # what was shown of its first rows is needed no more
        Sync.objects.filter(id=row.id).update(
            mapping=row.mapping, samples=[], chosen=True, active=not check, checks=check, due=clock.now()
        )
        accounts.audit(by, "sync.chosen", f"sync:{row.public_id}", {"columns": len(row.mapping)})
    row.refresh_from_db()


def waits(row: Sync) -> bool:
    """Whether somebody has yet to say what its columns mean."""
    return row.reads == "database" and not (row.active or row.chosen) and row.ran is None


def check(row: Sync) -> None:
    """Within seconds its rows are fetched and judged as an import would, and none is brought in; what was found stands
    in :func:`checked`."""
    with write():
        Sync.objects.filter(id=row.id).update(checks=True, due=clock.now())


def checked(row: Sync) -> Import | None:
    """The last look that brought nothing in."""
    return Import.objects.filter(sync=row, then="check").order_by("-id").first()


def _row(kind: str, name: str, url: str, minutes: int, origin: str, country: str, by: str) -> Sync:
    if kinds.get(kind) is None:
        raise Invalid("kind", f"expected one of {', '.join(each.name for each in kinds.every())}")
    named = storable(name).strip()
    if not 1 <= len(named) <= 120:
        raise Invalid("name", "a name has 1 to 120 characters")
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid("minutes", f"expected {SHORTEST} to {LONGEST} minutes")
    return Sync(
        kind=kind, name=named, address=signing.seal(settings.SECRET_KEY, {"url": url}), minutes=minutes,
        by=by[:200], origin=imports.origin_of(origin), country=imports.country_of(country),
    )  # fmt: skip


def _add(row: Sync, by: str) -> Sync:
    with write():
        row.save()
        accounts.audit(by, "sync.added", f"sync:{row.public_id}", {"kind": row.kind, "host": host(row)})
    return row


def get(public_id: str | uuid.UUID) -> Sync | None:
    """One by its public id."""
    try:
        return Sync.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def host(row: Sync) -> str:
    """The machine it is fetched from; the rest of the address may be a secret."""
    try:
        return urlsplit(_address(row)).hostname or ""
    except ValueError:
        return ""


def switch(row: Sync, by: str) -> None:
    """Stops looking, or looks again; not before somebody said what the columns mean."""
    if waits(row):
        return
    row.active = not row.active
    with write():
        Sync.objects.filter(id=row.id).update(active=row.active, due=clock.now())
        accounts.audit(by, "sync.activity", f"sync:{row.public_id}", {"active": row.active})


def look_now(row: Sync, whole: bool = False) -> None:
    """Looks within seconds, and brings in what is there though it be the same as before; behind a check that was asked
    for, and behind an import of the same that is at work. ``whole``: all of a database, as if nothing had been read
    yet."""
    anew = {"reached": None, "reaching": None} if whole else {}
    with write():
        Sync.objects.filter(id=row.id).update(looks=True, due=clock.now(), sha256="", **anew)


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
    for row in Sync.objects.filter(Q(active=True) | Q(checks=True), due__lte=now).order_by("due"):
        busy = not row.checks and Import.objects.filter(sync=row, state__in=imports.AT_WORK).exists()
        if busy and row.looks:
            continue  # somebody asked for it: its turn comes once that import is done
        with write():  # before anything may go wrong: a file that kills us is not fetched again at once
            row.due = now + row.minutes * clock.MINUTE
            Sync.objects.filter(id=row.id).update(due=row.due)
        if busy:
            continue
        if row.checks:
            _check(row)
        else:
            _run(row, now)
        done += 1
    return done


def _run(row: Sync, now: int) -> None:
    error, said = "", {"sha256": row.sha256}
    try:
        if row.reads == "database":
            _settle(row)
        found = _found(row)
        said |= {"reaching": found["reached"]} if row.reads == "database" else {}
        if (row.looks or found["sha256"] != row.sha256) and found["rows"]:
            _begin(row, found, "run")
            said["sha256"] = found["sha256"]
    except (NotFetched, Invalid) as problem:
        error, said = str(problem), {}
        log.warning("the sync %s failed: %s", row.public_id, error)
    with write():
        Sync.objects.filter(id=row.id).update(ran=now, error=storable(error)[:1000], **said)
        Sync.objects.filter(id=row.id, due=row.due).update(looks=False)  # else it was asked for once more meanwhile


def _check(row: Sync) -> None:
    error = ""
    try:
        found = _found(row)
        if not found["rows"]:
            raise NotFetched("there are no rows to look at")
        _begin(row, found, "check")
    except (NotFetched, Invalid) as problem:
        error = str(problem)
        log.warning("the sync %s could not be checked: %s", row.public_id, error)
    due = (row.ran or clock.now()) + row.minutes * clock.MINUTE  # a look puts nothing off
    with write():
        Sync.objects.filter(id=row.id).update(checks=False, error=storable(error)[:1000])
        Sync.objects.filter(id=row.id, looks=False).update(due=due)
        Sync.objects.filter(id=row.id, looks=True).update(due=clock.now())


def _found(row: Sync) -> dict[str, Any]:
    """What is there now: {sha256, size, rows, reached}. Raises NotFetched."""
    if row.reads == "database":
        found: dict[str, Any] = _asked("fetch", row, READ_SECONDS, reached=row.reached)
        return found
    sha256, size = fetch(_address(row))
    return {"sha256": sha256, "size": size, "rows": 1, "reached": None}


def _begin(row: Sync, found: dict[str, Any], then: str) -> None:
    wanted = dict(zip(row.header, row.mapping, strict=True)) if row.reads == "database" else {}
    imports.begin(
        row.kind, row.name, found["sha256"], found["size"], row.by, row.origin, row.country, then, wanted, sync=row
    )  # fmt: skip


def _settle(row: Sync) -> None:
    """What the last import of a database reached holds, if it was done; else its rows are read again."""
    last = Import.objects.filter(sync=row).exclude(then="check").order_by("-id").first()
    if last is None or last.state != "done":
        row.sha256 = ""
    elif row.reaching is not None:
        row.reached = row.reaching
    row.reaching = None
    with write():
        Sync.objects.filter(id=row.id).update(reached=row.reached, reaching=None, sha256=row.sha256)


def _asked(what: str, row: Sync, seconds: float, **more: Any) -> Any:
    """What a child finds in a database. Raises NotFetched with a sentence."""
    said = {
        "address": _address(row), "query": row.query, "growing": row.growing,
        "allow_private": settings.ENVIRONMENT.allow_private, **more,
    }  # fmt: skip
    try:
        return children.run(f"rondpoint.hub.syncs.databases:{what}", said, seconds)
    except ValueError as error:
        raise NotFetched(str(error)) from error
    except children.Broken as error:
        log.error("a database could not be read: %s", str(error).splitlines()[-1].partition(":")[0])
        raise NotFetched(f"it could not be read to its end within {seconds:.0f} seconds") from error


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
