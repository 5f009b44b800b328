"""Following the facts in commit order with a place of one's own that is moved in the same transaction."""

from collections.abc import Callable

from rondpoint.events import queries
from rondpoint.events.models import Event
from rondpoint.events.types import Position
from rondpoint.jobs.models import Cursor
from rondpoint.lib.db import lock_row, write


def follow(name: str, take: Callable[[list[Event]], None], limit: int = 1000) -> int:
    """Hands the next facts to ``take``, inside ``write()``, and remembers how far that was; how many there were.

    What ``take`` writes and the new place are one transaction: each fact is taken once. Readers of one name take turns.
    """
    with write():
        reader, _ = Cursor.objects.get_or_create(name=name)
        reader = lock_row(Cursor.objects.filter(id=reader.id)).get()
        facts, position = queries.after(Position(reader.transaction, reader.row), limit)
        if not facts:
            return 0
        take(facts)
        move(name, position)
    return len(facts)


def place(name: str) -> Position:
    """How far a reader has come. For one that reads first, thinks for a while and only then writes: it holds a lease,
    or its facts are taken twice."""
    reader = Cursor.objects.filter(name=name).first()
    return Position(reader.transaction, reader.row) if reader else Position()


def move(name: str, position: Position) -> None:
    """Remembers how far a reader has come, inside the ``write()`` of what it made of the facts."""
    Cursor.objects.update_or_create(
        name=name, defaults={"transaction": position.transaction, "row": position.row}
    )
