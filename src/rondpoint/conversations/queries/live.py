"""What only conversations know about facts of lower rooms."""

from rondpoint.conversations.models import Message
from rondpoint.events.models import Event


def place(facts: list[Event]) -> None:
    """Adds conversation and message to facts about dispatches, for the open screens."""
    wanted = [fact.properties.get("dispatch_id") for fact in facts]
    rows = Message.objects.filter(dispatch_id__in=wanted).values_list("dispatch_id", "conversation_id", "id")
    places = {dispatch: (conversation, message) for dispatch, conversation, message in rows}
    for fact in facts:
        if fact.properties.get("dispatch_id") in places:
            conversation, message = places[fact.properties["dispatch_id"]]
            fact.properties |= {"conversation_id": conversation, "message_id": message}
