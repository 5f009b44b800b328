"""Reading companies: found as typed, with their people, and who may belong to them."""

import uuid
from collections.abc import Collection, Iterable

from django.db.models import Count, Max, Q
from msgspec import Struct

from rondpoint.customers import finding, speaking
from rondpoint.customers.companies import keeping
from rondpoint.customers.companies.knowing import Known, external, known, trust
from rondpoint.customers.companies.models import (
    Belonging,
    Company,
    CompanyDomain,
    CompanyKey,
    CompanyLink,
    CompanyTrait,
    Membership,
)
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.rules import belonging
from rondpoint.customers.rules import company_domains as domains
from rondpoint.customers.rules import words as folding
from rondpoint.customers.types import BY_HAND, STAFF
from rondpoint.lib import bulk

__all__ = ["Known", "external", "known", "trust"]
SUGGESTED = 20
MOST_WORDS = 6


class People(Struct, frozen=True):
    """How many belong to a company, and when one of them was last seen."""

    number: int = 0
    last_seen: int | None = None


class Held(Struct, frozen=True):
    """A customer and a company: what was last said of the two. ``counts``: it holds; a claim that does not is shown
    all the same. ``until``: when she left."""

    company: Company
    role: str
    since: int
    until: int | None
    evidence: int
    source: str
    by: str
    counts: bool


class Perhaps(Struct, frozen=True):
    """Somebody who may belong to a company, because of the domain of an address."""

    customer: Customer
    address: str
    domain: str


def resolve(public_id: str | uuid.UUID) -> Company | None:
    """The living company behind a public id, also behind one that was merged away."""
    try:
        wanted = uuid.UUID(str(public_id))
    except ValueError:
        return None
    row = Company.objects.filter(public_id=wanted).select_related("merged_into").first()
    return (row.merged_into or row) if row is not None else None


def trait_names() -> list[str]:
    """Which traits companies have."""
    return list(CompanyTrait.objects.order_by("name").values_list("name", flat=True).distinct()[:200])


def numbers(public_ids: Collection[str]) -> dict[str, int]:
    """The living companies behind public ids, those that were merged away too."""
    found = {}
    for public_id in public_ids:
        row = resolve(public_id)
        if row is not None:
            found[public_id] = row.id
    return found


def names(public_ids: Collection[str]) -> dict[str, str]:
    """What companies are called now."""
    found = numbers(public_ids)
    rows = by_ids(set(found.values()))
    return {public_id: rows[number].name for public_id, number in found.items()}


def by_ids(numbers_: Collection[int]) -> dict[int, Company]:
    """Companies by their numbers."""
    return {row.id: row for row in bulk.fetch(Company, id=numbers_)}


def find(q: str = "", limit: int = 50, after: Company | None = None) -> list[Company]:
    """Companies by name, as typed: each word of the question begins a word of the name, a domain or a key."""
    rows = Company.objects.filter(merged_into=None)
    for word in folding.words(q)[:MOST_WORDS]:
        rows = rows.filter(words__contains=f" {word}")
    if after is not None:
        rows = rows.filter(Q(name__gt=after.name) | Q(name=after.name, id__gt=after.id))
    return list(rows.order_by("name", "id")[:limit])


def every(
    q: str = "", key: str | None = None, domain: str | None = None, after: int | None = None, limit: int = 50
) -> list[Company]:
    """Companies in the order in which they came; ``key`` and ``domain`` to the letter."""
    rows = Company.objects.filter(merged_into=None)
    for word in folding.words(q)[:MOST_WORDS]:
        rows = rows.filter(words__contains=f" {word}")
    if key is not None:
        rows = rows.filter(id__in=CompanyKey.objects.filter(key=key).exclude(source=STAFF).values("company_id"))
    if domain is not None:
        rows = rows.filter(id__in=CompanyDomain.objects.filter(domain=domain).values("company_id"))
    if after is not None:
        rows = rows.filter(id__gt=after)
    return list(rows.order_by("id")[:limit])


def people(company_ids: Collection[int]) -> dict[int, People]:
    """How many belong to each, and their last contact."""
    rows = Belonging.objects.filter(company_id__in=company_ids).values("company_id")
    counted = rows.annotate(number=Count("id"), last=Max("customer__last_seen"))
    found = {row["company_id"]: People(row["number"], row["last"]) for row in counted}
    return {number: found.get(number, People()) for number in company_ids}


def members(company_id: int, after: int | None = None, limit: int = 50) -> list[tuple[Customer, Belonging]]:
    """Who belongs to a company, by the number of the customer; ``after``: the last one seen."""
    rows = Belonging.objects.filter(company_id=company_id).select_related("customer")
    if after is not None:
        rows = rows.filter(customer_id__gt=after)
    return [(row.customer, row) for row in rows.order_by("customer_id")[:limit]]


def member(company_id: int, customer_id: int) -> tuple[Customer, Belonging]:
    """Somebody who belongs to a company. Raises Belonging.DoesNotExist."""
    row = Belonging.objects.select_related("customer").get(company_id=company_id, customer_id=customer_id)
    return row.customer, row


def lately(company_id: int, limit: int) -> list[tuple[Customer, Belonging]]:
    """Who belongs to a company, who was in contact last first."""
    rows = Belonging.objects.filter(company_id=company_id).select_related("customer")
    return [(row.customer, row) for row in rows.order_by("-customer__last_seen", "customer_id")[:limit]]


