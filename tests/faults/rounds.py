"""``python -m tests.faults.rounds``: a worker with one more periodic job, which writes one line of a ledger a turn.

The job finds its turn in the database, takes a while, and writes the turn down. Whoever ran it beside another, or
again after it was done, would write a turn twice. ``RONDPOINT_TEST_DIARY`` is the file in which it notes when it
began and ended; ``RONDPOINT_TEST_LEASE`` the seconds of a job's lease, where they are not the product's own.
"""

import os
import time

TURN = 0.3  # seconds that one takes


def turn() -> None:
    """One turn of the job."""
    from rondpoint.conversations.models import Attempt
    from rondpoint.lib.db import write

    number = Attempt.objects.filter(scope__startswith="turn ").count()
    _note("began", number)
    time.sleep(TURN)
    with write():
        Attempt.objects.create(scope=f"turn {number}")
    _note("ended", number)


def _note(what: str, number: int) -> None:
    with open(os.environ["RONDPOINT_TEST_DIARY"], "a", encoding="ascii") as diary:
        diary.write(f"{what} {number} {os.getpid()} {time.monotonic()}\n")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    from rondpoint.config import cli
    from rondpoint.jobs import periodic

    if os.environ.get("RONDPOINT_TEST_LEASE"):
        seconds = float(os.environ["RONDPOINT_TEST_LEASE"])
        periodic._lease = lambda job: seconds
    periodic.register("ledger", 0.05, turn)
    cli.main(["worker"])


if __name__ == "__main__":
    main()
