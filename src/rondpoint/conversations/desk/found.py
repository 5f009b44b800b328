"""What an address of the desk names; 404 for what is not there, and for what one may not see."""

from django.http import Http404, HttpRequest

from rondpoint.conversations import queries
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.permitted import may_see


def found(request: HttpRequest, public_id: str) -> Conversation:
    """The conversation of an address, if the caller may see it."""
    conversation = queries.get(public_id)
    if conversation is None or not may_see(request.user, conversation):
        raise Http404
    return conversation
