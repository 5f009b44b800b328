"""How long the files of imports and the rows they refused are kept: both are full of people, and nobody needs them once
nobody mends them."""

from django.db.models import Q

from rondpoint.accounts import actions as accounts
from rondpoint.accounts import queries as house
from rondpoint.hub.imports.actions import AT_WORK, Invalid
from rondpoint.hub.models import Import, RefusedRow
from rondpoint.lib import clock
from rondpoint.lib.db import write

SETTING = "import_days"
SHORTEST, LONGEST = 1, 3650  # days
PORTION = 2000  # rows in one transaction


def days() -> int:
    """For how many days after its end an import keeps its file and its refused rows."""
    return int(str(house.setting(SETTING)))


def choose(number: int, by: str) -> None:
    """Keeps them for so many days. Raises Invalid."""
    if not SHORTEST <= number <= LONGEST:
        raise Invalid("days", f"expected {SHORTEST} to {LONGEST} days")
    if number != days():
        accounts.set_setting(by, SETTING, number)


def forget(now: int | None = None) -> int:
    """Lets the files and refused rows of old imports go; how many imports. What they brought in and counted stays.
    Run again and again by a worker; cut short, it goes on where it ended."""
    now = now or clock.now()
    before = now - days() * clock.DAY
    old = Import.objects.filter(forgotten=None).exclude(state__in=AT_WORK)
    old = old.filter(Q(ended__lt=before) | Q(ended=None, created__lt=before))
    done = 0
    for number in list(old.order_by("id").values_list("id", flat=True)):
        while rows := list(RefusedRow.objects.filter(imported=number).values_list("id", flat=True)[:PORTION]):
            with write():
                RefusedRow.objects.filter(id__in=rows).delete()
        with write():  # nobody refers to its contents any more: the collector removes them
            done += Import.objects.filter(id=number).exclude(state__in=AT_WORK).update(
                sha256="", rows="", samples=[], found={}, forgotten=now
            )
            # One that nobody decided about can go no further.
            Import.objects.filter(id=number, state__in=("mapping", "checked")).update(state="cancelled", ended=now)
    return done
