"""Saved views: whose they are and what they filter by."""

import uuid

from django.db.models import Q, QuerySet

from rondpoint.accounts.models import User
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.rules.filters import BadFilter, Filters, parse


def usable(user: User) -> QuerySet[SavedView]:
    """Her own and everybody's, in order."""
    return SavedView.objects.filter(Q(owner=user) | Q(owner=None)).order_by("position", "id")


def find(user: User, public_id: str) -> SavedView | None:
    """One that she may use."""
    try:
        return usable(user).filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        return None


def may_change(user: User, view: SavedView) -> bool:
    """Her own; everybody's are the supervisors' to change."""
    return user.may("operate") if view.owner_id is None else view.owner_id == user.id


def filters_of(view: SavedView) -> Filters:
    """What a view filters by; nothing when a filter in it is not known any more."""
    try:
        return parse(view.filters)
    except BadFilter:
        return Filters()
