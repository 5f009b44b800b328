"""Traits that a higher room works out of facts: nobody says them, so nobody can say otherwise."""

from collections.abc import Collection

from rondpoint.customers.types import COMPUTED, Computed, ComputedReader

SOURCE = COMPUTED
_readers: list[ComputedReader] = []


def read_by(reader: ComputedReader) -> None:
    """A higher room tells its values."""
    _readers[:] = [reader]


def values(customer_id: int) -> dict[str, Computed]:
    """The computed traits of a customer, by name."""
    return {name: value for reader in _readers for name, value in reader.values(customer_id).items()}


def names(some: Collection[str]) -> set[str]:
    """Which of these names are those of computed traits."""
    return {name for reader in _readers for name in reader.names(some)} if some else set()
