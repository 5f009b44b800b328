"""Querysets whose statement is made once, for what every page asks. What is asked seldom asks Django as it is.

Making a queryset and turning it into SQL costs ten times what SQLite needs to answer it. A function that makes one is
written as always and called as always; what it costs is paid once for each shape of its arguments::

    @prepared
    def _waiting(customer_id: int, kinds: Collection[str], /, *, limit: int) -> QuerySet[Link, Link]:
        return Link.objects.filter(left__customer_id=customer_id, kind__in=kinds, closed=None)[:limit]

    links = _waiting(7, ("manual", "code"), limit=20)  # a list of what the queryset yields

Arguments by position are values of the statement: numbers, texts, UUIDs, None, and collections of them. They must come
to the database as they are: compared with a column, never within a pattern. Arguments by name (numbers, texts, truth
values, and tuples of them) belong to the statement, which is made anew for each of them.
"""

import copy
import functools
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

MOST = 500  # statements of one function that are kept; then all are made anew
# Numbers that stand for arguments while a statement is made: they fit the smallest column of PostgreSQL, which Django
# compares with no number that does not.
TURNS = (10_000, 20_000)
LAST = 2**63 - 1
UNIQUE = uuid.UUID("5a11ab1e-0000-4000-8000-000000000000").int


def prepared(make: "Callable[Asked, QuerySet[Any, Found]]") -> Callable[Asked, list[Found]]:
    """The function that makes a queryset, as one that answers it; its statement is made once for each shape."""
    statements: dict[tuple[Any, ...], _Statement | None] = {}

    @functools.wraps(make)
    def ask(*values: Asked.args, **fixed: Asked.kwargs) -> list[Found]:
        arguments = [_spread(value) for value in values]
        shape = (tuple([_shape(value) for value in arguments]), tuple(fixed.items()))
        try:
            statement = statements[shape]
        except KeyError:
            if len(statements) == MOST:
                statements.clear()
            statement = statements[shape] = _made(make, arguments, fixed)
        return statement.answer(arguments) if statement else []

    return ask


class _Statement(NamedTuple):
    """SQL with its values: of an argument (by its number, and by its place where it is a collection), or fixed."""

    queryset: Any
    compiler: Any
    sql: str
    values: list[tuple[int, int | None, Any]]

    def answer(self, arguments: Sequence[Any]) -> list[Any]:
        """What the queryset yields for these arguments."""
        given = tuple(
            [
                fixed if number < 0 else _plain(arguments[number] if place is None else arguments[number][place], fixed)
                for number, place, fixed in self.values
            ]
        )
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # one of this thread
        compiler.as_sql = lambda: (self.sql, given)
        query = copy.copy(self.queryset.query)
        query.get_compiler = lambda *_arguments, **_named: compiler
        asked = type(self.queryset)(self.queryset.model, query, DEFAULT_DB_ALIAS)
        asked._fields, asked._iterable_class = self.queryset._fields, self.queryset._iterable_class
        asked._prefetch_related_lookups = self.queryset._prefetch_related_lookups
        return list(asked)


def _made(make: Callable[..., Any], arguments: Sequence[Any], fixed: dict[str, Any]) -> _Statement | None:
    """The statement for arguments of a shape; None where no row can fit. LookupError for one that it cannot take.

    It is made with two sets of marks: what is another in each stands for an argument, and all else is the same.
    """
    one, other = (_compiled(make, arguments, fixed, turn) for turn in TURNS)
    if one is None or other is None:
        return None
    values: list[tuple[int, int | None, Any]] = []
    for param, again in zip(one.params, other.params, strict=True):
        place = one.marks.get(_key(param))
        if place is not None and place == other.marks.get(_key(again)):
            values.append((*place, param))
        elif repr(param) == repr(again):
            values.append((-1, None, param))
        else:
            raise LookupError(f"{_name(make)}: an argument is changed on its way to {again!r}; give it by its name")
    if one.sql != other.sql:
        raise LookupError(f"{_name(make)}: an argument is no value, but a part of the statement; give it by its name")
    converters = one.compiler.get_converters([column[0] for column in one.compiler.select[: one.compiler.col_count]])
    one.compiler.get_converters = lambda _columns: converters
    return _Statement(one.queryset, one.compiler, one.sql, values)


class _Compiled(NamedTuple):
    """A queryset made with marks, and its SQL."""

    queryset: Any
    compiler: Any
    sql: str
    params: Sequence[Any]
    marks: "dict[Any, tuple[int, int | None]]"


def _compiled(make: Callable[..., Any], arguments: Sequence[Any], fixed: dict[str, Any], turn: int) -> _Compiled | None:
    marks: dict[Any, tuple[int, int | None]] = {}
    queryset = make(*[_marked(value, number, turn, marks) for number, value in enumerate(arguments)], **fixed)
    queryset.query.get_initial_alias()
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return _Compiled(queryset, compiler, sql, params, marks)


def _name(make: Callable[..., Any]) -> str:
    return str(getattr(make, "__qualname__", make))


def _spread(value: Any) -> Any:
    """A collection in as many places as the next power of two, its last value repeated: few shapes, the same answer."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return value
    found = list(value)
    return found + found[-1:] * ((1 << max(len(found) - 1, 0).bit_length()) - len(found))


def _shape(value: Any) -> Any:
    return tuple(map(type, value)) if isinstance(value, list) else type(value)


def _marked(value: Any, number: int, turn: int, marks: dict[Any, tuple[int, int | None]]) -> Any:
    """What stands for an argument while the statement is made."""
    if isinstance(value, list):
        return [_mark(one, number, place, turn, marks) for place, one in enumerate(value)]
    return None if value is None else _mark(value, number, None, turn, marks)


def _mark(value: Any, number: int, place: int | None, turn: int, marks: dict[Any, tuple[int, int | None]]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str | uuid.UUID):
        raise TypeError(f"argument {number}: {type(value).__name__} cannot vary; give it by its name")
    mark: int | str | uuid.UUID = turn + len(marks)
    if isinstance(value, str):
        mark = f"\0argument {mark}"
    elif isinstance(value, uuid.UUID):
        mark = uuid.UUID(int=UNIQUE + turn + len(marks))
    marks[_key(mark)] = (number, place)
    return mark


def _key(param: Any) -> Any:
    """How a mark is known again: a UUID is text to SQLite."""
    if isinstance(param, uuid.UUID):
        return param.hex
    return param if isinstance(param, int | str) else None


def _plain(value: Any, mark: Any) -> Any:
    """A value as the engine takes it: where its mark became text, a UUID does too; a number that no column holds is the
    last one that a column can hold, on the same side of all that there is."""
    if isinstance(value, int):
        return value if -LAST <= value <= LAST else LAST if value > 0 else -LAST
    return value.hex if isinstance(value, uuid.UUID) and isinstance(mark, str) else value
