"""Traits that a higher room works out of facts: nobody says them, so nobody can say otherwise."""

from collections.abc import Callable, Collection
from typing import Any

from msgspec import Struct

SOURCE = "computed"


class Computed(Struct, frozen=True):
    """A value with what it is called, what it means in a sentence, and since when it holds (microseconds UTC).

    ``said``: as people read it, empty where a neighbour says it already; ``part``: which of several values of one
    definition it is; ``why``: the address of the page that shows how it came about.
    """

    value: Any
    said: str
    label: str
    meaning: str
    at: int
    part: str = ""
    why: str = ""


class Reader(Struct, frozen=True):
    """``values(customer id)``: her values by name; ``names(some)``: which of these names are those of such traits."""

    values: Callable[[int], dict[str, Computed]]
    names: Callable[[Collection[str]], set[str]]


_readers: list[Reader] = []


def read_by(reader: Reader) -> None:
    """A higher room tells its values."""
    _readers[:] = [reader]


def values(customer_id: int) -> dict[str, Computed]:
    """The computed traits of a customer, by name."""
    return {name: value for reader in _readers for name, value in reader.values(customer_id).items()}


def names(some: Collection[str]) -> set[str]:
    """Which of these names are those of computed traits."""
    return {name for reader in _readers for name in reader.names(some)} if some else set()
