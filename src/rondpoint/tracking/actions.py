"""What changes sources, and what they told that was not taken."""

import re
import uuid
from collections.abc import Sequence

from django.db.models import F

from rondpoint.accounts.models import Brand
from rondpoint.accounts.queries import accounts_of
from rondpoint.customers import actions as customers
from rondpoint.jobs import wake
from rondpoint.lib import bulk, clock, ids
from rondpoint.lib.db import write
from rondpoint.tracking.models import Batch, Refusal, Source
from rondpoint.tracking.types import SourceKind

KEPT = 7 * clock.DAY  # what was worked off, and what was refused, as it came
AT_ONCE, PORTIONS = 500, 100
MOST_REFUSED = 5000  # refusals that are kept of a source, at most 32 kB each
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+")


class Invalid(ValueError):
    """A field cannot be kept as it was given. ``field`` names it."""

    def __init__(self, field: str, reason: str):
        super().__init__(reason)
        self.field = field


def add(kind: str, name: str, brand: Brand | None, origins: str = "") -> Source:
    """A new source with a write key of its own. Raises Invalid."""
    if kind not in [each.value for each in SourceKind]:
        raise Invalid("kind", f"expected one of {', '.join(SourceKind)}")
    with write():
        return Source.objects.create(
            kind=kind, name=_name(name), brand=brand, origins=_origins(origins), write_key=_key(kind)
        )


def change(source: Source, name: str, brand: Brand | None, origins: str, active: bool) -> None:
    """Writes what may be changed of a source; the account numbers it told move with it to another brand. Raises
    Invalid."""
    before = Source.objects.values_list("brand_id", flat=True).get(id=source.id)
    source.name, source.brand, source.origins, source.active = _name(name), brand, _origins(origins), active
    told, wanted = accounts_of(before), accounts_of(source.brand_id)
    with write():
        source.save(update_fields=["name", "brand", "origins", "active"])
        customers.move_accounts(f"track:{source.id}", told, wanted)
    if told != wanted:
        customers.meet_by_account(f"track:{source.id}", wanted, clock.now())


def renew_key(source: Source) -> str:
    """A new write key; the old one works no more."""
    source.write_key = _key(source.kind)
    with write():
        source.save(update_fields=["write_key"])
    return source.write_key


def try_again(source: Source, public_id: uuid.UUID) -> bool:
    """Puts a quarantined batch of a source back in line; whether there was one."""
    rows = Batch.objects.filter(source=source, public_id=public_id, state="quarantined")
    with write():
        found = rows.update(state="new", attempts=0, due=0)
        wake.notify("tracking")
    return found > 0


def refuse(rows: Sequence[Refusal]) -> None:
    """Keeps calls that were not taken, the oldest first, inside ``write()``. Of a source the newest are kept; what goes
    is counted."""
    told: dict[int, list[Refusal]] = {}
    for row in rows:
        told.setdefault(row.source_id, []).append(row)
    bulk.insert_new([row for some in told.values() for row in some[-MOST_REFUSED:]])
    for source, some in sorted(told.items()):
        kept = Refusal.objects.filter(source_id=source)
        oldest = list(kept.order_by("-id").values_list("id", flat=True)[MOST_REFUSED - 1 : MOST_REFUSED])
        gone = max(0, len(some) - MOST_REFUSED)
        if oldest:
            gone += kept.filter(id__lt=oldest[0]).delete()[0]
        if gone:
            Source.objects.filter(id=source).update(dropped=F("dropped") + gone, dropped_at=clock.now())


def forget(now: int | None = None) -> int:
    """Lets go of batches that were worked off a week ago, and of refusals of then; how many. Run again and again by a
    worker."""
    before = (now or clock.now()) - KEPT
    gone = 0
    for rows in (Batch.objects.filter(state="done", processed__lt=before), Refusal.objects.filter(received__lt=before)):
        for _ in range(PORTIONS):
            some = list(rows.values_list("id", flat=True)[:AT_ONCE])
            if not some:
                break
            with write():
                rows.filter(id__in=some).delete()
            gone += len(some)
    return gone


def _key(kind: str) -> str:
    return ("sk_" if kind == SourceKind.SERVER else "") + ids.secret_token(24)


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 120:
        raise Invalid("name", "a name has 1 to 120 characters")
    return name


def _origins(text: str) -> str:
    """One address a line, without a path."""
    found = [line.strip().rstrip("/").lower() for line in text.split()]
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise Invalid("origins", f"{origin[:80]!r} is no address of a site; expected https://www.example.com")
    return "\n".join(dict.fromkeys(found))
