"""``/companies``: find, make, read, change, who belongs to them, merge and un-merge."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import Field

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.customers import queries as customers
from rondpoint.customers.api_schemas import CustomerLine, TraitSource
from rondpoint.customers.api_views import lines
from rondpoint.customers.companies import actions, queries
from rondpoint.customers.companies.models import Belonging, Company, CompanyLink
from rondpoint.customers.companies.types import API, DOMAINS
from rondpoint.customers.models import Customer
from rondpoint.customers.rules import company_domains as rules
from rondpoint.customers.types import Evidence
from rondpoint.lib import clock
from rondpoint.lib.addresses import BLOCKED_VALUES
from rondpoint.lib.db import write
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["companies"])
EvidenceName = Literal["claimed", "provider", "signed", "verified"]
Traits = Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], Any], Field(max_length=100)]
Domains = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=rules.MOST)]
RESERVED = {"name": "name", DOMAINS: DOMAINS, "domain": DOMAINS}  # traits that have a field of their own


class CompanyIn(paging.Input):
    """A company. ``key``: its number in your own systems; a company that has it already is found."""

    key: str | None = Field(None, min_length=1, max_length=200, examples=["acme-42"])
    name: str = Field("", max_length=200, examples=["Ateliers Acme"])
    domains: Domains = Field([], examples=[["acme.example.com"]])
    traits: Traits = Field({}, examples=[{"industry": "retail", "employees": 40}])


class CompanyChange(paging.Input):
    """What is not given stays; a trait that is null is taken away."""

    name: str | None = Field(None, min_length=1, max_length=200)
    domains: Domains | None = None
    traits: Traits | None = None


class KeyShown(Schema):
    """A key that a source knows the company by. ``claimed``: the source proves nothing."""

    source: str
    key: str
    claimed: bool


class CompanyShown(Schema):
    """A company. ``claimed``: nobody vouches for what is said of it; ``people``: how many belong to it."""

    id: str
    name: str
    domains: list[str]
    keys: list[KeyShown]
    traits: dict[str, Any]
    trait_sources: dict[str, TraitSource]
    links: list[dict[str, Any]]
    claimed: bool
    people: int
    created_at: str
    last_seen_at: str | None


class CompanyPage(Schema):
    items: list[CompanyShown]
    next: str | None


class MemberIn(paging.Input):
    """Somebody who belongs to the company. ``since``: now when it is not said."""

    customer: str = Field(description="the id of a customer")
    role: str = Field("", max_length=120, examples=["Buyer"])
    since: datetime | None = Field(None, examples=["2026-03-01T00:00:00Z"])


class BelongingShown(Schema):
    customer: CustomerLine
    role: str
    since: str
    evidence: EvidenceName


class BelongingPage(Schema):
    items: list[BelongingShown]
    next: str | None


class CompanyLinkBody(paging.Input):
    company: str = Field(description="the id of the other company")


class CompanyLinkShown(Schema):
    id: str
    kind: str
    rule: str
    evidence: dict[str, Any]
    opened_at: str


class TwoCompanies(Schema):
    """The two that came out of one: first the one that kept the id."""

    companies: list[str]


@router.get("/companies", response=CompanyPage, summary="Find companies")
def list_companies(
    request: HttpRequest,
    q: str = Query("", max_length=200, description="words of a name, a domain or a key"),
    key: str | None = Query(None, max_length=200, description="a key, to the letter"),
    domain: str | None = Query(None, max_length=300, description="a domain of its e-mail addresses"),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """In the order in which they came."""
    after = paging.position(cursor, 1)
    if domain is not None:
        domain = _domain(domain, "domain")
    rows = queries.every(q, key, domain, after[0] if after else None, limit + 1)
    return paging.page(rows, limit, _shown, lambda row: (row.id,))


@router.post("/companies", response={201: CompanyShown, 200: CompanyShown}, summary="Create or find a company")
def create_company(request: HttpRequest, said: CompanyIn) -> "Status[Any]":
    """201 when a new one was made, 200 when its key was known. What an API key says is signed evidence."""
    key = (said.key or "").strip()
    if said.key is not None and key.casefold() in BLOCKED_VALUES:
        raise bad_field("key", f"{said.key!r} names no company")
    if not key and not said.name.strip():
        raise bad_field("name", "a company has a name or a key")
    traits = _traits(said.traits, said.name, said.domains)
    with write():
        number, created = actions.create_or_find(key, traits)
        row = queries.by_ids([number])[number]
        audit(actor(request), "company.written", str(row.public_id), {"traits": sorted(traits)})
    return Status(201 if created else 200, _shown([row])[0])


@router.get("/companies/{id}", response=CompanyShown, summary="One company")
def get_company(request: HttpRequest, id: str) -> dict[str, Any]:
    """The id of one that was merged away answers with the one it is part of now."""
    return _shown([_found(id)])[0]


@router.patch("/companies/{id}", response=CompanyShown, summary="Change what is known of a company")
def change_company(request: HttpRequest, id: str, said: CompanyChange) -> dict[str, Any]:
    """Written as by hand: it is shown until a source says something newer."""
    row = _found(id)
    traits = _traits(said.traits or {}, said.name or "", said.domains or [])
    if said.domains is not None:
        traits[DOMAINS] = traits.get(DOMAINS, "")
    with write():
        names = actions.edit(row.id, {name: "" if value is None else value for name, value in traits.items()},
                             actor(request))  # fmt: skip
        if names:
            audit(actor(request), "company.edited", str(row.public_id), {"traits": sorted(names)})
    return _shown([_found(id)])[0]


@router.get("/companies/{id}/members", response=BelongingPage, summary="Who belongs to a company")
def list_members(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """In the order in which the customers came. Claims that do not count are left out."""
    after = paging.position(cursor, 1)
    rows = queries.members(_found(id).id, after[0] if after else None, limit + 1)
    return paging.page(rows, limit, _members, lambda row: (row[0].id,))


@router.post("/companies/{id}/members", response={201: BelongingShown, 200: BelongingShown}, summary="Add somebody")
def add_member(request: HttpRequest, id: str, said: MemberIn) -> "Status[Any]":
    """201 when that is news, 200 when it was known with this role."""
    company = _found(id)
    person = customers.founder(said.customer)
    if person is None:
        raise bad_field("customer", "there is no such customer")
    with write():
        news = actions.add_member(
            company.id, person.id, actor(request), said.role.strip(), API, _moment(said.since)
        )
        if news:
            detail = {"customer": str(person.public_id), "role": said.role}
            audit(actor(request), "company.member", str(company.public_id), detail)
    held = queries.member(company.id, person.merged_into_id or person.id)
    return Status(201 if news else 200, _members([held])[0])


@router.delete("/companies/{id}/members/{customer}", response={204: None}, summary="Somebody left")
def end_member(request: HttpRequest, id: str, customer: str) -> "Status[Any]":
    """Whoever said that she belongs to it. 404 when nobody did."""
    company, person = _found(id), customers.resolve(customer)
    if person is None:
        raise not_found("member")
    with write():
        try:
            actions.end_member(company.id, person.id, actor(request), API)
        except actions.Ended as error:
            raise not_found("member") from error
        audit(actor(request), "company.left", str(company.public_id), {"customer": str(person.public_id)})
    return Status(204, None)


@router.post("/companies/{id}/links", response={201: CompanyLinkShown}, summary="Merge with another company")
def merge_companies(request: HttpRequest, id: str, said: CompanyLinkBody) -> "Status[Any]":
    """The older one keeps its id; the other's id leads to it from then on."""
    left, right = _found(id), queries.resolve(said.company)
    if right is None:
        raise bad_field("company", "there is no such company")
    with write():
        try:
            link = actions.merge(left.id, right.id, actor(request))
        except ValueError as error:
            raise bad_field("company", "these are one company already") from error
        audit(actor(request), "company.merge", str(left.public_id), {"with": str(right.public_id)})
    return Status(201, _link(link))


