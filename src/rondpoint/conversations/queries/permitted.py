"""Which conversations a member of staff may see: role × team × brand. Every query of the desk begins here."""

from django.db.models import Q, QuerySet

from rondpoint.accounts.models import User
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
    teams, brands = list(user.teams.values_list("id", flat=True)), list(user.brands.values_list("id", flat=True))
    mentioned = Mention.objects.filter(user=user).values("note__conversation_id")
    found = living.filter(Q(team=None) | Q(team__in=teams) | Q(assignee=user) | Q(id__in=mentioned))
    return found.filter(Q(brand=None) | Q(brand__in=brands)) if brands else found


def open_to(user: User, conversation_ids: set[int]) -> set[int]:
    """Which of these conversations somebody may see; one that was merged away is seen with the one it became."""
    rows = Conversation.objects.filter(id__in=conversation_ids).values_list("id", "merged_into_id")
    now = {number: merged or number for number, merged in rows}
    seen = set(seen_by(user).filter(id__in=set(now.values())).values_list("id", flat=True))
    return {number for number, current in now.items() if current in seen}


def may_see(user: User, conversation: Conversation) -> bool:
    """Whether one conversation is open to somebody."""
    return seen_by(user).filter(id=conversation.id).exists()
