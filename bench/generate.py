"""Invented people, facts, conversations and messages in any number: always the same for the same number.

They are written past the actions, table by table, since a million would take hours otherwise; the indexes and their
triggers work as always. Each function is called once in an empty house, before any role runs.
"""

import bisect
import itertools
import json
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

SYLLABLES = [first + second for first in "bdflmnrstv" for second in ("a", "e", "i", "o", "ar", "el")]
FIRST = (
    "Awa", "Marie", "Jean", "Éloïse", "Paul", "Zoé", "Luc", "Inès", "Noé", "Anaïs", "Hugo", "Rémi", "Fanta", "Yann",
)  # fmt: skip
COMMON = ["bonjour", "merci", "colis", "commande", "livraison", "retour", "facture", "taille", "adresse", "paiement"]
CHANNELS = ("email", "sms", "chat")
DAY = 86_400 * 1_000_000
START = 1_700_000_000_000_000
SPAN = 730 * DAY  # all that happens lies within two years from START
GOLDEN = 0.6180339887498949  # multiples of it, without the whole part, fill 0 to 1 evenly and in no order
A_CONVERSATION = 5  # messages
CHUNK = 20_000


class Person(NamedTuple):
    """An invented customer; ``number`` is her id and that of her profile."""

    number: int
    name: str
    phone: str
    email: str


def person(number: int) -> Person:
    """The customer of a number. Few first names; last names as unevenly spread as real ones (Zipf)."""
    names, bounds = _lasts()
    last = names[bisect.bisect(bounds, (number * GOLDEN) % 1 * bounds[-1])]
    domain = ("com", "org", "net")[number % 3]
    return Person(
        number,
        f"{FIRST[(number * 7919 >> 3) % len(FIRST)]} {last}",
        f"+331{number:08d}",
        f"{last.lower()}{number}@example.{domain}",
    )


def people(customers: int) -> None:
    """Customers 1 to ``customers``, each with a profile that holds a telephone number and an e-mail address, which lead
    mail and short messages to it; found as typed."""
    from rondpoint.customers import finding
    from rondpoint.customers.models import Customer, Identifier, Profile
    from rondpoint.customers.types import Evidence
    from rondpoint.lib.db import write

    for numbers in _chunks(customers):
        with write():
            rows = [person(number) for number in numbers]
            store(
                Customer,
                ("id", "public_id", "name", "created", "last_seen"),
                [(n, public(n), name, START, START + n) for n, name, _, _ in rows],
            )
            store(
                Profile,
                ("id", "source", "key", "customer_id", "traits", "created"),
                [(n, "bench", str(n), n, _json(name={"value": name, "at": 1}), START) for n, name, _, _ in rows],
            )
            for kind in ("phone", "email"):
                store(
                    Identifier,
                    ("profile_id", "kind", "value", "evidence", "created"),
                    [(one.number, kind, getattr(one, kind), Evidence.SIGNED.value, START) for one in rows],
                )
    finding.rebuild()
    go_on_from(Customer, Profile, Identifier)


def facts(customers: int, number: int) -> None:
    """Facts about customers: most have some, a few have thousands."""
    from rondpoint.events.models import Event
    from rondpoint.lib.db import write

    for numbers in _chunks(number):
        with write():
            store(
                Event,
                ("profile_id", "type", "channel", "source", "message_id", "occurred", "received", "properties"),
                [_fact(n, customers, number) for n in numbers],
            )


