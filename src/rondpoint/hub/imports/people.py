"""Whom a row is about: the identifiers in its cells, and the profile on which its words belong."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier, Profile
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.hub.imports.types import Column, Context, Unfit
from rondpoint.lib import addresses, bulk

ACCOUNT = "account:"  # before the name of another system, whose numbers stand in the column
MOST_ADDRESSES = 10  # in one cell
_BETWEEN = re.compile(r"[;|\n]")
Held = tuple[str, str, str]

COLUMNS = (
    Column(
        "id", lambda: _("Customer's number in the system the file comes from"), "C-1042",
        ("customer id", "client id", "id client", "customer number", "numero client", "no client", "n client",
         "code client", "identifiant", "identifiant client", "reference client", "ref client", "contact id",
         "external id", "numero", "kundennummer"),
    ),
    Column(
        "user_id", lambda: _("Account on your site or in your app, as it is told there"), "u-42",
        ("user", "userid", "account id", "compte", "id compte", "identifiant compte", "login"),
    ),
    Column(
        "email", lambda: _("E-mail address; several are separated by ;"), "awa.diallo@example.com",
        ("e mail", "mail", "email address", "adresse email", "adresse e mail", "adresse mail", "courriel",
         "adresse electronique", "adresse de courriel", "emails", "e mail 1 value", "primary email",
         "customer email", "email client"),
    ),
    Column(
        "phone", lambda: _("Telephone number; several are separated by ;"), "+33 1 99 00 12 34",
        ("telephone", "tel", "phone number", "mobile", "portable", "mobile phone", "telephone mobile",
         "telephone portable", "numero de telephone", "n de telephone", "gsm", "phones", "phone 1 value",
         "customer phone", "tel portable", "cell", "cell phone"),
    ),
)  # fmt: skip
NEEDED = tuple(column.field for column in COLUMNS)


def is_account(field: str) -> bool:
    """Are these the numbers of another system: ``account:shop``?"""
    return field.startswith(ACCOUNT) and 0 < len(field) - len(ACCOUNT) <= 64


class Nobody(Unfit):
    """No cell says who a row is about."""


class Person(Struct, frozen=True):
    """Who a row is about. ``key``: under which its source would know her; ``names``: what identifies her, the surest
    first."""

    key: str
    identifiers: tuple[IdentifierIn, ...]
    names: tuple[Held, ...]


class Place(Struct):
    """The profile on which words belong: one there is, or the one that ``hear`` makes under this source and key.

    ``traits`` and ``held``: what it says and holds; ``meant``: what it holds with all the rows that belong there;
    ``other``: an identifier of the one customer, known to another source, whom a profile yet to be made is.
    """

    source: str
    key: str
    profile: Profile | None
    traits: dict[str, Any]
    held: set[Held]
    meant: set[Held]
    other: Identifier | None = None


def read(cells: dict[str, str], context: Context) -> Person:
    """Who a row is about, by an account number or an address. Raises Unfit."""
    found: dict[Held, IdentifierIn] = {}
    for field in ("id", "user_id"):
        text = cells.get(field, "").strip()
        if text and text.casefold() in addresses.BLOCKED_VALUES:
            raise Unfit(f"{field}: {text!r} identifies nobody")
        if len(text) > 300:
            raise Unfit(f"{field}: at most 300 characters")
        if text:
            _add(found, IdentifierIn("account", text, Evidence.PROVIDER, context.origin if field == "id" else ""))
    for field, cell in cells.items():
        if field.startswith(ACCOUNT) and cell.strip():
            _add(found, IdentifierIn("account", cell.strip()[:300], Evidence.PROVIDER, field.removeprefix(ACCOUNT)))
    for kind in ("email", "phone"):
        texts = [part.strip() for part in _BETWEEN.split(cells.get(kind, "")) if part.strip()]
        if len(texts) > MOST_ADDRESSES:
            raise Unfit(f"{kind}: at most {MOST_ADDRESSES} in one cell")
        for text in texts:
            try:
                _add(found, IdentifierIn(kind, addresses.normalise(kind, text, context.country), Evidence.PROVIDER))
            except addresses.BadAddress as error:
                raise Unfit(f"{kind}: {error}") from error
    if not found:
        raise Nobody("nothing says who this is; expected an id, an e-mail address or a phone number")
    first = next(iter(found.values()))
    kind = "id" if first.scope else "user" if first.kind == "account" else first.kind
    return Person(f"{kind}:{first.value}", tuple(found.values()), tuple(found))


def place(people: Sequence[Person], source: str, apart: bool = False) -> list[Place]:
    """Where the words about each belong, in a few statements for all.

    On the profile its source knows under the key; else on that of the one customer who holds an identifier of hers, as
    a message from there would land; else on a profile of her own that is yet to be made. Somebody who has another
    number in the same system is somebody else, whatever address the two share. ``apart``: what the source says is kept
    apart from what others say of the same customer: on a profile of its own, which is to be joined to hers.
    """
    own = {row.key: row for row in bulk.fetch(Profile, source={source}, key={each.key for each in people})}
    others = [each for each in people if each.key not in own]
    holders = customers.holders_of({name for each in others for name in each.names})
    profiles = {row.profile.id: row.profile for rows in holders.values() for row in rows}
    profiles |= {row.id: row for row in own.values()}
    held: dict[int, set[Held]] = {number: set() for number in profiles}
    for row in bulk.fetch(Identifier, profile_id=profiles.keys()):
        held[row.profile_id].add((row.kind, row.value, row.scope))
    places: dict[tuple[str, str], Place] = {}
    made: dict[Held, list[Place]] = {}
    found = []
    for person in people:
        profile, other = own.get(person.key), None
        if profile is None:
            other = _holder(person, holders, held, source)
            if other is not None and not (apart and other.profile.source != source):
                profile, other = other.profile, None
        known = (profile.source, profile.key) if profile is not None else (source, person.key)
        if profile is None and known not in places:
            earlier = _among(person, made)
            known = (earlier.source, earlier.key) if earlier is not None else known
        if known not in places:
            traits = {name: told["value"] for name, told in profile.traits.items()} if profile else {}
            now = held[profile.id] if profile else set()
            places[known] = Place(*known, profile, traits, set(now), now, other)
            if profile is None:
                for name in person.names:
                    made.setdefault(name, []).append(places[known])
        places[known].meant.update(person.names)
        found.append(places[known])
    return found


def _add(found: dict[Held, IdentifierIn], said: IdentifierIn) -> None:
    found.setdefault((said.kind, said.value, said.scope), said)


def _holder(
    person: Person, holders: dict[Held, list[Identifier]], held: dict[int, set[Held]], source: str
) -> Identifier | None:
    """How the one customer holds an identifier of a person, the surest identifier first: by what this source knows of
    her, else most surely."""
    for name in person.names:
        if name not in holders:
            continue
        rows = [row for row in holders[name] if not _another(person, held[row.profile_id])]
        if len({row.profile.owner for row in rows}) == 1:
            return max(rows, key=lambda row: (row.profile.source == source, row.evidence, -row.profile_id))
    return None


def _among(person: Person, made: dict[Held, list[Place]]) -> Place | None:
    """The same among those whom earlier rows make."""
    for name in person.names:
        if name not in made:
            continue
        rows = [each for each in made[name] if not _another(person, each.meant)]
        if len(rows) == 1:
            return rows[0]
    return None


def _another(person: Person, held: set[Held]) -> bool:
    """Does who holds all this have another account number where this person has one?"""
    mine = {scope: value for kind, value, scope in person.names if kind == "account"}
    theirs = [(value, scope) for kind, value, scope in held if kind == "account" and scope in mine]
    return any((mine[scope], scope) not in theirs for _, scope in theirs)
