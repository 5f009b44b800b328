"""Customers: who they are, and what is known of them."""

from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers import actions as customers
from rondpoint.customers.models import Identifier
from rondpoint.customers.types import Said, Same
from rondpoint.hub.imports import people
from rondpoint.hub.imports.kinds import own
from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.types import Column, Context, Judged, Kind, Outcome, Unfit

LONGEST = 500  # letters of a name, a street…
COLUMNS = (
    *people.COLUMNS,
    Column("name", lambda: _("Whole name"), "Awa Diallo",
           ("full name", "nom complet", "nom et prenom", "prenom et nom", "display name", "contact", "client",
            "customer", "customer name", "nom du client", "fn")),
    Column("first_name", lambda: _("First name"), "Awa",
           ("firstname", "given name", "prenom", "forename", "vorname", "prenoms", "first")),
    Column("last_name", lambda: _("Last name"), "Diallo",
           ("lastname", "surname", "family name", "nom", "nom de famille", "nachname", "last")),
    Column("company", lambda: _("Company"), "Maison Diallo",
           ("societe", "entreprise", "organisation", "organization", "raison sociale", "company name",
            "organization name")),
    Column("language", lambda: _("Language, as fr or en"), "fr", ("langue", "locale", "lang", "preferred language")),
    Column("street", lambda: _("Street and number"), "12 rue des Tilleuls",
           ("address", "adresse", "rue", "adresse postale", "address line 1", "adresse 1", "street address")),
    Column("postcode", lambda: _("Postcode"), "69003",
           ("postal code", "code postal", "zip", "zip code", "cp", "plz")),
    Column("city", lambda: _("Town"), "Lyon", ("town", "ville", "commune", "locality")),
    Column("country", lambda: _("Country, as FR"), "FR", ("pays", "country code", "code pays")),
    Column("birthday", lambda: _("Date of birth"), "1988-04-12",
           ("birth date", "date of birth", "birthdate", "date de naissance", "naissance", "anniversaire", "dob")),
    Column("gender", lambda: _("Form of address or gender"), "f",
           ("civilite", "genre", "sexe", "sex", "salutation", "title")),
    Column("customer_since", lambda: _("Customer since"), "2024-11-02",
           ("created at", "date de creation", "client depuis", "member since", "date creation", "registered at",
            "date d inscription", "signup date")),
    Column("told_at", lambda: _("When this was true: a newer word of another source stays"), "2026-03-04T14:05:00Z",
           ("updated at", "modified", "last modified", "date de modification", "modifie le", "mis a jour le")),
)  # fmt: skip
DATES = ("birthday", "customer_since")
TRAITS = tuple(
    column.field for column in COLUMNS if column.field not in (*people.NEEDED, "told_at")
)


class Record(Struct, frozen=True):
    """A customer as a row tells her."""

    person: people.Person
    traits: dict[str, Any]
    at: int


def read(cells: dict[str, str], context: Context) -> Record:
    """A customer out of a row. Raises Unfit."""
    person = people.read(cells, context)
    traits: dict[str, Any] = {}
    for field in TRAITS:
        text = cells.get(field, "").strip()
        if not text:
            continue
        if len(text) > LONGEST:
            raise Unfit(f"{field}: at most {LONGEST} characters")
        traits[field] = _day(field, text) if field in DATES else text
    if "language" in traits:
        traits["language"] = traits["language"].lower().replace("_", "-")[:8]
    at = context.at
    if cells.get("told_at", "").strip():
        at = min(at, rules.moment(cells["told_at"], context.zone))
    return Record(person, traits | own.values(cells), at)


def judge(records: list[Record], context: Context) -> Judged:
    """Who is new, and of whom something new is said; only those are heard."""
    places = people.place([record.person for record in records], context.source, apart=True)
    outcomes, plan = [], []
    begun: set[tuple[str, str]] = set()
    for record, place in zip(records, places, strict=True):
        name = (place.source, place.key)
        names = set(record.person.names)
        if place.profile is None and name not in begun:
            begun.add(name)
            state = "changed" if place.other else "new"
        elif names <= place.held and not _news(record, place):
            state = "known"
        else:
            state = "changed"
        place.held |= names
        place.traits |= record.traits
        if state != "known":
            same = _same(place.other, context) if place.other is not None else None
            plan.append(Said(place.source, place.key, record.at, record.traits, record.person.identifiers, same))
        outcomes.append(Outcome(state))
    return Judged(outcomes, plan)


def apply(plan: list[Said], context: Context) -> None:
    """Notes what the rows say. Inside ``write()``."""
    customers.hear(plan)


def show(record: Record) -> dict[str, Any]:
    """A customer as she would become."""
    return {**{said.kind: said.value for said in reversed(record.person.identifiers)}, **record.traits}


def _same(other: Identifier, context: Context) -> Same:
    return Same(other.profile_id, other.kind, other.value, context.by)


def _news(record: Record, place: people.Place) -> bool:
    told = place.profile.traits if place.profile is not None else {}
    return any(
        place.traits.get(name) != value and told.get(name, {}).get("at", 0) <= record.at
        for name, value in record.traits.items()
    )


def _day(field: str, text: str) -> str:
    try:
        return rules.day(text)
    except Unfit as unfit:
        raise Unfit(f"{field}: {unfit}") from unfit


KIND = Kind(
    name="customers", label=lambda: _("Customers"), columns=COLUMNS, read=read, judge=judge, apply=apply, show=show,
    record=Record, needs=(people.NEEDED,),
)  # fmt: skip
