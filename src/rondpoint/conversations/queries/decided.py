"""Every decision about one customer: what was sent to her, what was not, and why."""

from collections.abc import Collection
from urllib.parse import urlencode

from django.db.models import Q
from msgspec import Struct
from msgspec.structs import asdict, replace

from rondpoint.accounts.models import User
from rondpoint.conversations.models import Message
from rondpoint.conversations.queries import hers, why
from rondpoint.sending.models import Decision

PAGE = 50
VERDICTS = ("send", "defer", "refuse")
BEGINNING = 500  # letters of a message


class Asked(Struct, frozen=True):
    """What a page asks for; empty parts mean all. ``before``: the number of the last decision of the page before."""

    verdict: str = ""
    channel: str = ""
    purpose: str = ""
    before: int = 0

    def address(self, **changes: str | int) -> str:
        """The query of the page with some of it changed; a filter that changed begins at the newest."""
        said = {name: value for name, value in asdict(replace(self, **{"before": 0, **changes})).items() if value}
        return f"?{urlencode(said)}"


class Decided(Struct, frozen=True):
    """One decision; ``talk`` and ``message``: public ids of the conversation and the message, and ``words`` its
    beginning, where it became one."""

    why: why.Why
    talk: str = ""
    message: str = ""
    words: str = ""


def decided(customer_id: int, profiles: Collection[int], user: User, asked: Asked) -> tuple[list[Decided], int]:
    """A page of decisions, the newest first, and from which number the next one goes on (0: there is none). What was
    said in conversations that ``user`` may not see is left out, as everywhere on the customer's page."""
    shut = [row.id for row in hers.about([customer_id], profiles, user) if not row.open_now]
    rows = Decision.objects.select_related("dispatch").filter(_chosen(asked), profile_id__in=profiles)
    if shut:
        hidden = Message.objects.filter(conversation__in=shut, dispatch_id__isnull=False).values("dispatch_id")
        rows = rows.exclude(dispatch_id__in=hidden)
    found = list(rows.order_by("-id")[: PAGE + 1])
    page = found[:PAGE]
    said = _messages({row.dispatch_id for row in page if row.dispatch_id is not None})
    return [_decided(row, said.get(row.dispatch_id or 0)) for row in page], page[-1].id if len(found) > PAGE else 0


def choices(profiles: Collection[int]) -> tuple[list[str], list[str]]:
    """Channels and purposes that decisions about her have."""
    found = set(Decision.objects.filter(profile_id__in=profiles).values_list("channel", "purpose").distinct())
    return sorted({channel for channel, _ in found}), sorted({purpose for _, purpose in found})


def _chosen(asked: Asked) -> Q:
    parts = {name: value for name, value in asdict(asked).items() if value and name != "before"}
    return Q(**parts) & (Q(id__lt=asked.before) if asked.before else Q())


def _messages(dispatches: Collection[int]) -> dict[int, Message]:
    rows = Message.objects.filter(dispatch_id__in=dispatches).select_related("conversation__merged_into")
    return {row.dispatch_id: row for row in rows if row.dispatch_id is not None}


def _decided(row: Decision, message: Message | None) -> Decided:
    if message is None:
        return Decided(why.read(row))
    home = message.conversation.merged_into or message.conversation
    return Decided(why.read(row), str(home.public_id), str(message.public_id), message.text[:BEGINNING])
