"""Endpoints: adding, changing, testing, and telling facts once more."""

import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.events import following
from rondpoint.events import queries as events
from rondpoint.events.models import Event
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.webhooks import rules
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock, signing
from rondpoint.lib.db import write
from rondpoint.lib.text import storable

READER = "webhooks"
TEST = "webhook.test"
MOST_TYPES = 200
KEPT, KEPT_FAILED = 7 * clock.DAY, 30 * clock.DAY
AT_ONCE = 5000  # facts that are told again by one wish


class Invalid(ValueError):
    """A field cannot be kept as it was given. ``field`` names it."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


def add(name: str, url: str, types: Sequence[str], by: str) -> Endpoint:
    """A new endpoint that is told of what happens from now on. Raises Invalid."""
    secret = signing.seal(settings.SECRET_KEY, {"secret": rules.new_secret()})
    row = Endpoint(name=_name(name), url=_url(url), types=_types(types), secret=secret)
    with write():
        _begin()
        row.save()
        accounts.audit(by, "webhook.added", f"webhook:{row.public_id}", {"url": row.url})
    return row


def change(
    row: Endpoint, by: str, name: str | None = None, url: str | None = None, types: Sequence[str] | None = None,
    active: bool | None = None,
) -> None:  # fmt: skip
    """Writes what is given. One that is switched on again is told of what happens from then on. Raises Invalid."""
    row.name = row.name if name is None else _name(name)
    row.url = row.url if url is None else _url(url)
    row.types = row.types if types is None else _types(types)
    with write():
        if active and not row.active:
            _begin()
            row.since, row.failing, row.disabled = clock.now(), None, None
        row.active = row.active if active is None else active
        row.save(update_fields=["name", "url", "types", "active", "since", "failing", "disabled"])
        told = {"url": row.url, "active": row.active}
        accounts.audit(by, "webhook.changed", f"webhook:{row.public_id}", told)
        wake.notify(READER)


def secret_of(row: Endpoint) -> str:
    """The secret with which its requests are signed."""
    return str(signing.unseal(settings.SECRET_KEY, row.secret)["secret"])


def renew_secret(row: Endpoint, by: str) -> None:
    """A new secret; the old one signs nothing more."""
    row.secret = signing.seal(settings.SECRET_KEY, {"secret": rules.new_secret()})
    with write():
        row.save(update_fields=["secret"])
        accounts.audit(by, "webhook.secret", f"webhook:{row.public_id}")


def remove(row: Endpoint, by: str) -> None:
    """Takes an endpoint away, with what was told to it."""
    with write():
        accounts.audit(by, "webhook.removed", f"webhook:{row.public_id}", {"url": row.url})
        Told.objects.filter(endpoint=row)._raw_delete(Told.objects.db)
        row.delete()


def test(row: Endpoint) -> Told:
    """Tells it something that did not happen, to see whether it arrives."""
    with write():
        made = Told.objects.create(endpoint=row, type=TEST)
        wake.notify(READER)
    return made


def replay(row: Told) -> None:
    """Tells a fact again, under the same id."""
    now = clock.now()
    with write():
        Told.objects.filter(id=row.id).update(state="waiting", due=now, created=now, attempts=0, ended=None)
        wake.notify(READER)


def replay_between(row: Endpoint, since: int, until: int) -> int:
    """Tells all facts again that were received from ``since`` on and before ``until`` (microseconds UTC); how many.
    What was told before keeps its id. Raises Invalid when there are too many for one wish."""
    facts = Event.objects.filter(received__gte=since, received__lt=until).order_by("id")
    if row.types:
        facts = facts.filter(type__in=row.types)
    wanted = {fact.id: fact for fact in facts[: AT_ONCE + 1]}
    if len(wanted) > AT_ONCE:
        raise Invalid("since", f"there are more than {AT_ONCE} facts; choose a shorter time")
    now = clock.now()
    with write():
        before = bulk.fetch(Told, endpoint_id=[row.id], event_id=wanted)
        for each in before:
            each.state, each.due, each.created, each.attempts, each.ended = "waiting", now, now, 0, None
            wanted.pop(each.event_id or 0, None)
        bulk.update(before, ["state", "due", "created", "attempts", "ended"])
        bulk.insert([Told(endpoint_id=row.id, event_id=fact.id, type=fact.type) for fact in wanted.values()])
        wake.notify(READER)
    return len(before) + len(wanted)


def forget(now: int | None = None) -> int:
    """Lets go of what was told a week ago, or given up a month ago; how many. Run again and again by a worker."""
    now = now or clock.now()
    gone = 0
    with write():
        for state, kept in (("delivered", KEPT), ("failed", KEPT_FAILED)):
            old = Told.objects.filter(state=state, ended__lt=now - kept).values_list("id", flat=True)[:AT_ONCE]
            gone += Told.objects.filter(id__in=list(old)).delete()[0]
    return gone


def get(public_id: str | uuid.UUID) -> Endpoint | None:
    """An endpoint by its public id."""
    try:
        return Endpoint.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def _begin() -> None:
    """With the first endpoint that is on, facts are followed from their end on. Inside ``write()``."""
    if not Endpoint.objects.filter(active=True).exists():
        following.move(READER, events.end())


def _name(text: str) -> str:
    name = storable(text).strip()
    if not 1 <= len(name) <= 120:
        raise Invalid("name", "a name has 1 to 120 characters")
    return name


def _url(text: str) -> str:
    url = storable(text).strip()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http") or len(url) > 1000 or parts.username is not None:
        raise Invalid("url", "expected an address such as https://www.example.com/hooks")
    if parts.scheme == "http" and not settings.ENVIRONMENT.allow_private:
        raise Invalid("url", "expected https: what is told is about people")
    return url


def _types(types: Sequence[str]) -> list[str]:
    found = [name for name in dict.fromkeys(storable(each).strip() for each in types) if name]
    if len(found) > MOST_TYPES or any(len(name) > 200 for name in found):
        raise Invalid("types", f"at most {MOST_TYPES} types of at most 200 characters")
    return found
