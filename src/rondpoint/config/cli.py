"""The ``rondpoint`` command."""

import argparse
import json
import os
import sys
from collections.abc import Callable

from rondpoint.config.safekeeping.commands import add as commands_of_safekeeping
from rondpoint.config.safekeeping.commands import refuse_unfinished
from rondpoint.hub.commands import add as commands_of_hub


def main(arguments: list[str] | None = None) -> None:
    """Entry point: parses the command line, sets Django up, runs one command."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    refuse_unfinished(options)
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rondpoint", description="One customer, one conversation, any channel.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = _command(commands, "up", "all roles in one process tree", _up)
    which = up.add_mutually_exclusive_group()
    which.add_argument("--demo", action="store_true", help="with the demo company")
    which.add_argument("--empty", action="store_true", help="with nothing in it (the default)")
    for role, meaning in (
        ("edge", "webhooks, chat and streams only"),
        ("desk", "screens and API only"),
        ("worker", "works off deliveries and sends"),
    ):
        _command(commands, role, meaning, lambda options, role=role: _role(role))
    doctor = _command(commands, "doctor", "says what is wrong and how to mend it", _doctor)
    doctor.add_argument("--json", action="store_true", help="for scripts; the exit code is 1 when something is wrong")
    _command(commands, "migrate", "brings the database's tables up to date", lambda options: _prepare())

    commands_of_safekeeping(commands, _command)
    commands_of_hub(commands, lambda *said: _command(*said[:-1], lambda options: (_prepare(), said[-1](options))))

    key = _group(commands, "key", "API keys")
    create = _command(key, "create", "prints a new API key", _key_create)
    create.add_argument("name")

    user = _group(commands, "user", "staff")
    create = _command(user, "create", "a new member of staff; the password comes on standard input", _user_create)
    create.add_argument("email")
    create.add_argument("--admin", action="store_true")
    create.add_argument("--role", default="agent", help="administrator, supervisor, agent or read_only")
    create.add_argument("--name", default="")

    factors = _command(user, "factors", "takes somebody's second factors away: the telephone is lost", _user_factors)
    factors.add_argument("email")
    factors.add_argument("--remove", action="store_true", required=True)

    connection = _group(commands, "connection", "channel accounts")
    add = _command(connection, "add", "a new channel account; prints its id and inbound_url", _connection_add)
    add.add_argument("channel")
    add.add_argument("name")
    add.add_argument("--set", nargs="+", action="extend", default=[], metavar="key=value")
    _command(connection, "list", "prints the channel accounts", _connection_list)

    channels = _group(commands, "channels", "the channels there are")
    show = _command(channels, "show", "prints a channel's settings, limits and capabilities", _channel_show)
    show.add_argument("slug")

    lake = _group(commands, "lake", "the copy of all facts that segments are found in")
    _command(lake, "rebuild", "writes it anew from the database; the old one counts until then", _lake_rebuild)

    quarantine = _group(commands, "quarantine", "deliveries that failed five times")
    _command(quarantine, "list", "prints them", _quarantine_list)
    replay = _command(quarantine, "replay", "puts them back to work", _quarantine_replay)
    replay.add_argument("id", nargs="?", help="one delivery; without it the whole quarantine")
    replay.add_argument("--every", action="store_true", help="all deliveries ever received: nothing may change")
    return parser


def _command(commands, name: str, meaning: str, run: Callable) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=meaning, description=meaning)
    parser.set_defaults(run=run)
    return parser


def _group(commands, name: str, meaning: str):
    return commands.add_parser(name, help=meaning, description=meaning).add_subparsers(required=True, metavar="COMMAND")


def _fail(sentence: str) -> None:
    raise SystemExit(f"rondpoint: {sentence}")


def _prepare() -> None:
    from rondpoint.config.setup import prepare

    prepare()


def _up(options: argparse.Namespace) -> None:
    from rondpoint.config import supervisor

    _prepare()
    if options.demo:
        from django.conf import settings

        from rondpoint.demo import seed

        seed.run(settings.ENVIRONMENT)
    supervisor.run(demo=options.demo)


def _role(role: str) -> None:
    from rondpoint.config.roles import start

    start(role)


def _doctor(options: argparse.Namespace) -> None:
    from rondpoint.config import doctor

    findings = doctor.examine()
    if options.json:
        print(doctor.as_json(findings))
        raise SystemExit(1 if findings else 0)
    for finding in findings:
        print(f"- {finding.problem}\n  {finding.remedy}")
    if findings:
        raise SystemExit(1)
    print("Nothing is wrong.")


def _key_create(options: argparse.Namespace) -> None:
    from rondpoint.accounts import actions

    _prepare()
    print(actions.create_api_key(options.name)[1])


def _user_create(options: argparse.Namespace) -> None:
    from django.core.exceptions import ValidationError

    from rondpoint.accounts import actions
    from rondpoint.accounts.types import Role

    _prepare()
    try:
        role = Role.ADMINISTRATOR if options.admin else Role(options.role)
    except ValueError:
        _fail(f"--role {options.role}: expected one of {', '.join(Role)}")
    if sys.stdin.isatty():
        print("Password: ", end="", file=sys.stderr, flush=True)
    password = sys.stdin.readline().rstrip("\n")
    name = options.name or options.email.partition("@")[0]
    try:
        user = actions.create_user(options.email, name, password, role)
    except ValidationError as error:
        _fail("the password was not taken: " + " ".join(error.messages))
    except ValueError as error:
        _fail(str(error))
    print(f"{user.email} may sign in as {user.role}")


def _user_factors(options: argparse.Namespace) -> None:
    from rondpoint.accounts.factors import actions
    from rondpoint.accounts.models import User

    _prepare()
    user = User.objects.filter(email=options.email.strip().lower()).first()
    if user is None:
        _fail(f"nobody has the e-mail address {options.email}")
    print(f"{actions.remove_all('rondpoint user factors', user)} factors of {user.email} are gone")


def _connection_add(options: argparse.Namespace) -> None:
    from rondpoint.channels import actions, connections

    _prepare()
    values = {}
    for pair in options.set:
        key, equals, value = pair.partition("=")
        if not equals:
            _fail(f"--set {pair}: expected key=value")
        values[key] = value
    try:
        connection = actions.add_connection(options.channel, options.name, values)
    except actions.BadSettings as error:
        _fail("; ".join(f"{field}: {problem}" for field, problem in error.problems.items()))
    print(json.dumps({"id": str(connection.public_id), "inbound_url": connections.inbound_url(connection)}))


def _connection_list(options: argparse.Namespace) -> None:
    from rondpoint.channels import connections

    _prepare()
    for row in connections.active():
        info = connections.info(row)
        print(json.dumps({"id": info.public_id, "channel": row.kind, "name": row.name, "problem": row.problem}))


def _channel_show(options: argparse.Namespace) -> None:
    import msgspec

    from rondpoint.channels import registry

    if options.slug not in registry.kinds():
        _fail(f"no channel {options.slug!r}; there are {', '.join(registry.kinds())}")
    print(msgspec.json.format(msgspec.json.encode(registry.get(options.slug).manifest, order="sorted")).decode())


def _lake_rebuild(options: argparse.Namespace) -> None:
    from django.conf import settings

    from rondpoint.events import lake

    _prepare()
    try:
        print(f"{lake.write_anew(settings.ENVIRONMENT.lake):,} facts are in the lake")
    except lake.Busy as error:
        _fail(f"{error}; try again in a moment")
    except (OSError, ValueError) as error:
        _fail(f"the lake cannot be reached: {error}; the one of before is as it was")


def _quarantine_list(options: argparse.Namespace) -> None:
    from rondpoint.channels import quarantine

    for row in quarantine.listing(limit=1000):
        first_line = row.error.partition("\n")[0]
        print(json.dumps({"id": str(row.public_id), "connection": row.connection.name, "error": first_line}))


def _quarantine_replay(options: argparse.Namespace) -> None:
    from rondpoint.channels import quarantine

    if options.id:
        delivery = quarantine.get(options.id)
        if delivery is None:
            _fail(f"no delivery {options.id}")
        quarantine.replay(delivery, "command line")
        print("1 delivery is worked off again")
        return
    print(f"{quarantine.replay_all('command line', options.every)} deliveries are worked off again")


if __name__ == "__main__":
    main()
