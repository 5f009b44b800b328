"""``python -m tests.faults.illness ARGUMENTS…``: the ``rondpoint`` command with three bugs in it.

A mail that says :data:`HANGS` hangs the child that reads it, a message that says :data:`BREAKS` breaks the room that
takes it, and one that says :data:`REFUSED` is refused by the database in the middle of being applied. Without this
launcher the same bytes are ordinary messages: that is the day on which the bugs are mended.
"""

import importlib
import os

from tests.faults_outside import launch

HANGS, BREAKS, REFUSED = "makes the reader hang", "breaks the room", "is refused by the database"


def parse_isolated(payload: bytes) -> bytes:
    """The mail parser's child, which never comes to an end with some."""
    while HANGS.encode() in payload:
        pass
    from rondpoint.channels.email import channel

    return channel.parse_isolated(payload)


def _infect() -> None:
    from rondpoint.channels import handlers
    from rondpoint.lib import isolation

    receive = importlib.import_module("rondpoint.conversations.actions.receive")  # the package has a verb of that name
    healthy_call, healthy_handle, healthy_enter = isolation.Isolated, handlers.handle, receive.enter

    def isolated(target: str, **limits):
        ill = target.startswith("rondpoint.channels.email")
        return healthy_call("tests.faults.illness:parse_isolated" if ill else target, **limits)

    def handle(arrivals):
        for arrival in arrivals:
            if BREAKS in getattr(arrival.item, "text", ""):
                raise ZeroDivisionError(BREAKS)
        return healthy_handle(arrivals)

    def enter(entries):
        for entry in entries:
            if REFUSED in entry.message.text:
                entry.message.direction = None  # the column holds no NULL
        healthy_enter(entries)

    isolation.Isolated, handlers.handle, receive.enter = isolated, handle, enter


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    _infect()
    launch.main()


if __name__ == "__main__":
    main()
