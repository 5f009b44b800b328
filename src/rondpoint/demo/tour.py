"""The guided tour: three steps that one takes oneself, ticked off as they happen."""

from msgspec import Struct

from rondpoint.conversations.models import Message
from rondpoint.customers import queries as customers
from rondpoint.demo import flag, person

OWNER = person.AWA
STEPS = ("chat", "sms", "email")


class Tour(Struct, frozen=True):
    """How far one is. ``done``: the channels Awa wrote on since the tour began; ``conversation``: where she writes."""

    done: tuple[str, ...]
    conversation: str

    @property
    def next(self) -> str:
        """The step to take now; empty when all are taken."""
        return next((step for step in STEPS if step not in self.done), "")


def progress() -> Tour:
    """What the phone's owner wrote since the tour began."""
    began = flag.read().get("tour", 0)
    found = customers.find(identifier=f"phone:{OWNER.phone}")
    if not found:
        return Tour((), "")
    rows = Message.objects.filter(
        profile_id__in=customers.profile_ids(found[0].id), direction="in", received__gt=began
    ).select_related("conversation")
    written = list(rows.order_by("-id")[:100])
    done = {row.channel for row in written}
    where = str(written[0].conversation.public_id) if written else ""
    return Tour(tuple(step for step in STEPS if step in done), where)
