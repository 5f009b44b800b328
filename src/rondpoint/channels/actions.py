"""Adding and changing connections."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import ProtectedError

from rondpoint.accounts.models import Brand
from rondpoint.channels import connections, registry
from rondpoint.channels.models import Connection
from rondpoint.customers import actions as customers
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write


class BadSettings(ValueError):
    """Some settings do not hold; ``problems`` names each field with a sentence."""

    def __init__(self, problems: dict[str, str]):
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def add_connection(kind: str, name: str, values: dict[str, str], brand: Brand | None = None) -> Connection:
    """A new channel account. Raises BadSettings."""
    if kind not in registry.kinds():
        raise BadSettings({"kind": f"no channel {kind!r}; there are {', '.join(registry.kinds())}"})
    with write():
        connection = Connection(kind=kind, name=name, brand=brand or Brand.objects.order_by("id").first())
        _set(connection, values)
        connection.save()
        return connection


def change_connection(connection: Connection, name: str, values: dict[str, str], forget: Collection[str] = ()) -> None:
    """New settings for a connection; a secret left empty keeps its value unless ``forget`` names it. Account numbers
    move along where they count with others than before. Raises BadSettings."""
    before = connections.account_scope(connections.info(connection))
    opened = signing.unseal(settings.SECRET_KEY, connection.secrets)
    kept = {key: value for key, value in opened.items() if key not in forget}
    with write():
        connection.name = name
        _set(connection, {**kept, **{key: value for key, value in values.items() if value or key not in kept}})
        connection.save(update_fields=["name", "settings", "secrets"])
        after = connections.account_scope(connections.info(connection))
        source = f"{connection.kind}:{connection.public_id}"
        customers.move_accounts(source, before, after)
    if before != after:
        customers.meet_by_account(source, after, clock.now())


def set_active(connection: Connection, active: bool) -> None:
    """Pauses a connection or takes it up again. What was received stays."""
    with write():
        Connection.objects.filter(id=connection.id).update(active=active)


def remove_connection(connection: Connection) -> bool:
    """Takes a connection away for good; False when something came or went by it, which needs its name for ever."""
    try:
        with write():
            connection.delete()
    except ProtectedError:
        return False
    return True


def note_problem(connection_id: int, problem: str) -> None:
    """What is wrong with a connection, in a sentence; empty when it works again."""
    with write():
        changed = Connection.objects.filter(id=connection_id).exclude(problem=problem[:500])
        changed.update(problem=problem[:500], problem_at=clock.now() if problem else None)


def _set(connection: Connection, values: dict[str, str]) -> None:
    manifest = registry.get(connection.kind).manifest
    given = {name: str(value).strip() for name, value in values.items() if str(value).strip()}
    filled = {**{field.name: field.default for field in manifest.settings if field.default}, **given}
    problems = registry.get(connection.kind).check_settings(filled)
    if problems:
        raise BadSettings(problems)
    secret = {field.name for field in manifest.settings if field.secret}
    connection.settings = {name: value for name, value in filled.items() if name not in secret}
    connection.secrets = signing.seal(
        settings.SECRET_KEY, {name: value for name, value in filled.items() if name in secret}
    )
