"""What the page of a conversation shows."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations.actions.drafts import MAX_FILES
from rondpoint.conversations.desk.house import House
from rondpoint.conversations.models import Attachment, Conversation, Draft
from rondpoint.conversations.queries import flow
from rondpoint.conversations.rules.later import choices
from rondpoint.conversations.rules.variables import NAMES
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.lib import addresses, clock, ids
from rondpoint.lib.prepared import prepared


def thread(conversation: Conversation, before: int | None = None, profiles: list[int] | None = None) -> dict:
    """The messages pane: its last page, or an earlier one. ``profiles``: the customer's, where they are known."""
    return {"conversation": conversation, "flow": flow.page(conversation, before, profiles=profiles)}


def head(conversation: Conversation, user: User) -> dict:
    """Whose it is and what can be done with it."""
    customer = customers.by_ids({conversation.customer_id}).get(conversation.customer_id)
    return head_of(conversation, customer.name if customer else "", House(user))


def head_of(conversation: Conversation, who: str, house: House) -> dict:
    """:func:`head`, where the customer's name is known already."""
    return {
        "conversation": conversation,
        "who": who,
        "colleagues": house.colleagues,
        "teams": house.teams,
        "snoozes": snoozes(),
    }


def snoozes(now: int | None = None) -> list[dict]:
    """When it may come back."""
    names = {
        "later_today": _("Later today"),
        "tomorrow": _("Tomorrow"),
        "monday": _("On Monday"),
        "week": _("In a week"),
    }
    local = timezone.localtime(clock.to_datetime(now or clock.now()))
    return [{"label": names[found.name], "until": clock.from_datetime(found.at)} for found in choices(local)]


def composer(drafts: dict[str, Draft], reach: list[Reach], held: list[Identifier]) -> dict:
    """The composer with what was begun: roads, draft, files. ``drafts``: hers, by kind; ``held``: the customer's
    identifiers, the best first."""
    answer = drafts.get("answer")
    tokens = answer.files if answer else []
    roads = [_way(way, held) for way in reach]
    return {
        "roads": _chosen(roads, answer.channel if answer else ""),
        "key": str(ids.uuid7()),
        "draft": answer,
        "draft_files": list(Attachment.objects.filter(token__in=tokens, message=None).order_by("id")) if tokens else [],
        "variables": NAMES,
    }


def drafts(conversation: Conversation, user: User) -> dict[str, Draft]:
    """What somebody has begun to write in a conversation: ``answer``, ``note``."""
    return {draft.kind: draft for draft in _drafts(conversation.id, user.id)}


@prepared
def _drafts(conversation_id: int, user_id: int, /) -> QuerySet[Draft, Draft]:
    return Draft.objects.filter(conversation=conversation_id, user=user_id)


def words(note: Draft | None, colleagues: list[str]) -> dict:
    """What the page's scripts say, in the reader's language, and the few things they know: the note she began, and the
    names that it can call."""
    return {
        "sent": _("It leaves in a moment."),
        "kept": _("It was taken back and is kept as a draft."),
        "nothing": _("There is nothing to send yet."),
        "offline": _("The line is down. Nothing was sent."),
        "send_anyway": _("Send as well"),
        "closed": _("Closed."),
        "snoozed": _("Put aside."),
        "take_out": _("Take out"),
        "picture": _("picture"),
        "too_large": _("too large: at most 25 MB"),
        "not_kept": _("could not be kept; try again"),
        "most_files": MAX_FILES,
        "group": _("Conversation"),
        "reply": _("Answer"),
        "note": _("Write a note"),
        "send": _("Send"),
        "send_close": _("Send and close"),
        "close_next": _("Close and open the next one"),
        "emoji": {
            "faces": _("Faces"),
            "gestures": _("Gestures"),
            "work": _("Shop and work"),
            "signs": _("Signs"),
            "nature": _("Nature and food"),
        },
        "note_draft": note.text if note else "",
        "colleagues": colleagues,
    }


def verb(channel: str) -> str:
    """What the button that sends says."""
    verbs = {"chat": _("Reply in the chat"), "email": _("Reply by e-mail"), "sms": _("Reply by SMS")}
    return verbs.get(channel) or _("Reply by %(channel)s") % {"channel": _(registry.get(channel).manifest.label)}


def _way(way: Reach, held: list[Identifier]) -> dict:
    capabilities = registry.get(way.channel).manifest.capabilities
    return {
        "reach": way,
        "chosen": way.preferred,
        "subject": "subject" in capabilities,
        "verb": verb(way.channel),
        "addresses": _others(way, held) if way.usable else [],
    }


def _others(way: Reach, held: list[Identifier]) -> list[tuple[str, str]]:
    """(address, as people write it) of all her addresses on a road, when there is a choice."""
    values = list(dict.fromkeys([way.address, *(row.value for row in held if row.kind == way.address_kind)]))
    if way.address_kind == "chat" or len(values) < 2:
        return []
    return [(value, addresses.show_phone(value) if way.address_kind == "phone" else value) for value in values]


def _chosen(roads: list[dict], wanted: str) -> list[dict]:
    """The road of the draft again, if it can still be used; else the preferred one."""
    if any(way["reach"].channel == wanted and way["reach"].usable for way in roads):
        for way in roads:
            way["chosen"] = way["reach"].channel == wanted
    return roads
