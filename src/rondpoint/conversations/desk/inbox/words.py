"""How views, filters and orders are called, and what an empty view says."""

from collections.abc import Callable

from babel import Locale
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from rondpoint.conversations.desk.inbox.asked import Asked


def view_names() -> dict[str, str]:
    """The views of the house."""
    return {
        "mine": _("Mine"),
        "unassigned": _("Free"),
        "open": pgettext("conversations", "Open"),
        "team": _("My teams"),
        "mentioned": _("Mentioned"),
        "waiting": pgettext("conversations", "Answered"),
        "snoozed": pgettext("conversations", "Put aside"),
        "closed": pgettext("conversations", "Closed"),
        "all": _("All"),
    }


def sort_names() -> dict[str, str]:
    """The orders."""
    return {
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "waiting": _("Longest waiting first"),
        "priority": _("Priority first"),
    }


def field_names() -> dict[str, str]:
    """The filters."""
    return {
        "state": _("State"),
        "assignee": _("Assigned to"),
        "team": _("Team"),
        "channel": _("Channel"),
        "brand": _("Brand"),
        "priority": _("Priority"),
        "unread": _("Read or unread"),
        "language": _("Language"),
        "mentioned": _("Mentioned"),
        "waiting_over_minutes": _("Waiting longer than"),
        "text": _("Words"),
    }


def value_names() -> dict[tuple[str, str], str]:
    """(filter, value) → its name, where the value is not a name of its own."""
    return {
        ("state", "open"): pgettext("conversations", "Open"),
        ("state", "waiting"): pgettext("conversations", "Answered"),
        ("state", "snoozed"): pgettext("conversations", "Put aside"),
        ("state", "closed"): pgettext("conversations", "Closed"),
        ("assignee", "me"): _("Me"),
        ("assignee", "none"): _("Nobody"),
        ("team", "mine"): _("My teams"),
        ("team", "none"): _("No team"),
        ("priority", "urgent"): _("Urgent"),
        ("priority", "high"): _("High"),
        ("priority", "normal"): _("Normal"),
        ("priority", "low"): _("Low"),
        ("unread", "yes"): pgettext("conversations", "Unread"),
        ("unread", "no"): pgettext("conversations", "Read"),
        ("mentioned", "yes"): _("Mentioned"),
        **{("language", code): _language(code) for code in ("fr", "en", "de", "es", "it", "nl", "pt")},
    }


def filter_words(said: dict[str, str], label: Callable[[str, str], str]) -> list[str]:
    """Each filter that narrows, in a few words."""
    found = []
    for name, value in said.items():
        if name == "waiting_over_minutes":
            found.append(ngettext("waiting over %(n)s minute", "waiting over %(n)s minutes", int(value)) % {"n": value})
        elif name == "text":
            found.append(f"“{value}”")
        elif name in ("team", "assignee") and value == "none":
            found.append(_("Assigned to nobody") if name == "assignee" else label(name, value))
        else:
            found.append(", ".join(label(name, one) for one in value.split(",")))
    return found


def empty(wanted: Asked) -> dict[str, str]:
    """What will appear in a view, and the first step."""
    if wanted.own:
        return {
            "icon": "filter",
            "title": _("Nothing fits this filter"),
            "text": _("Conversations appear here as soon as one does."),
            "href": f"/inbox?view={wanted.key}",
            "step": _("Show the whole view"),
        }
    if wanted.saved:
        return {
            "icon": "check",
            "title": _("Nothing here now"),
            "text": _("Conversations that fit “%(name)s” appear here.") % {"name": wanted.saved.name},
            "href": "/inbox?view=open",
            "step": _("Go to the open ones"),
        }
    return {"href": "/inbox?view=open", "step": _("Go to the open ones"), **_empty_views()[wanted.key]}


def _empty_views() -> dict[str, dict[str, str]]:
    return {
        "mine": {
            "icon": "check",
            "title": _("Nothing waits for you"),
            "text": _("What you take or are given appears here. Take the next free one with a."),
            "href": "/inbox?view=unassigned",
            "step": _("Go to the free ones"),
        },
        "unassigned": {
            "icon": "check",
            "title": _("Everything is in somebody's hands"),
            "text": _("What nobody has taken yet appears here."),
        },
        "open": {
            "icon": "inbox",
            "title": _("Nobody waits for an answer"),
            "text": _("What people write to you on any channel appears here."),
            "href": "/inbox?view=waiting",
            "step": _("See what was answered"),
        },
        "team": {
            "icon": "team",
            "title": _("Nothing for your teams"),
            "text": _("What is given to a team you belong to appears here."),
        },
        "mentioned": {
            "icon": "at",
            "title": _("No new mention"),
            "text": _("When a colleague names you in a note with @, the conversation appears here until you look."),
        },
        "waiting": {
            "icon": "reply",
            "title": _("No answer is awaited"),
            "text": _("Conversations you have answered wait here for the customer's next word."),
        },
        "snoozed": {
            "icon": "snooze",
            "title": _("Nothing is put aside"),
            "text": _("Put a conversation aside with s; it comes back at its time, or as soon as the customer writes."),
        },
        "closed": {
            "icon": "check",
            "title": _("Nothing closed yet"),
            "text": _("Conversations that are settled rest here. Close one with e."),
        },
        "all": {
            "icon": "inbox",
            "title": _("No conversation yet"),
            "text": _("What people write to you on any channel appears here."),
            "href": "/settings",
            "step": _("Connect a channel"),
        },
    }


def _language(code: str) -> str:
    name = Locale.parse(code).get_language_name((get_language() or "en")[:2])
    return (name or code).capitalize()