def _fact(n: int, customers: int, number: int) -> tuple:
    share = (n * GOLDEN) % 1
    # A third goes by a cube: the first customers have hundreds of times what the others have.
    owner = 1 + int((share**3 if n % 3 == 0 else share) * customers)
    at = START + n * (SPAN // number)
    kind = n % 10
    if kind == 0:
        type_, said = "order.completed", {"number": f"MH-{n}", "total": 20 + n % 300, "currency": "EUR"}
    elif kind < 3:
        type_, said = "article.read", {"title": f"How to choose number {n % 400}", "url": "https://shop.example.com/a"}
    elif kind < 5:
        type_, said = "shop.visited", {"shop": f"Lyon {n % 7}"}
    else:
        type_, said = "page.viewed", {"title": f"Page {n % 900}", "url": f"https://shop.example.com/p/{n % 900}"}
    return owner, type_, "", "bench", str(n), at, at, _json(**said)


def vocabulary() -> tuple[list[str], list[float]]:
    """Words by how often they are said, the commonest first, and their weights (Zipf)."""
    chance = random.Random(11)
    made = {
        "".join(
            chance.choices("bcdflmnprst", k=2)
            + chance.choices("aeiou", k=2)
            + chance.choices("abcdefilmnorst", k=chance.randint(0, 5))
        )
        for _ in range(40_000)
    }
    words = COMMON + sorted(made)
    return words, [1 / (rank + 2) for rank in range(len(words))]


def conversations(customers: int, number: int) -> None:
    """Conversations of five messages each, of :func:`people`; a tenth is not settled. Ids go with time.

    Who sees what: :func:`staff` first. A quarter of the conversations belongs to a team.
    """
    from rondpoint.accounts.models import Team, User
    from rondpoint.conversations.models import Conversation, Message, Participant
    from rondpoint.events.models import Event
    from rondpoint.lib.db import write

    teams = [*Team.objects.order_by("id").values_list("id", flat=True)] or [None]
    users = [*User.objects.order_by("id").values_list("id", flat=True)] or [None]
    words, weights = vocabulary()
    pool = random.Random(13).choices(words, weights, k=400_000)
    step = SPAN // (number * A_CONVERSATION)
    for numbers in _chunks(number, CHUNK // A_CONVERSATION):
        with write():
            rows = [_conversation(n, customers, step, teams, users) for n in numbers]
            store(
                Conversation,
                ("id", "public_id", "profile_id", "customer_id", "subject", "state", "team_id", "assignee_id",
                 "created", "last_message_at", "last_channel", "last_preview", "waiting_since", "unread"),
                rows,
            )  # fmt: skip
            said = [_message(n, customers, step, pool) for row in rows for n in _messages_of(row[0])]
            store(
                Message,
                ("id", "public_id", "conversation_id", "origin_conversation_id", "profile_id", "direction", "channel",
                 "address_kind", "address", "author_kind", "text", "at", "received", "source_key"),
                said,
            )  # fmt: skip
            store(
                Participant,
                ("conversation_id", "profile_id", "address_kind", "address", "role", "created"),
                [(row[0], row[2], "phone", f"+331{row[2]:08d}", "customer", START) for row in rows],
            )
            store(
                Event,
                ("profile_id", "type", "channel", "source", "message_id", "occurred", "received", "properties"),
                [
                    (row[4], "message.received" if row[5] == "in" else "message.sent", row[6], "conversations",
                     f"message:{row[0]}", row[11], row[11],
                     _json(conversation_id=row[2], message_id=row[0], preview=row[10][:80], author=""))
                    for row in said
                ],
            )  # fmt: skip
    go_on_from(Conversation, Message)


def staff() -> tuple[Any, Any]:
    """An agent in one of four teams, who also sees what is nobody's, and a supervisor, who sees all; eight more."""
    from rondpoint.accounts.models import Team, User
    from rondpoint.lib.db import write

    with write():
        teams = [Team.objects.get_or_create(name=f"Team {number}")[0] for number in range(4)]
        for number in range(8):
            other = User.objects.get_or_create(email=f"agent{number}@example.com", name=f"Agent {number}", role="agent")
            other[0].teams.add(teams[number % 4])
        agent = User.objects.get_or_create(email="agent@example.com", name="Agent", role="agent")[0]
        agent.teams.add(teams[0])
        supervisor = User.objects.get_or_create(email="supervisor@example.com", name="Supervisor", role="supervisor")
        return agent, supervisor[0]


def store(model: Any, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Writes rows of a table; what ``columns`` do not name has its default. JSON comes as text."""
    from django.db import connection
    from django.db.models import NOT_PROVIDED

    fields = {field.attname: field for field in model._meta.concrete_fields}
    rest = {
        name: field.get_db_prep_save(field.get_default(), connection)
        for name, field in fields.items()
        if name not in columns and not field.primary_key and field.db_default is NOT_PROVIDED
    }
    fixed = tuple(rest.values())
    names = ", ".join(f'"{fields[name].column}"' for name in (*columns, *rest))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * (len(columns) + len(rest)))
            statement = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'
            connection.connection.executemany(statement, ((*row, *fixed) for row in rows))
            return
        with cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row((*row, *fixed))


def public(number: int) -> str:
    """The public id of a row of a number."""
    return f"{number:032x}"


def _conversation(n: int, customers: int, step: int, teams: list, users: list) -> tuple:
    owner = _owner(n, customers)
    last = START + n * A_CONVERSATION * step
    lot = _lot(n, "state", 100)
    state = "open" if lot < 5 else "waiting" if lot < 9 else "snoozed" if lot < 10 else "closed"
    team = teams[_lot(n, "team", len(teams))] if _lot(n, "whose", 4) == 0 else None
    assignee = users[_lot(n, "user", len(users))] if _lot(n, "given", 3) == 0 else None
    waiting = last if state == "open" else None
    return (
        n, public(n), owner, owner, "", state, team, assignee, START + n * step,
        last, CHANNELS[n % 3], "bonjour", waiting, state == "open",
    )  # fmt: skip


def _lot(number: int, what: str, of: int) -> int:
    """0 to ``of`` - 1, drawn for a number and a matter: always the same, and as if by chance."""
    return zlib.crc32(f"{what}{number}".encode()) % of


def _messages_of(conversation: int) -> range:
    return range((conversation - 1) * A_CONVERSATION + 1, conversation * A_CONVERSATION + 1)


def _message(n: int, customers: int, step: int, pool: list[str]) -> tuple:
    conversation = (n - 1) // A_CONVERSATION + 1
    owner = _owner(conversation, customers)
    place = int((n * GOLDEN) % 1 * (len(pool) - 40))
    inward = n % 3 != 0
    return (
        n, public(n), conversation, conversation, owner, "in" if inward else "out", CHANNELS[n % 3], "phone",
        f"+331{owner:08d}", "customer" if inward else "agent", " ".join(pool[place : place + 5 + n % 36]),
        START + n * step, START + n * step, f"bench:{n}",
    )  # fmt: skip


def _owner(conversation: int, customers: int) -> int:
    return 1 + int((conversation * GOLDEN) % 1 * customers)


def _chunks(number: int, size: int = CHUNK) -> Iterator[range]:
    for start in range(1, number + 1, size):
        yield range(start, min(start + size, number + 1))


def _json(**said: Any) -> str:
    return json.dumps(said, ensure_ascii=False)


_last_names: list[tuple[list[str], list[float]]] = []


def _lasts() -> tuple[list[str], list[float]]:
    if not _last_names:
        chance = random.Random(7)
        names = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).title() for _ in range(60_000)})
        chance.shuffle(names)
        _last_names.append((names, list(itertools.accumulate(1 / (rank + 5) for rank in range(len(names))))))
    return _last_names[0]


def go_on_from(*models: Any) -> None:
    """PostgreSQL gives the next rows numbers above those written with their own."""
    from django.core.management.color import no_style
    from django.db import connection

    from rondpoint.lib.db import write

    with write(), connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def company(customers: int) -> None:
    """A whole house: ten facts a customer, of which one is a message; a conversation for every fifth customer."""
    staff()
    people(customers)
    facts(customers, customers * 9)
    conversations(customers, customers // A_CONVERSATION)
