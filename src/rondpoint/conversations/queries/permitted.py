"""Which conversations a member of staff may see: role × team × brand. Every query of the desk begins here."""

from django.db.models import Exists, F, Q, QuerySet, Value
from django.db.models.lookups import IsNull

from rondpoint.accounts.models import Team, User
from rondpoint.conversations.models import Conversation, Mention


def seen_by(user: User) -> QuerySet[Conversation]:
    """The living conversations open to somebody.

    Administrators and supervisors see all. Anybody else sees what belongs to no team or to one of hers, what is
    assigned to her, and what a colleague mentioned her in; and where brands are given to her, only theirs.
    """
    living = Conversation.objects.filter(merged_into=None)
    if not user.may("read"):
        return living.none()
    if user.may("operate"):
        return living
    teams = Team.members.through.objects.filter(user=user).values("team")
    brands = User.brands.through.objects.filter(user=user)
    mentioned = Mention.objects.filter(user=user).values("note__conversation_id")
    # No index fits this sum: SQLite walks the list, and does not gather all conversations of all teams to sort them.
    nobodys = IsNull(F("team") + Value(0), True)
    # All in one statement: a page asks this many times, and a stream that stays open asks anew each time.
    return living.filter(
        Q(nobodys) | Q(team__in=teams) | Q(assignee=user) | Q(id__in=mentioned),
        Q(brand=None) | Q(brand__in=brands.values("brand")) | ~Exists(brands),
    )


def open_to(user: User, conversation_ids: set[int]) -> set[int]:
    """Which of these conversations somebody may see; one that was merged away is seen with the one it became."""
    rows = Conversation.objects.filter(id__in=conversation_ids).values_list("id", "merged_into_id")
    now = {number: merged or number for number, merged in rows}
    seen = set(seen_by(user).filter(id__in=set(now.values())).values_list("id", flat=True))
    return {number for number, current in now.items() if current in seen}


def may_see(user: User, conversation: Conversation) -> bool:
    """Whether one conversation is open to somebody."""
    return seen_by(user).filter(id=conversation.id).exists()
