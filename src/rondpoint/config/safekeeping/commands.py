"""``rondpoint backup`` and ``rondpoint restore`` on the command line."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path


def add(commands, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds both to the parser's ``commands``; ``command(commands, name, meaning, run)`` makes one."""
    backup = command(commands, "backup", "writes the whole house into one file, while it runs", _backup)
    backup.add_argument("file", type=Path)
    backup.add_argument(
        "--without-secret",
        action="store_true",
        help="leave HOME/secret out: whoever finds the file cannot open the connections' secrets, and you cannot "
        "either unless you keep the secret elsewhere",
    )
    restore = command(commands, "restore", "puts the house of a backup here", _restore)
    restore.add_argument("file", type=Path)
    restore.add_argument("--check", action="store_true", help="only read it through; nothing is changed")
    restore.add_argument("--replace", action="store_true", help="in the place of the house that is here")
    restore.add_argument(
        "--moved",
        action="store_true",
        help="the old house was stopped for the backup and has not run since: what waits to leave is sent from here",
    )
    restore.add_argument(
        "--ledger",
        type=Path,
        help="the ledger of erasures of that house (HOME/erasures.jsonl), kept elsewhere: whoever was erased after the "
        "backup is erased again; the one of the house that is here is carried over anyway",
    )


def refuse_unfinished(options: argparse.Namespace) -> None:
    """Ends every other command while a restore runs, or after one was cut short."""
    from rondpoint.config.safekeeping import presence
    from rondpoint.config.safekeeping.types import Failure

    if options.run is not _restore:
        try:
            presence.refuse_unfinished()
        except Failure as failure:
            _fail(failure)


def _backup(options: argparse.Namespace) -> None:
    from django.db import DatabaseError

    from rondpoint.config.safekeeping import backup
    from rondpoint.config.safekeeping.types import Failure

    _end_tidily()
    try:
        done = backup.make(options.file.absolute(), not options.without_secret)
    except Failure as failure:
        _fail(failure)
    except DatabaseError as error:
        _fail(f"the database cannot be read: {error}")
    manifest = done.manifest
    print(
        f"{options.file}: {manifest.rows:,} rows in {len(manifest.tables)} tables, {manifest.files.count:,} files, "
        f"{done.size / 1e6:.1f} MB, written and read again in {done.seconds:.1f} s"
    )
    if options.without_secret:
        print("Without HOME/secret: keep that too, or the connections' secrets and second factors do not open again.")
    if manifest.missing:
        _fail(
            f"the backup is made, but {len(manifest.missing)} files that messages refer to are missing or damaged "
            f"in HOME/files: {', '.join(manifest.missing[:3])}…"
        )


def _restore(options: argparse.Namespace) -> None:
    from rondpoint.config.safekeeping import restore
    from rondpoint.config.safekeeping.types import Failure
    from rondpoint.lib import clock

    _end_tidily()
    try:
        if options.check:
            manifest = restore.look(options.file)
        else:
            done = restore.run(options.file, options.replace, options.moved, options.ledger)
            manifest = done.manifest
    except Failure as failure:
        _fail(failure)
    made = f"{clock.to_datetime(manifest.head.created):%Y-%m-%d %H:%M} UTC by version {manifest.head.version}"
    print(
        f"{options.file}: {manifest.rows:,} rows in {len(manifest.tables)} tables, {manifest.files.count:,} files, "
        f"made on {made} on {manifest.head.engine}; its secret is {manifest.secret}"
    )
    if options.check:
        print("It is whole.")
        return
    print("The house is restored. Start it with: rondpoint up")
    if done.forgotten:
        print(f"{done.forgotten} customers who were erased after the backup was made were erased again.")
    if done.uncertain:
        print(
            f"{done.uncertain} messages waited to leave when the backup was made. They may have left since, so they "
            "are marked 'unknown' and do not leave by themselves (--moved sends them)."
        )
    if not done.has_secret:
        print(
            "The backup was made without its secret, and the one here is another: the connections' secrets and second "
            "factors do not open until the old one is in HOME/secret.",
            file=sys.stderr,
        )


def _end_tidily() -> None:
    """Who is told to stop takes away what is half done."""

    def stop(*_):
        _fail("stopped before its end")

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)


def _fail(reason: object) -> None:
    raise SystemExit(f"rondpoint: {reason}")
