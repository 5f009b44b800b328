"""Saved views: whose they are and what they filter by."""

import uuid

from django.db.models import Q, QuerySet

from rondpoint.accounts.models import User
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.rules.filters import BadFilter, Filters, parse
from rondpoint.lib.prepared import prepared


def usable(user: User) -> list[SavedView]:
    """Her own and everybody's, in order."""
    return _usable(user.id)


@prepared
def _usable(user_id: int, /) -> QuerySet[SavedView, SavedView]:
    return SavedView.objects.filter(Q(owner=user_id) | Q(owner=None)).order_by("position", "id")


def find(user: User, public_id: str) -> SavedView | None:
    """One that she may use."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    return next((view for view in usable(user) if view.public_id == wanted), None)


def may_change(user: User, view: SavedView) -> bool:
    """Her own; everybody's are the supervisors' to change."""
    return user.may("operate") if view.owner_id is None else view.owner_id == user.id


def filters_of(view: SavedView) -> Filters:
    """What a view filters by; nothing when a filter in it is not known any more."""
    try:
        return parse(view.filters)
    except BadFilter:
        return Filters()
