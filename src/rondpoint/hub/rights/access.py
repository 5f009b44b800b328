"""What a person may have: all that is known of her, as a file for machines and as one to read and print."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.customers import queries as customers
from rondpoint.files import actions as store
from rondpoint.files import collect
from rondpoint.hub.models import RightsRequest
from rondpoint.hub.rights.types import KEPT
from rondpoint.jobs import children
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

log = logging.getLogger("rondpoint.rights")
FORMS = {"json": "application/json; charset=utf-8", "pdf": "application/pdf"}
LONGEST = 600.0  # seconds that making them may take
LINK = "files of an access request"


def is_waiting() -> bool:
    """Whether somebody waits for her files."""
    return RightsRequest.objects.filter(kind="access", state="working").exists()


def make_one(keep: Callable[[], object]) -> int:
    """Makes the files of the request that waited longest, and calls ``keep`` meanwhile; 1 when there was one."""
    row = RightsRequest.objects.filter(kind="access", state="working").order_by("id").first()
    if row is None:
        return 0
    person = customers.resolve(row.customer)
    if person is None:
        _close(row, {"state": "refused", "answer": "there is no such customer any more"})
        return 1
    try:
        made = children.run("rondpoint.hub.rights.access_file:make", {"customer": person.id}, LONGEST, keep)
    except children.Ended:
        return 0  # the next start takes it up
    except (children.Broken, ValueError) as error:
        log.error("the files of the request %s could not be made: %s", row.public_id, error)
        _close(row, {"state": "open", "answer": "the files could not be made; the log has more"})
        return 1
    names = [sha256 for sha256, _ in made]
    said = {"json_sha256": names[0], "page_sha256": names[1], "state": "done", "answer": ""}
    with write():
        for sha256, size in made:
            store.register(sha256, size)
        wanted = _close(row, {**said, "expires": clock.now() + KEPT})
        if wanted:
            told = {"customer": str(row.customer)}
            accounts.audit("worker", "rights.access.made", f"request:{row.public_id}", told)
    if not wanted:  # she was forgotten meanwhile, and no row names these for her erasure to find
        collect.discard(names, time.time())
    return 1


def expire(now: int | None = None) -> int:
    """Lets files go that could be fetched for a week; how many. Run again and again by a worker."""
    rows = list(RightsRequest.objects.filter(expires__lt=now or clock.now()))
    with write():
        RightsRequest.objects.filter(id__in=[row.pk for row in rows]).update(
            json_sha256="", page_sha256="", expires=None
        )
    collect.discard({name for row in rows for name in (row.json_sha256, row.page_sha256) if name}, _made_before(rows))
    return len(rows)


def link(row: RightsRequest, form: str) -> str:
    """A path that opens one of the files to whoever holds it, until it goes."""
    token = signing.sign(settings.SECRET_KEY, LINK, {"r": str(row.public_id), "f": form}, row.expires)
    return f"/rights/files/{token}"


def opened(token: str, now: int) -> tuple[RightsRequest, str, str]:
    """The request, the form and the name of the content behind a link. Raises LookupError."""
    try:
        said = signing.unsign(settings.SECRET_KEY, LINK, token, now)
    except signing.BadToken as error:
        raise LookupError("this link opens nothing, or not any more") from error
    row = RightsRequest.objects.filter(public_id=said.get("r")).first()
    form = str(said.get("f"))
    sha256 = {"json": row.json_sha256, "pdf": row.page_sha256}.get(form, "") if row else ""
    if row is None or not sha256:
        raise LookupError("the file is not there any more")
    return row, form, sha256


def fetched(row: RightsRequest, form: str, by: str) -> None:
    """Writes down that a file was taken away."""
    accounts.audit(by, "rights.access.fetched", f"request:{row.public_id}", {"form": form})


def _close(row: RightsRequest, said: dict[str, Any]) -> bool:
    """Ends a request that is still being worked on; whether it was."""
    with write():
        closed = None if said["state"] == "open" else clock.now()
        return bool(RightsRequest.objects.filter(id=row.pk, state="working").update(closed=closed, **said))


def _made_before(rows: list[RightsRequest]) -> float:
    return max((row.expires or 0) for row in rows) / clock.SECOND if rows else 0.0
