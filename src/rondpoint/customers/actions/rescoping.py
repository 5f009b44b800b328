"""Account numbers of a source that count with others than before: its own alone, or those of its brand."""

from django.db.models import Exists, OuterRef, Q

from rondpoint.customers.actions.arrive import compare
from rondpoint.customers.models import Identifier, Link
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write

KIND = "account"
AT_ONCE, MOST = 100, 1000  # people compared in one transaction, and in all


def move_accounts(source: str, before: str, after: str) -> None:
    """The account numbers that a source told stand in another scope from now on, inside ``write()``.

    Links that they opened stay, with what each side had, and can be undone like any other; what was only suggested by
    them is taken back, and is suggested anew where it still holds.
    """
    if before == after:
        return
    told = Identifier.objects.filter(kind=KIND, profile__source=source)
    old = told.filter(scope=before, profile_id=OuterRef("profile_id"), value=OuterRef("value"))
    told.filter(Exists(old), scope=after).delete()
    told.filter(scope=before).update(scope=after)
    waiting = Link.objects.filter(rule=f"same_{KIND}", opened=None, closed=None)
    waiting.filter(Q(left__source=source) | Q(right__source=source)).delete()


def meet_by_account(source: str, scope: str, now: int) -> None:
    """Joins those of a source's people whose account somebody else vouches for too, by the rules of evidence: at most a
    thousand. The others meet when one of the two next signs in to a chat: a source that only repeats an account is not
    compared again."""
    told = Identifier.objects.filter(kind=KIND, scope=scope)
    others = told.filter(value=OuterRef("value"), evidence__gte=Evidence.PROVIDER)
    others = others.exclude(profile_id=OuterRef("profile_id"))
    mine = told.filter(Exists(others), profile__source=source, evidence__gte=Evidence.PROVIDER)
    numbers = list(mine.order_by("-id").values_list("id", flat=True)[:MOST])
    for start in range(0, len(numbers), AT_ONCE):
        with write():
            some = Identifier.objects.filter(id__in=numbers[start : start + AT_ONCE]).order_by("id")
            for held in some.select_related("profile"):
                said = IdentifierIn(held.kind, held.value, Evidence(held.evidence), held.scope)
                held.profile.refresh_from_db(fields=["customer"])
                compare(held.profile, said, now)