@router.delete("/companies/{id}/links/{link}", response=TwoCompanies, summary="Un-merge")
def unmerge_companies(request: HttpRequest, id: str, link: str) -> dict[str, Any]:
    """Closes the link and whatever else crosses the cut."""
    company = _found(id)
    found = next((row for row in queries.links(company.id) if str(row.public_id) == link.lower()), None)
    if found is None:
        raise not_found("open link")
    with write():
        try:
            both = actions.unmerge(found, actor(request))
        except ValueError as error:  # somebody else was faster
            raise not_found("open link") from error
        audit(actor(request), "company.unmerge", str(company.public_id), {"link": link})
    rows = queries.by_ids(both)
    return {"companies": [str(rows[number].public_id) for number in both]}


def panel(customer_id: int) -> list[dict[str, Any]]:
    """What the golden record shows of companies: those to which somebody belongs now."""
    return [
        {
            "id": str(held.company.public_id),
            "name": held.company.name,
            "role": held.role,
            "since": clock.iso(held.since),
            "evidence": Evidence(held.evidence).name.lower(),
        }
        for held in queries.of_customer(customer_id)
        if held.counts
    ]


def _found(public_id: str) -> Company:
    row = queries.resolve(public_id)
    if row is None:
        raise not_found("company")
    return row


