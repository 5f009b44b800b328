"""The message an address names; 404 for what is not there, and for what one may not see."""

import uuid

from django.http import Http404, HttpRequest

from rondpoint.conversations.models import Message
from rondpoint.conversations.queries.listing import message
from rondpoint.conversations.queries.permitted import may_see


def is_uuid(text: str) -> bool:
    """Whether a text can be a public id at all."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def found_message(request: HttpRequest, public_id: str) -> Message:
    """The message, if the caller may see its conversation."""
    row = message(public_id) if is_uuid(public_id) else None
    if row is None or not may_see(request.user, row.conversation.merged_into or row.conversation):
        raise Http404
    return row
