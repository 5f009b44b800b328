"""What the list of the desk shows."""

from collections.abc import Callable
from urllib.parse import quote

from django.utils.translation import gettext as _

from rondpoint.accounts.models import User
from rondpoint.channels import registry
from rondpoint.conversations.desk.house import House
from rondpoint.conversations.desk.inbox.asked import Asked, asked
from rondpoint.conversations.desk.inbox.words import (
    empty,
    field_names,
    filter_words,
    sort_names,
    value_names,
    view_names,
)
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.desk.thread.pane import snoozes
from rondpoint.conversations.queries import inbox, saved
from rondpoint.conversations.queries.inbox import Row, counts, place
from rondpoint.ui import paging

PAGE = 30
TABS = ("mine", "unassigned", "open")  # the others are one press away
FOLDED = ("team", "mentioned", "waiting", "snoozed", "closed", "all")


def rows(view: str, user: User, house: House) -> dict:
    """The list pane beside a conversation. ``view`` may carry filters: ``open?channel=sms``."""
    return whole(asked({"view": view}, user), user, house)


def whole(wanted: Asked, user: User, house: House, after: tuple[int, ...] | None = None) -> dict:
    """The list with its views, filters and actions."""
    return page(wanted, user, after) | views(wanted, user) | choices(wanted, house)


def page(wanted: Asked, user: User, after: tuple[int, ...] | None = None) -> dict:
    """One page of rows, and the place behind it when there is more."""
    shown = inbox.page(wanted.filters, user, wanted.sort, after, PAGE + 1)
    more = len(shown) > PAGE
    shown = shown[:PAGE]
    return {
        "view": wanted.whole,
        "list": wanted,
        "lines": [line(row, wanted) for row in shown],
        "more": paging.cursor(*place(shown[-1].conversation, wanted.sort)) if more else "",
        "first_page": after is None,
        "empty": empty(wanted) if after is None and not shown else None,
    }


def line(row: Row, wanted: Asked) -> dict:
    """A row as the template draws it: plain values, since a page draws thirty of them."""
    found, who = row.conversation, row.name or _("Visitor")
    return {
        "number": found.id,
        "id": str(found.public_id),
        "address": f"/conversations/{found.public_id}?view={quote(wanted.whole, safe='')}",
        "place": ",".join(map(str, place(found, wanted.sort))),
        "state": found.state,
        "who": who,
        "choose": _("Choose %(name)s") % {"name": who},
        "spokes": spokes(row.channels, found.last_channel),
        "unread": found.unread,
        "priority": found.priority,
        "snoozed_until": found.snoozed_until if found.state == "snoozed" else None,
        "waiting_since": found.waiting_since if found.state != "closed" else None,
        "at": found.last_message_at,
        "channel": found.last_channel,
        "preview": found.last_preview,
        "drafted": row.drafted,
        "mentioned": row.mentioned,
        "assignee": found.assignee.name if found.assignee else "",
        "team": found.team.name if found.team else "",
    }


def views(wanted: Asked, user: User) -> dict:
    """The views one can choose, with how many conversations each holds."""
    own = saved.usable(user)
    counted = counts(user, {str(view.public_id): saved.filters_of(view) for view in own})
    names = view_names()

    def choice(key: str, name: str) -> dict:
        return {"key": key, "name": name, "count": counted.get(key), "here": key == wanted.key}

    folded = [choice(key, names[key]) for key in FOLDED]
    mine = [
        choice(str(view.public_id), view.name)
        | {"shared": view.owner_id is None, "changeable": saved.may_change(user, view)}
        for view in own
    ]
    return {
        "counts": counted,
        "tabs": [choice(key, names[key]) for key in TABS],
        "folded": folded,
        "saved": mine,
        "elsewhere": next((one for one in [*folded, *mine] if one["here"]), None),
    }


def choices(wanted: Asked, house: House) -> dict:
    """What one may filter by, sort by and do."""
    said, labels = wanted.own.said(), _labels(house)
    return {
        "colleagues": house.colleagues,
        "teams": house.teams,
        "snoozes": snoozes(),
        "sorts": [{"key": key, "name": name, "here": key == wanted.sort} for key, name in sort_names().items()],
        "fields": _fields(said, house, labels),
        "said": said,
        "pills": filter_words(said, labels),
        "wrong": [f"{name}: {reason}" for name, reason in wanted.wrong],
    }


def _fields(said: dict[str, str], house: House, label: Callable[[str, str], str]) -> list[dict]:
    """The select fields of the filter; one with nothing to choose from is left out."""
    offered = {
        "state": ["open", "waiting", "snoozed", "closed"],
        "assignee": ["me", "none", *(str(row.id) for row in house.answering)],
        "team": ["mine", "none", *(str(row.id) for row in house.teams)] if house.teams else [],
        "channel": registry.kinds(),
        "brand": [row.slug for row in house.brands] if len(house.brands) > 1 else [],
        "priority": ["urgent", "high", "normal", "low"],
        "unread": ["yes", "no"],
        "language": sorted({row.language for row in house.brands} | {"fr", "en"}),
    }
    names = field_names()
    return [
        {
            "name": name,
            "label": names[name],
            "options": [(value, label(name, value), said.get(name) == value) for value in values],
        }
        for name, values in offered.items()
        if values
    ]


def _labels(house: House) -> Callable[[str, str], str]:
    """How a value of a filter is called."""
    fixed = value_names()
    known = {
        "assignee": {str(row.id): row.name for row in house.answering},
        "team": {str(row.id): row.name for row in house.teams},
        "brand": {row.slug: row.name for row in house.brands},
        "channel": {kind: _(registry.get(kind).manifest.label) for kind in registry.kinds()},
    }

    def label(name: str, value: str) -> str:
        return fixed.get((name, value)) or known.get(name, {}).get(value) or value

    return label
