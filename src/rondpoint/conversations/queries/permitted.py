"""Which conversations a member of staff may see: role × team × brand. Every query of the desk begins here."""

from collections.abc import Collection
from typing import Literal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.models import Conversation, Mention
from rondpoint.lib.prepared import prepared

# What of all conversations a role opens: all of them, hers, or none.
Reach = Literal["all", "hers", "none"]


def seen_by(user: User) -> QuerySet[Conversation]:
    """The living conversations open to somebody.

    Administrators and supervisors see all. Anybody else sees what belongs to no team or to one of hers, what is
    assigned to her, and what a colleague mentioned her in; and where brands are given to her, only theirs.
    """
    return within(reach(user), user.id)


def reach(user: User) -> Reach:
    """How far her role reaches."""
    if not user.may("read"):
        return "none"
    return "all" if user.may("operate") else "hers"


def within(reach: Reach, user_id: int) -> QuerySet[Conversation]:
    """:func:`seen_by` of somebody by her number: for statements that are made once for all (``lib.prepared``)."""
    living = Conversation.objects.filter(merged_into=None)
    if reach == "none":
        return living.none()
    if reach == "all":
        return living
    teams = Team.members.through.objects.filter(user=user_id).values("team")
    brands = User.brands.through.objects.filter(user=user_id)
    mentioned = Mention.objects.filter(user=user_id).values("note__conversation_id")
    # No index fits this sum: SQLite walks the list, and does not gather all conversations of all teams to sort them.
    nobodys = IsNull(F("team") + Value(0), True)
    # All in one statement: a page asks this many times, and a stream that stays open asks anew each time.
    return living.filter(
        Q(nobodys) | Q(team__in=teams) | Q(assignee=user_id) | Q(id__in=mentioned),
        Q(brand=None) | Q(brand__in=brands.values("brand")) | ~Exists(brands),
    )


def open_to(user: User, conversation_ids: Collection[int]) -> set[int]:
    """Which of these conversations somebody may see; one that was merged away is seen with the one it became."""
    return set(_open_to(conversation_ids, user.id, reach=reach(user)))


def may_see(user: User, conversation: Conversation) -> bool:
    """Whether one conversation is open to somebody."""
    return bool(open_to(user, [conversation.id]))


def open_now(reach: Reach, user_id: int) -> Exists:
    """Whether a conversation, or the one it was merged into, is open to somebody: a column of a query."""
    return Exists(within(reach, user_id).filter(id=Coalesce(OuterRef("merged_into_id"), OuterRef("id"))))


@prepared
def _open_to(conversation_ids: Collection[int], user_id: int, /, *, reach: Reach) -> QuerySet[Conversation, int]:
    found = Conversation.objects.filter(open_now(reach, user_id), id__in=conversation_ids)
    return found.values_list("id", flat=True)