def of_customer(customer_id: int) -> list[Held]:
    """What was said of a customer and companies: where she belongs now first, then where she left."""
    newest: dict[int, Membership] = {}
    rows = Membership.objects.filter(profile__customer_id=customer_id).select_related("key")
    for row in rows.order_by("since", "id"):
        held = newest.get(row.key.owner)
        if held is None or (row.until is None, row.evidence) >= (held.until is None, held.evidence):
            newest[row.key.owner] = row
    if not newest:
        return []
    companies = by_ids(set(newest))
    said = keeping.told([customer_id])
    found = []
    for number, row in newest.items():
        holds = belonging.belongs(said[customer_id, number])
        if row.until is not None and row.until == row.since:
            continue  # somebody only said that she does not belong there
        found.append(
            Held(
                companies[number],
                holds.role if holds else row.role,
                holds.since if holds else row.since,
                row.until,
                holds.evidence if holds else row.evidence,
                row.source,
                row.by,
                holds is not None,
            )
        )
    return sorted(found, key=lambda each: (each.until is not None, not each.counts, each.company.name, each.company.id))


def where(customer_id: int) -> list[Held]:
    """Where a customer belongs now, in one query: what fits beside a conversation."""
    rows = Belonging.objects.filter(customer_id=customer_id).select_related("company").order_by("company__name", "id")
    return [Held(row.company, row.role, row.since, None, row.evidence, "", "", True) for row in rows]


def suggested_to(customer_id: int, addresses: Iterable[str]) -> list[tuple[Company, str]]:
    """Companies that have the domain of one of a customer's addresses, each with the domain, but those of which
    something was said before."""
    wanted = {domain for value in addresses if (domain := domains.of_address(value))}
    rows = CompanyDomain.objects.filter(domain__in=wanted, company__merged_into=None).select_related("company")
    found = [(row.company, row.domain) for row in rows.order_by("id")[:SUGGESTED]] if wanted else []
    if not found:
        return []
    said = set(Membership.objects.filter(profile__customer_id=customer_id).values_list("key__company_id", flat=True))
    return [(company, domain) for company, domain in found if company.id not in said]


def suggested_for(company_id: int) -> list[Perhaps]:
    """Customers with an address in one of a company's domains of whom nothing was said yet, who was last seen first."""
    found: dict[int, Perhaps] = {}
    said = set(
        Membership.objects.filter(key__company_id=company_id).values_list("profile__customer_id", flat=True)
    )
    for domain in CompanyDomain.objects.filter(company_id=company_id).values_list("domain", flat=True)[:5]:
        rows = Identifier.objects.filter(
            profile_id__in=finding.profiles_at(domain), kind="email", value__endswith=f"@{domain}"
        ).select_related("profile__customer")
        for row in rows:
            person = row.profile.customer
            if person is not None and person.id not in said:
                found.setdefault(person.id, Perhaps(person, row.value, domain))
    quiet = speaking.silent(list(found)) if found else set()
    loud = {row.owner for row in bulk.fetch(Profile, customer_id=found) if row.id not in quiet}
    shown = [each for number, each in found.items() if number in loud]
    return sorted(shown, key=lambda each: -each.customer.last_seen)[:SUGGESTED]


def alike(company_id: int) -> list[tuple[Company, str]]:
    """Companies that may be the same one, each with the domain or key that both have."""
    known_domains = CompanyDomain.objects.filter(company_id=company_id).values("domain")
    rows = CompanyDomain.objects.filter(domain__in=known_domains, company__merged_into=None)
    found = {row.company_id: row.domain for row in rows.exclude(company_id=company_id)[:SUGGESTED]}
    texts = {key.key for key in bulk.fetch(CompanyKey, company_id=[company_id]) if external(key)}
    for key in bulk.fetch(CompanyKey, key=texts):
        if external(key) and key.owner != company_id:
            found.setdefault(key.owner, key.key)
    companies = by_ids(set(found))
    once = _apart(company_id)
    return [(companies[number], found[number]) for number in sorted(found)[:SUGGESTED] if number not in once]


def _apart(company_id: int) -> set[int]:
    """Companies that were one with this one and were separated from it."""
    closed = CompanyLink.objects.filter(closed__isnull=False).filter(
        Q(left__company_id=company_id) | Q(right__company_id=company_id)
    )
    return {number for pair in closed.values_list("left__company_id", "right__company_id") for number in pair}


def links(company_id: int) -> list[CompanyLink]:
    """Why a company is one: its open links, oldest first."""
    return links_of([company_id])[company_id]


def links_of(company_ids: Collection[int]) -> dict[int, list[CompanyLink]]:
    """The open links of many companies, of each the oldest first, but those that only keep what staff wrote."""
    rows = CompanyLink.objects.filter(left__company_id__in=company_ids, closed=None).exclude(rule=BY_HAND)
    found: dict[int, list[CompanyLink]] = {number: [] for number in company_ids}
    for row in rows.select_related("left", "right").order_by("opened", "id"):
        found[row.left.owner].append(row)
    return found


def profile_ids(company_id: int, most: int) -> tuple[list[int], list[int]]:
    """The customers of a company who were in contact last, at most so many, and all their profiles."""
    rows = Belonging.objects.filter(company_id=company_id).order_by("-customer__last_seen", "customer_id")
    customers = list(rows.values_list("customer_id", flat=True)[:most])
    return customers, [row.id for row in bulk.fetch(Profile, customer_id=customers)]
