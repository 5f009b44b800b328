"""Whoever was erased stays erased when an older backup is put back: the ledger of erasures is carried over and worked
through before the house opens."""

from pathlib import Path

from django.db import DatabaseError, connection, transaction
from msgspec import Struct

from rondpoint.channels.email import outbox
from rondpoint.config import forgetting
from rondpoint.config.safekeeping.types import Failure
from rondpoint.consent import suppressing
from rondpoint.consent.models import HashKey
from rondpoint.customers.erasing import part
from rondpoint.customers.models import Customer, Profile
from rondpoint.hub.rights import actions, ledger, working
from rondpoint.jobs import erasing
from rondpoint.lib import clock
from rondpoint.lib.db import write

AT_ONCE = 5000  # profiles that are looked at together
BY = "restore"

Lines = list[str]


class Present(Struct):
    """The ledgers of the house that is here now: of its database, as far as that can be read, and beside it; and the
    key of their hashes, which a backup of its first days may lack."""

    ledgers: list[Lines]
    key: str = ""


def present() -> Present:
    """What is here."""
    found = Present([])
    if connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]).exists():
        try:
            with transaction.atomic():
                found.ledgers.append(list(ledger.written(ledger.entries())))
                found.key = HashKey.objects.order_by("id").values_list("value", flat=True).first() or ""
        except DatabaseError:
            pass  # the tables of an older version, or a database that is broken: that is what restores are for
        finally:
            connection.close()
    if ledger.path().exists():
        found.ledgers.append(_lines(ledger.path()))
    return found


def given(path: Path) -> Lines:
    """A ledger that was kept elsewhere. Raises Failure."""
    try:
        return _lines(path)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error


def again(here: Present, asked: Lines | None, mails: Path) -> int:
    """Forgets in the new house whoever these ledgers, or its own, know as forgotten; how many customers. ``mails``: the
    folder of mails that comes with it. Raises Failure where the ledger that was asked for is not this house's."""
    suppressing.forget_key()  # it was the other house's
    forgetting.register()
    if here.key and not HashKey.objects.exists():
        with write():
            HashKey.objects.create(id=1, value=here.key)
    for lines in here.ledgers:
        try:
            ledger.add(ledger.read(lines))
        except ValueError:
            pass  # another house's, whose people are not here
    if asked is not None:
        try:
            ledger.add(ledger.read(asked))
        except ValueError as error:
            raise Failure(str(error)) from error
    count = 0
    for profile_ids in _known_again():
        with write():
            part(profile_ids, BY)
            public_id = Customer.objects.values_list("public_id", flat=True).get(profiles__id=min(profile_ids))
            row = actions.forget(profile_ids, str(public_id), BY, "backup", clock.now(), note=False)
        outbox.forget(erasing.traces(actions.unseal(row.work)), mails)
        working.at_rest(row)
        count += 1
    return count


def _known_again() -> list[list[int]]:
    """The profiles that were forgotten after they were made, customer by customer."""
    when: dict[str, int] = {}
    for hashed, at in ledger.entries():
        when[hashed] = max(at, when.get(hashed, 0))
    found: dict[int, list[int]] = {}
    last = 0
    while when:
        rows = list(
            Profile.objects.filter(id__gt=last).order_by("id").values_list(
                "id", "source", "key", "created", "customer_id"
            )[:AT_ONCE]
        )  # fmt: skip
        for number, source, key, created, owner in rows:
            if when.get(ledger.digest(("profile", source, key)), 0) >= created:
                found.setdefault(owner or number, []).append(number)
        if len(rows) < AT_ONCE:
            break
        last = rows[-1][0]
    return list(found.values())


def _lines(path: Path) -> Lines:
    with path.open(errors="replace") as file:
        return list(file)
