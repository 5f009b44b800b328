"""What the list of the desk shows."""

from django.utils.translation import gettext as _

from rondpoint.accounts.models import Brand, Team, User
from rondpoint.channels import registry
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


def rows(view: str, user: User, _before: tuple[int, int] | None = None) -> dict:
    """The list pane beside a conversation. ``view`` may carry filters: ``open?channel=sms``."""
    return whole(asked({"view": view}, user), user)


def whole(wanted: Asked, user: User, after: tuple[int, ...] | None = None) -> dict:
    """The list with its views, filters and actions."""
    return page(wanted, user, after) | views(wanted, user) | choices(wanted, user)


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
    """A row as the template draws it."""
    return {
        "row": row,
        "c": row.conversation,
        "place": ",".join(map(str, place(row.conversation, wanted.sort))),
        "spokes": spokes(row.channels, row.conversation.last_channel),
    }


def views(wanted: Asked, user: User) -> dict:
    """The views one can choose, with how many conversations each holds."""
    own = list(saved.usable(user))
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


def choices(wanted: Asked, user: User) -> dict:
    """What one may filter by, sort by and do."""
    colleagues = list(User.objects.filter(is_active=True).exclude(role="read_only").order_by("name"))
    teams = list(Team.objects.order_by("name"))
    brands = list(Brand.objects.order_by("name"))
    said = wanted.own.said()
    return {
        "colleagues": [row for row in colleagues if row.id != user.id],
        "teams": teams,
        "snoozes": snoozes(),
        "sorts": [{"key": key, "name": name, "here": key == wanted.sort} for key, name in sort_names().items()],
        "fields": _fields(said, colleagues, teams, brands),
        "said": said,
        "pills": filter_words(said, _labels(colleagues, teams, brands)),
        "wrong": [f"{name}: {reason}" for name, reason in wanted.wrong],
    }


def _fields(said: dict[str, str], colleagues: list[User], teams: list[Team], brands: list[Brand]) -> list[dict]:
    """The select fields of the filter; one with nothing to choose from is left out."""
    labels = _labels(colleagues, teams, brands)
    offered = {
        "state": ["open", "waiting", "snoozed", "closed"],
        "assignee": ["me", "none", *(str(row.id) for row in colleagues)],
        "team": ["mine", "none", *(str(row.id) for row in teams)] if teams else [],
        "channel": registry.kinds(),
        "brand": [row.slug for row in brands] if len(brands) > 1 else [],
        "priority": ["urgent", "high", "normal", "low"],
        "unread": ["yes", "no"],
        "language": sorted({row.language for row in brands} | {"fr", "en"}),
    }
    names = field_names()
    return [
        {
            "name": name,
            "label": names[name],
            "options": [(value, labels(name, value), said.get(name) == value) for value in values],
        }
        for name, values in offered.items()
        if values
    ]


def _labels(colleagues: list[User], teams: list[Team], brands: list[Brand]):
    """How a value of a filter is called."""
    fixed = value_names()
    known = {
        "assignee": {str(row.id): row.name for row in colleagues},
        "team": {str(row.id): row.name for row in teams},
        "brand": {row.slug: row.name for row in brands},
        "channel": {kind: _(registry.get(kind).manifest.label) for kind in registry.kinds()},
    }

    def label(name: str, value: str) -> str:
        return fixed.get((name, value)) or known.get(name, {}).get(value) or value

    return label
