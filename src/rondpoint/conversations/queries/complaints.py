"""Who has an open complaint, as the house decided what one is: by the priority or the team of a conversation."""

from collections.abc import Collection

from django.db.models import Q

from rondpoint.conversations.models import Conversation
from rondpoint.lib.spans import within
from rondpoint.sending.types import HouseRules


def complaining(customer_ids: Collection[int], rules: HouseRules) -> set[int]:
    """Those of these customers with a complaint that is not settled, in one statement. A conversation in which she is
    waited for, or which was put aside, is not settled."""
    marked = Q(team__in=rules.complaint_teams)
    if rules.complaint_priority is not None:
        marked |= Q(priority__gte=rules.complaint_priority)
    hers = within("customer_id", sorted(customer_ids))
    open_ = Conversation.objects.exclude(state="closed").filter(hers, marked, merged_into=None)
    return set(open_.values_list("customer_id", flat=True)).intersection(customer_ids)
