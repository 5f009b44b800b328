"""Saved views: a filter of the inbox under a name, one's own or everybody's."""

from rondpoint.accounts.models import User
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.rules.filters import Filters, sort_of
from rondpoint.lib.db import write

LONGEST_NAME = 80
MOST = 30  # of one person, and shared


class BadView(ValueError):
    """``code``: name | many."""

    def __init__(self, code: str):
        super().__init__({"name": "give it a name", "many": f"there are {MOST} already"}[code])
        self.code = code


def save(user: User | None, name: str, filters: Filters, sort: str, shared: bool = False) -> SavedView:
    """Keeps a filter under a name; ``shared`` (or without a user) it is everybody's. Raises BadView."""
    owner = None if shared else user
    with write():
        there = SavedView.objects.filter(owner=owner).count()
        if there >= MOST:
            raise BadView("many")
        return SavedView.objects.create(
            name=_named(name), owner=owner, filters=filters.said(), sort=sort_of(sort), position=there
        )


def change(view: SavedView, name: str | None = None, owner: User | None = None, shared: bool | None = None) -> None:
    """Another name; shared with everybody, or ``owner``'s own again. Raises BadView."""
    if name is not None:
        view.name = _named(name)
    if shared is not None:
        view.owner = None if shared else owner
    with write():
        view.save(update_fields=["name", "owner"])


def refill(view: SavedView, filters: Filters, sort: str) -> None:
    """Another filter under the same name."""
    view.filters, view.sort = filters.said(), sort_of(sort)
    with write():
        view.save(update_fields=["filters", "sort"])


def remove(view: SavedView) -> None:
    """Forgets a view; the conversations in it stay where they are."""
    with write():
        view.delete()


def _named(name: str) -> str:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise BadView("name")
    return name
