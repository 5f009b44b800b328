"""Which delivery or dispatch caused a fact: asked only while somebody collects traces."""

from django.db import close_old_connections

from rondpoint.channels.models import Delivery
from rondpoint.conversations.models import Message
from rondpoint.events.models import Event
from rondpoint.sending.models import Dispatch


def causes(facts: list[Event]) -> dict[int, str]:
    """The public id of the delivery or dispatch behind each fact about a message, by the id of the fact."""
    close_old_connections()
    messages = {fact.id: fact.properties.get("message_id") for fact in facts if fact.source == "conversations"}
    rows = Message.objects.filter(id__in={number for number in messages.values() if isinstance(number, int)})
    caused = {number: (by, to) for number, by, to in rows.values_list("id", "delivery_id", "dispatch_id")}
    moved = {fact.id: fact.properties.get("dispatch_id") for fact in facts if fact.source == "sending"}
    deliveries = _names(Delivery, {by for by, _ in caused.values()})
    dispatches = _names(Dispatch, {to for _, to in caused.values()} | set(moved.values()))
    found = {}
    for fact in facts:
        by, to = caused.get(messages.get(fact.id), (None, moved.get(fact.id)))
        name = deliveries.get(by) or dispatches.get(to)
        if name:
            found[fact.id] = name
    return found


def _names(model: type, numbers: set[int | None]) -> dict[int, str]:
    rows = model.objects.filter(id__in=numbers - {None})
    return {number: str(name) for number, name in rows.values_list("id", "public_id")}
