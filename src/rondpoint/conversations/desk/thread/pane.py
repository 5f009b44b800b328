"""What the page of a conversation shows."""

from django.utils import timezone
from django.utils.translation import gettext as _

from rondpoint.accounts.models import Team, User
from rondpoint.channels import registry
from rondpoint.conversations import queries
from rondpoint.conversations.actions.drafts import MAX_FILES
from rondpoint.conversations.models import Attachment, Conversation, Draft
from rondpoint.conversations.queries import flow
from rondpoint.conversations.rules.later import choices
from rondpoint.conversations.rules.variables import NAMES
from rondpoint.conversations.types import Reach
from rondpoint.customers import queries as customers
from rondpoint.lib import addresses, clock, ids


def thread(conversation: Conversation, before: int | None = None) -> dict:
    """The messages pane: its last page, or an earlier one."""
    return {"conversation": conversation, "flow": flow.page(conversation, before)}


def head(conversation: Conversation, user: User) -> dict:
    """Whose it is and what can be done with it."""
    colleagues = User.objects.filter(is_active=True).exclude(role="read_only").order_by("name")
    customer = customers.by_ids({conversation.customer_id}).get(conversation.customer_id)
    return {
        "conversation": conversation,
        "who": customer.name if customer else "",
        "colleagues": [row for row in colleagues if row.id != user.id],
        "teams": list(Team.objects.order_by("name")),
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


def composer(conversation: Conversation, user: User) -> dict:
    """The composer with what was begun: roads, draft, files."""
    answer = Draft.objects.filter(conversation=conversation, user=user, kind="answer").first()
    tokens = answer.files if answer else []
    roads = [_way(conversation, way) for way in queries.reachability(conversation)]
    return {
        "roads": _chosen(roads, answer.channel if answer else ""),
        "key": str(ids.uuid7()),
        "draft": answer,
        "draft_files": list(Attachment.objects.filter(token__in=tokens, message=None).order_by("id")),
        "variables": NAMES,
    }


def words(conversation: Conversation, user: User) -> dict:
    """What the page's scripts say, in the reader's language, and the few things they know."""
    note = Draft.objects.filter(conversation=conversation, user=user, kind="note").first()
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
        "colleagues": mentionable(user) if user.may("reply") else [],
    }


def mentionable(user: User) -> list[str]:
    """Names of colleagues that a note can call."""
    people = User.objects.filter(is_active=True).exclude(id=user.id).order_by("name")
    return list(people.values_list("name", flat=True))


def verb(channel: str) -> str:
    """What the button that sends says."""
    verbs = {"chat": _("Reply in the chat"), "email": _("Reply by e-mail"), "sms": _("Reply by SMS")}
    return verbs.get(channel) or _("Reply by %(channel)s") % {"channel": _(registry.get(channel).manifest.label)}


def _way(conversation: Conversation, way: Reach) -> dict:
    capabilities = registry.get(way.channel).manifest.capabilities
    return {
        "reach": way,
        "chosen": way.preferred,
        "subject": "subject" in capabilities,
        "verb": verb(way.channel),
        "addresses": _others(conversation, way) if way.usable else [],
    }


def _others(conversation: Conversation, way: Reach) -> list[tuple[str, str]]:
    """(address, as people write it) of all her addresses on a road, when there is a choice."""
    held = customers.holdings(customers.profile_ids(conversation.customer_id), way.address_kind)
    values = list(dict.fromkeys([way.address, *(row.value for row in held)]))
    if way.address_kind == "chat" or len(values) < 2:
        return []
    return [(value, addresses.show_phone(value) if way.address_kind == "phone" else value) for value in values]


def _chosen(roads: list[dict], wanted: str) -> list[dict]:
    """The road of the draft again, if it can still be used; else the preferred one."""
    if any(way["reach"].channel == wanted and way["reach"].usable for way in roads):
        for way in roads:
            way["chosen"] = way["reach"].channel == wanted
    return roads
