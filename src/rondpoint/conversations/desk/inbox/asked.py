"""Which list an address asks for: a view, narrowed further, in an order."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.queries import saved
from rondpoint.conversations.queries.inbox import VIEWS
from rondpoint.conversations.rules.filters import NAMES, BadFilter, Filters, parse, sort_of

DEFAULT = "open"


class Asked(Struct, frozen=True):
    """``key``: the view's name or public id; ``own``: what narrows it further; ``wrong``: filters not understood."""

    key: str
    own: Filters
    filters: Filters
    sort: str
    default_sort: str
    saved: SavedView | None = None
    wrong: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        """The view and what narrows it, for the query string of ``/inbox``."""
        return urlencode({"view": self.key} | self._more())

    @property
    def unsorted(self) -> str:
        """The view and its filters in its usual order."""
        return urlencode({"view": self.key} | self.own.said())

    @property
    def whole(self) -> str:
        """The same in one value, for the parameter ``view`` of a conversation's address."""
        more = urlencode(self._more())
        return f"{self.key}?{more}" if more else self.key

    def _more(self) -> dict[str, str]:
        return self.own.said() | ({"sort": self.sort} if self.sort != self.default_sort else {})


def asked(given: Mapping[str, str], user: User) -> Asked:
    """Reads ``view``, ``sort`` and the filters of a query. A view nobody knows is the open ones."""
    key, _mark, inside = given.get("view", "").partition("?")
    said = dict(parse_qsl(inside[:2000])) | {name: given[name] for name in (*NAMES, "sort") if name in given}
    view = None if key in VIEWS else saved.find(user, key)
    if view is None and key not in VIEWS:
        key = DEFAULT
    base = saved.filters_of(view) if view else VIEWS[key]
    default = sort_of(view.sort) if view else "newest"
    wrong: tuple[tuple[str, str], ...] = ()
    try:
        own = parse({name: value for name, value in said.items() if name in NAMES})
    except BadFilter as error:
        own, wrong = Filters(), tuple(error.problems)
    sort = sort_of(said["sort"]) if said.get("sort") else default
    return Asked(key, own, base.narrowed(own), sort, default, view, wrong)
