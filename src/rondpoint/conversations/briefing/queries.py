"""Reading what the box above a thread shows."""

from zoneinfo import ZoneInfo

from rondpoint.conversations.briefing import known as knowing
from rondpoint.conversations.briefing import summary
from rondpoint.conversations.briefing.greeting import Known, greeting
from rondpoint.conversations.models import Commitment, Conversation, Message
from rondpoint.conversations.promises import queries as promises
from rondpoint.conversations.promises import rules
from rondpoint.customers import queries as customers
from rondpoint.lib import clock

READ = 200
FEWEST = 3
HELD = {"email": "email", "phone": "phone"}


def points(conversation: Conversation) -> list[dict]:
    """The summary of a conversation of some length: [{"kind", "text", "message_id"}], the id being the public one."""
    said = list(_messages(conversation).prefetch_related("attachments").order_by("-id")[:READ])[::-1]
    if len(said) < FEWEST:
        return []
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
    rows = _messages(conversation)
    if rows.filter(direction="out", at__gt=now - clock.DAY).exists():
        return ""
    record = customers.golden(conversation.customer_id)
    say = {name: str(value.value) for name, value in record.traits.items()}
    local = clock.to_datetime(now).astimezone(ZoneInfo(promises.zone(conversation)))
    earlier = Message.objects.filter(conversation__customer_id=conversation.customer_id, direction="out")
    brand = conversation.brand.language if conversation.brand else "fr"
    return greeting(
        Known(
            language=(record.language or brand)[:2],
            hour=local.hour,
            name=say.get("first_name") or record.name,
            title=say.get("title", ""),
            last_name=say.get("last_name", ""),
            returning=earlier.exists(),
            promised=Commitment.objects.filter(conversation=conversation, state__in=("open", "missed")).exists(),
        )
    )


def given(conversation: Conversation) -> list[knowing.Said]:
    """What she has given so far: in her verified messages of this conversation and in her record."""
    found = []
    record = customers.golden(conversation.customer_id)
    if record.name:
        found.append(knowing.Said("name", record.name, 0, 0, ""))
    for row in record.identifiers:
        if row.kind in HELD:
            found.append(knowing.Said(HELD[row.kind], row.value, 0, 0, ""))
    rows = _messages(conversation).filter(direction="in", unverified=False).order_by("-id")[:READ]
    for row in rows:
        found += [knowing.Said(kind, value, row.id, row.at, row.channel) for kind, value in knowing.values(row.text)]
    return found


def _messages(conversation: Conversation):
    return Message.objects.filter(conversation=conversation, automated="")
