"""Whom and what a page can offer: the staff, their teams and the brands, each read once for a page."""

from functools import cached_property

from django.db.models import QuerySet

from rondpoint.accounts.models import Brand, Team, User
from rondpoint.accounts.types import Role
from rondpoint.lib.prepared import prepared


class House:
    """The house as ``user`` meets it on one page."""

    def __init__(self, user: User):
        self._user = user

    @cached_property
    def staff(self) -> list[User]:
        """Who works here now, by name."""
        return _staff()

    @cached_property
    def teams(self) -> list[Team]:
        """By name."""
        return _teams()

    @cached_property
    def brands(self) -> list[Brand]:
        """By name."""
        return _brands()

    @property
    def answering(self) -> list[User]:
        """Who may be given a conversation, the user too."""
        return [row for row in self.staff if row.role != Role.READ_ONLY]

    @property
    def others(self) -> list[User]:
        """Her colleagues. A note can call any of them."""
        return [row for row in self.staff if row.id != self._user.id]

    @property
    def colleagues(self) -> list[User]:
        """To whom she may give a conversation."""
        return [row for row in self.answering if row.id != self._user.id]


@prepared
def _staff() -> QuerySet[User, User]:
    return User.objects.filter(is_active=True).order_by("name")


@prepared
def _teams() -> QuerySet[Team, Team]:
    return Team.objects.order_by("name")


@prepared
def _brands() -> QuerySet[Brand, Brand]:
    return Brand.objects.order_by("name")
