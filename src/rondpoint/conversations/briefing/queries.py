"""Reading what the box above a thread shows."""

from zoneinfo import ZoneInfo

from msgspec import Struct

from rondpoint.conversations.briefing import known as knowing
from rondpoint.conversations.briefing import opening, shown, summary
from rondpoint.conversations.briefing.greeting import Known, greeting
from rondpoint.conversations.models import Commitment, Conversation, Message, Summary
from rondpoint.conversations.promises import queries as promises
from rondpoint.conversations.promises import rules
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event
from rondpoint.lib import clock

READ = 200
FEWEST = 3
HELD = {"email": "email", "phone": "phone"}
HANDED = "conversation.assigned"


class SoFar(Struct, frozen=True):
    """The summary. ``points``: [{"kind", "text", "message_id"}], the id being the public one, "" for a line of the
    language model; ``turn``: what opens it for this reader; ``modelled``: whether a language model wrote of it."""

    points: list[dict]
    turn: opening.Turn | None
    modelled: bool


def so_far(conversation: Conversation, reader_id: int) -> SoFar:
    """The summary of a conversation of some length; no points for a shorter one."""
    said = messages(conversation)
    if len(said) < FEWEST:
        return SoFar([], None, False)
    turn = opening.opened_by(spoken(said), handed(conversation), reader_id)
    written = Summary.objects.filter(conversation=conversation, method="model").order_by("-to_message").first()
    if written is None or written.to_message < said[0].id:
        return SoFar(points(conversation, said), turn, False)
    later = [row for row in said if row.id > written.to_message]
    return SoFar(written.points + (points(conversation, later) if later else []), turn, True)


def messages(conversation: Conversation) -> list[Message]:
    """The last messages that people wrote, in their order."""
    return list(_written(conversation).prefetch_related("attachments").order_by("-id")[:READ])[::-1]


def spoken(said: list[Message]) -> list[opening.Spoken]:
    """Messages as the rule of opening reads them."""
    return [opening.Spoken(row.at, row.channel, row.user_id) for row in said]


def handed(conversation: Conversation) -> list[int]:
    """When the conversation was given to somebody, in microseconds UTC."""
    rows = Event.objects.filter(profile_id__in=customers.profile_ids(conversation.customer_id), type=HANDED)
    rows = rows.order_by("-occurred").values_list("occurred", "properties")[:READ]
    return [at for at, said in rows if said.get("conversation_id") == conversation.id and said.get("assignee")]


def points(conversation: Conversation, said: list[Message]) -> list[dict]:
    """What messages say in quotes: [{"kind", "text", "message_id"}]."""
    zone = promises.zone(conversation)
    lines, promised = [], {}
    for row in said:
        ours = row.direction == "out"
        lines.append(summary.Line(row.id, ours, row.text, tuple(file.name for file in row.attachments.all())))
        if ours and (found := rules.recognise(row.text, row.at, zone)):
            promised[row.id] = found.text
    numbers = {row.id: str(row.public_id) for row in said}
    return [
        {"kind": point.kind, "text": point.text, "message_id": numbers[point.message_id]}
        for point in summary.summarise(lines, promised)
    ]


def proposed_greeting(conversation: Conversation, now: int | None = None) -> str:
    """How to begin the next answer; empty once we have answered in this conversation today."""
    now = now or clock.now()
    rows = _written(conversation)
    if rows.filter(direction="out", at__gt=now - clock.DAY).exists():
        return ""
    record = customers.golden(conversation.customer_id)
    say = {name: str(value.value) for name, value in record.traits.items()}
    local = clock.to_datetime(now).astimezone(ZoneInfo(promises.zone(conversation)))
    earlier = Message.objects.filter(conversation__customer_id=conversation.customer_id, direction="out")
    return greeting(
        Known(
            language=(record.language or language(conversation))[:2],
            hour=local.hour,
            name=say.get("first_name") or record.name,
            title=say.get("title", ""),
            last_name=say.get("last_name", ""),
            returning=earlier.exists(),
            promised=Commitment.objects.filter(conversation=conversation, state__in=("open", "missed")).exists(),
            seen=shown.last_seen(shown.facts(conversation.customer_id), now),
        )
    )


def language(conversation: Conversation) -> str:
    """In which language the brand of a conversation speaks."""
    return conversation.brand.language if conversation.brand else "fr"


def given(conversation: Conversation) -> list[knowing.Said]:
    """What she has given or shown so far: in her messages here, in her record, and by what she did with us."""
    found = []
    record = customers.golden(conversation.customer_id)
    if record.name:
        found.append(knowing.Said("name", record.name, 0, 0, ""))
    for row in record.identifiers:
        if row.kind in HELD:
            sure = row.evidence != Evidence.CLAIMED
            found.append(knowing.Said(HELD[row.kind], row.value, 0, 0, "", sure))
    found += shown.said(shown.facts(conversation.customer_id), ZoneInfo(promises.zone(conversation)))
    rows = _written(conversation).filter(direction="in").order_by("-id")[:READ]
    for row in rows:
        for kind, value in knowing.values(row.text):
            found.append(knowing.Said(kind, value, row.id, row.at, row.channel, not row.unverified))
    return found


def _written(conversation: Conversation):
    return Message.objects.filter(conversation=conversation, automated="")
