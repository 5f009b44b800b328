"""What a person may have: all that is known of her, as a file for machines and as a page to read and print."""

import json
import logging
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.utils import translation

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.queries import default_brand
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.files import actions as store
from rondpoint.files import collect
from rondpoint.hub.exports import customer as whole
from rondpoint.hub.models import RightsRequest
from rondpoint.hub.rights.types import KEPT
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

log = logging.getLogger("rondpoint.rights")
FORMS = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}
LINK = "files of an access request"


def is_waiting() -> bool:
    """Whether somebody waits for her files."""
    return RightsRequest.objects.filter(kind="access", state="working").exists()


def make_one() -> int:
    """Makes the files of the request that waited longest; 1 when there was one."""
    row = RightsRequest.objects.filter(kind="access", state="working").order_by("id").first()
    if row is None:
        return 0
    person = customers.resolve(row.customer)
    if person is None:
        _close(row, {"state": "refused", "answer": "there is no such customer any more"})
        return 1
    try:
        made = [store.save_stream((content.encode("utf-8", "replace"),)) for content in contents(person)]
    except (OperationalError, InterfaceError, OSError):
        raise
    except Exception:
        log.exception("the files of the request %s could not be made", row.public_id)
        _close(row, {"state": "open", "answer": "the files could not be made; the log has more"})
        return 1
    with write():
        for sha256, size in made:
            store.register(sha256, size)
        said = {"json_sha256": made[0][0], "page_sha256": made[1][0], "state": "done", "answer": ""}
        _close(row, {**said, "expires": clock.now() + KEPT})
        accounts.audit("worker", "rights.access.made", f"request:{row.public_id}", {"customer": str(row.customer)})
    return 1


def contents(person: Customer) -> tuple[str, str]:
    """The file for machines, and the page: one file without anything outside it, in her language."""
    known = whole.whole(person)
    brand = default_brand()
    language = (person.language or (brand.language if brand else "fr"))[:2]
    with translation.override(language if language in ("fr", "en") else "en"):
        page = render_to_string("hub/rights/access_file.html", {"known": _readable(known), "brand": brand})
    return json.dumps(known, ensure_ascii=False, indent=1), page


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
    sha256 = {"json": row.json_sha256, "html": row.page_sha256}.get(form, "") if row else ""
    if row is None or not sha256:
        raise LookupError("the file is not there any more")
    return row, form, sha256


def fetched(row: RightsRequest, form: str, by: str) -> None:
    """Writes down that a file was taken away."""
    accounts.audit(by, "rights.access.fetched", f"request:{row.public_id}", {"form": form})


def _close(row: RightsRequest, said: dict[str, Any]) -> None:
    with write():
        closed = None if said["state"] == "open" else clock.now()
        RightsRequest.objects.filter(id=row.pk, state="working").update(closed=closed, **said)


def _made_before(rows: list[RightsRequest]) -> float:
    return max((row.expires or 0) for row in rows) / clock.SECOND if rows else 0.0


def _readable(known: dict[str, Any]) -> dict[str, Any]:
    """As a page shows it: values that are lists or objects as text."""
    facts = [{**fact, "properties": _plain(fact["properties"])} for fact in known["timeline"]]
    traits = [(name, {**told, "value": _text(told["value"])}) for name, told in sorted(known["traits"].items())]
    consents = [{**said, "proof": _plain(said.get("proof") or {})} for said in known["consents"]]
    return {**known, "timeline": facts, "traits": traits, "consents": consents}


def _plain(said: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in said.items() if value not in (None, "", [], {})]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
