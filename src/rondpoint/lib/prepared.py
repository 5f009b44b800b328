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
# Values that stand for arguments while a statement is made; nobody else uses them. Numbers fit every column.
NUMBER, TEXT, UNIQUE = 2_147_000_000, "\0argument ", uuid.UUID("5a11ab1e-0000-4000-8000-000000000000").int


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
    """The statement for arguments of a shape; None where no row can fit. LookupError for one that it cannot take."""
    marks: dict[Any, tuple[int, int | None]] = {}
    queryset = make(*[_marked(value, number, marks) for number, value in enumerate(arguments)], **fixed)
    queryset.query.get_initial_alias()
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda _columns: converters
    values = [(*marks.get(_key(param), (-1, None)), param) for param in params]
    # A mark in the SQL itself, or in a value that is more than the mark, would be taken for what was asked.
    left = f"{sql} {[fixed for number, _, fixed in values if number < 0]}"
    for mark, (number, _) in marks.items():
        if str(mark).strip("\0") in left:
            name = getattr(make, "__qualname__", make)
            raise LookupError(f"{name}: argument {number} is not a value of the statement; give it by its name")
    return _Statement(queryset, compiler, sql, values)


def _spread(value: Any) -> Any:
    """A collection in as many places as the next power of two, its last value repeated: few shapes, the same answer."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return value
    found = list(value)
    return found + found[-1:] * ((1 << max(len(found) - 1, 0).bit_length()) - len(found))


def _shape(value: Any) -> Any:
    return tuple(map(type, value)) if isinstance(value, list) else type(value)


def _marked(value: Any, number: int, marks: dict[Any, tuple[int, int | None]]) -> Any:
    """What stands for an argument while the statement is made."""
    if isinstance(value, list):
        return [_mark(one, number, place, marks) for place, one in enumerate(value)]
    return None if value is None else _mark(value, number, None, marks)


def _mark(value: Any, number: int, place: int | None, marks: dict[Any, tuple[int, int | None]]) -> Any:
    turn = len(marks)
    if isinstance(value, bool) or not isinstance(value, int | str | uuid.UUID):
        raise TypeError(f"argument {number}: {type(value).__name__} cannot vary; give it by its name")
    mark: int | str | uuid.UUID
    if isinstance(value, int):
        mark = NUMBER + turn
    else:
        mark = f"{TEXT}{turn}" if isinstance(value, str) else uuid.UUID(int=UNIQUE + turn)
    marks[_key(mark)] = (number, place)
    return mark


def _key(param: Any) -> Any:
    """How a mark is known again: a UUID is text to SQLite."""
    if isinstance(param, uuid.UUID):
        return param.hex
    return param if isinstance(param, int | str) else None


def _plain(value: Any, mark: Any) -> Any:
    """A value as the engine takes it: where its mark became text, a UUID does too."""
    return value.hex if isinstance(value, uuid.UUID) and isinstance(mark, str) else value