def _traits(told: dict[str, Any], name: str, named: Collection[str]) -> dict[str, Any]:
    for trait in told:
        if trait in RESERVED:
            raise bad_field(f"traits.{trait}", f"it has a field of its own: {RESERVED[trait]}")
    found = dict(told)
    if name.strip():
        found["name"] = name.strip()
    if named:
        checked = [_domain(text, f"{DOMAINS}[{number}]") for number, text in enumerate(named)]
        found[DOMAINS] = list(dict.fromkeys(checked))
    return found


def _domain(text: str, field: str) -> str:
    try:
        return rules.normalise(text)
    except rules.BadDomain as error:
        raise bad_field(field, str(error)) from error


def _moment(told: datetime | None) -> int | None:
    moment = clock.from_datetime(told) if told is not None else None
    if moment is not None and moment > clock.now():
        raise bad_field("since", "this is still to come")
    return moment


def _shown(rows: list[Company]) -> list[dict[str, Any]]:
    numbers = [row.id for row in rows]
    records, counted, links = queries.known(numbers), queries.people(numbers), queries.links_of(numbers)
    return [
        {
            "id": str(row.public_id),
            "name": row.name,
            "domains": records[row.id].domains,
            "keys": [
                {"source": key.source, "key": key.key, "claimed": queries.trust(key) == 0}
                for key in records[row.id].keys
                if queries.external(key)
            ],
            "traits": {name: value.value for name, value in records[row.id].traits.items() if name != DOMAINS},
            "trait_sources": {
                name: {"source": value.source, "at": clock.iso(value.at)}
                for name, value in records[row.id].traits.items()
            },
            "links": [_link(link) for link in links[row.id]],
            "claimed": records[row.id].claimed,
            "people": counted[row.id].number,
            "created_at": clock.iso(row.created),
            "last_seen_at": clock.iso(counted[row.id].last_seen),
        }
        for row in rows
    ]


def _members(rows: list[tuple[Customer, Belonging]]) -> list[dict[str, Any]]:
    return [
        {
            "customer": line,
            "role": held.role,
            "since": clock.iso(held.since),
            "evidence": Evidence(held.evidence).name.lower(),
        }
        for line, (_, held) in zip(lines([customer for customer, _ in rows]), rows, strict=True)
    ]


def _link(row: CompanyLink) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "kind": row.kind,
        "rule": row.rule,
        "evidence": row.evidence,
        "opened_at": clock.iso(row.opened),
    }
