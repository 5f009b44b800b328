"""What an address of the desk names; 404 for what is not there, and for what one may not see."""

from django.http import Http404, HttpRequest

from rondpoint.conversations import queries
from rondpoint.conversations.models import Conversation


def found(request: HttpRequest, public_id: str) -> Conversation:
    """The conversation of an address, if the caller may see it."""
    conversation = queries.get(public_id, request.user)
    if conversation is None:
        raise Http404
    return conversation
