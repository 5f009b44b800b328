"""What the desk shows of a company, put together from the rooms' queries."""

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts.models import User
from rondpoint.conversations.desk.customer import pane
from rondpoint.conversations.desk.customer.timeline import Asked, Timeline, together
from rondpoint.conversations.queries.inbox import of_customers
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Belonging, Company, Customer
from rondpoint.customers.queries import companies
from rondpoint.customers.types import STAFF, Evidence
from rondpoint.events import catalogue

# What Segment's specification calls the traits of a group, as people say it.
TRAITS = {
    "industry": lambda: _("Industry"),
    "employees": lambda: _("Employees"),
    "domains": lambda: _("Domains"),
    "website": lambda: _("Web site"),
    "plan": lambda: _("Plan"),
    "description": lambda: _("Description"),
}
PEOPLE, TALKS = 50, 20
TOLD = 300  # people whose facts stand on the timeline, who was in contact last first


class Line(Struct, frozen=True):
    """A company in the list."""

    company: Company
    claimed: bool
    domains: list[str]
    people: int
    last_seen: int | None


class Member(Struct, frozen=True):
    """Somebody who belongs to a company."""

    customer: Customer
    held: Belonging
    evidence: str


class Word(Struct, frozen=True):
    """A trait with who said it and when."""

    label: str
    value: str
    source: str
    at: int


def lines(rows: list[Company]) -> list[Line]:
    """The lines of a page, in a constant number of queries."""
    numbers = [row.id for row in rows]
    records, counted = companies.known(numbers), companies.people(numbers)
    return [
        Line(row, records[row.id].claimed, records[row.id].domains, counted[row.id].number, counted[row.id].last_seen)
        for row in rows
    ]


def page(company: Company, user: User, asked: Asked) -> dict:
    """Everything about a company."""
    record = companies.known([company.id])[company.id]
    counted = companies.people([company.id])[company.id]
    people, _ = companies.profile_ids(company.id, TOLD)
    sources = [key.source for key in record.keys]
    named = dict(zip(sources, catalogue.names(sources), strict=True))
    return {
        "company": company,
        "record": record,
        "counted": counted,
        "keys": [(key.key, named[key.source], companies.trust(key) == 0) for key in record.keys
                 if companies.external(key)],
        "traits": words(record, named),
        "claims": _claims(record, named),
        "members": [Member(customer, held, pane.EVIDENCE[Evidence(held.evidence)]())
                    for customer, held in companies.lately(company.id, PEOPLE)],
        "suggested": companies.suggested_for(company.id),
        "alike": companies.alike(company.id),
        "links": companies.links(company.id),
        "talks": of_customers(user, people, TALKS),
        "timeline": timeline(company, user, asked),
        "told": TOLD if counted.number > TOLD else 0,
        "may_write": user.may("reply"),
        "may_link": user.may("link"),
    }  # fmt: skip


def timeline(company: Company, user: User, asked: Asked) -> Timeline:
    """What happened to its people, newest first."""
    numbers, profiles = companies.profile_ids(company.id, TOLD)
    owners, people = customers.customers_of(set(profiles)), customers.by_ids(set(numbers))
    own = f"/companies/{company.public_id}"
    return together(own, {profile: people[owner] for profile, owner in owners.items()}, user, asked)


def words(record: companies.Known, named: dict[str, str]) -> list[Word]:
    """What is known besides the name, each with who said it."""
    return [
        Word(label(name), text(value.value), pane.said_by(value) if value.by else named[value.source], value.at)
        for name, value in record.traits.items()
        if name != "name"
    ]


def label(name: str) -> str:
    """A trait's name as people say it; one that a source invented stays as it is."""
    return TRAITS[name]() if name in TRAITS else pane.label(name)


def text(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)


def _claims(record: companies.Known, named: dict[str, str]) -> list[Word]:
    """What sources say that prove nothing, where it is not what is shown anyway."""
    return [
        Word(label(name), text(told["value"]), named[key.source], told["at"])
        for key in record.keys
        if key.id in record.silent and key.source != STAFF
        for name, told in key.traits.items()
        if name not in record.traits or record.traits[name].value != told["value"]
    ]
