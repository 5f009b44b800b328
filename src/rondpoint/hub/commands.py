"""``rondpoint import``, ``rondpoint export`` and ``rondpoint erase``."""

import argparse
import contextlib
import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn


def add(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands to the command line."""
    bring = command(commands, "import", "brings the rows of a file in; prints a summary as JSON", _import)
    bring.add_argument("kind", help="customers, events, orders, consents, messages or customer")
    bring.add_argument("file", nargs="?", help="CSV, Excel, vCard, JSON lines or JSON; - reads standard input")
    bring.add_argument("--template", action="store_true", help="prints the header of a file instead")
    bring.add_argument("--dry-run", action="store_true", help="looks at all rows and brings none in")
    bring.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="what a column means")
    bring.add_argument("--origin", default="file", help="the system the file comes from, such as crm")
    bring.add_argument("--country", default="FR", help="of telephone numbers without one")

    what = command(commands, "export", "prints all that is known of a customer as JSON", _export)
    what.add_argument("what", choices=["customer"])
    what.add_argument("id", help="the customer's id, as in the address of her page")

    gone = command(commands, "erase", "forgets a customer, and prints the receipt as JSON", _erase)
    gone.add_argument("what", choices=["customer"])
    gone.add_argument("id", help="the customer's id, as in the address of her page")
    gone.add_argument("--reason", default="asked", help="asked (default), unlawful, retention or other")
    gone.add_argument("--override", default="", metavar="WHY", help="why she is forgotten though a hold is over her")


def _erase(options: argparse.Namespace) -> None:
    from rondpoint.customers import queries as customers
    from rondpoint.hub.rights import actions, queries, working
    from rondpoint.jobs import processes

    row = customers.resolve(options.id)
    if row is None:
        _fail(f"there is no customer {options.id}")
    try:
        erasure = actions.erase(row, "command line", options.reason, override=options.override)
    except actions.Invalid as invalid:
        _fail(str(invalid))
    print("She can neither be seen nor written to any more; what is left of her is being removed…", file=sys.stderr)
    done = working.whole(erasure, processes.name("command"))
    print(json.dumps(queries.receipt(done), ensure_ascii=False, indent=2))


def _export(options: argparse.Namespace) -> None:
    from rondpoint.accounts import actions as accounts
    from rondpoint.customers import queries as customers
    from rondpoint.hub.exports import customer

    row = customers.resolve(options.id)
    if row is None:
        _fail(f"there is no customer {options.id}")
    accounts.audit("command line", "customer.exported", f"customer:{row.public_id}")
    print(json.dumps(customer.whole(row), ensure_ascii=False, indent=2))


def _import(options: argparse.Namespace) -> None:
    from rondpoint.hub.imports import actions, kinds, queries, working
    from rondpoint.jobs import processes
    from rondpoint.lib import garbage

    kind = kinds.get(options.kind)
    if kind is None:
        _fail(f"{options.kind}: expected one of {', '.join(each.name for each in kinds.every())}")
    if options.template:
        csv.writer(sys.stdout, lineterminator="\n").writerow([column.field for column in kind.columns])
        return
    if not options.file:
        _fail("which file? rondpoint import KIND FILE, or --template for the header of one")
    wanted = {}
    for pair in options.map:
        column, equals, field = pair.rpartition("=")
        if not equals or not column:
            _fail(f"--map {pair}: expected column=field")
        wanted[column] = field
    sha256, size = _stored(options.file)
    then = "check" if options.dry_run else "run"
    name = Path(options.file).name if options.file != "-" else "standard input"
    try:
        row = actions.begin(
            options.kind, name, sha256, size, "command line", options.origin, options.country, then, wanted
        )
    except actions.Invalid as invalid:
        _fail(str(invalid))
    garbage.settle()
    with _checkpoints():
        working.whole(row, processes.name("command"))
    row.refresh_from_db()
    said = actions.summary(row)
    if row.refused:
        said["refused_rows"] = [{"line": each.line, "reason": each.reason} for each in queries.refused(row, 20)]
    print(json.dumps(said, ensure_ascii=False, indent=2))
    taken = said["new"] + said["changed"] + said["known"]
    if row.state not in ("done", "checked") or not taken:
        raise SystemExit(1)


@contextlib.contextmanager
def _checkpoints() -> Iterator[None]:
    """Folds SQLite's WAL back meanwhile, as a worker would: a million rows would else stand there twice. It is done
    less often, every 32 MB, since who writes has to wait for it."""
    from django.conf import settings

    from rondpoint.lib import db

    if settings.ENVIRONMENT.database_url:
        yield
        return
    checkpointer = db.Checkpointer(settings.RONDPOINT_HOME / "rondpoint.sqlite3", pages=8000)
    checkpointer.start()
    try:
        yield
    finally:
        checkpointer.stop()


def _stored(name: str) -> tuple[str, int]:
    from rondpoint.files import actions as store

    try:
        with sys.stdin.buffer if name == "-" else open(name, "rb") as file:
            return store.save_stream(iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        _fail(f"{name} cannot be read: {error.strerror}")


def _fail(sentence: str) -> NoReturn:
    raise SystemExit(f"rondpoint: {sentence}")
