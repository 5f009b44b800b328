"""Which companies are one: links between keys, opened by the same key or a person's word, and undone."""

from typing import Any

from django.db.models import Q

from rondpoint.customers.companies import keeping
from rondpoint.customers.companies.knowing import refresh
from rondpoint.customers.companies.models import Company, CompanyKey, CompanyLink
from rondpoint.customers.rules import graph
from rondpoint.customers.types import LinkKind
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import lock_row, write


def merge(left_company_id: int, right_company_id: int, by: str, now: int | None = None) -> CompanyLink:
    """Joins two companies because a person says so; the older one keeps its id. Raises ValueError when they are one."""
    now = now or clock.now()
    with write():
        left = CompanyKey.objects.get(id=left_company_id)
        right = CompanyKey.objects.get(id=right_company_id)
        if left.owner == right.owner:
            raise ValueError("these are one company already")
        link = join(left, right, LinkKind.MANUAL, "manual", {"by": by}, now)
        assert link is not None, "they are two"
        owner = CompanyKey.objects.get(id=left.id).owner
        refresh([owner])
        people = keeping.of_companies({left_company_id, right_company_id, owner})
        keeping.settle(people, people)
        return link


def join(
    left: CompanyKey, right: CompanyKey, kind: LinkKind, rule: str, evidence: dict[str, Any], now: int
) -> CompanyLink | None:
    """Opens a link inside ``write()``, unless the two were ever linked by this rule; both keys learn whose they are.
    The caller brings the company and its people in step."""
    ends = Q(left=left, right=right) | Q(left=right, right=left)
    if rule != "manual" and CompanyLink.objects.filter(ends, rule=rule).exists():
        return None
    link = CompanyLink.objects.create(left=left, right=right, kind=kind, rule=rule, evidence=evidence, opened=now)
    if left.owner != right.owner:
        winner, loser = sorted((left.owner, right.owner))
        list(lock_row(Company.objects.filter(id__in=(winner, loser)).order_by("id")))
        Company.objects.filter(Q(id=loser) | Q(merged_into_id=loser)).update(merged_into_id=winner)
        moving = bulk.fetch(CompanyKey, company_id=[loser])
        hand_over([key.id for key in moving], winner)
        left.company_id = right.company_id = winner
    return link


def hand_over(key_ids: list[int], owner: int) -> None:
    """Writes down to which company keys belong now."""
    bulk.update([CompanyKey(id=number, company_id=owner) for number in key_ids], ["company_id"])


def unmerge(link: CompanyLink, by: str, now: int | None = None) -> tuple[int, int]:
    """Undoes a link: the company comes apart where the oldest other links leave it, as customers do. Returns both
    numbers, first the one that kept its id. Raises ValueError when the link is not open."""
    now = now or clock.now()
    with write():
        link = lock_row(CompanyLink.objects.filter(id=link.id)).get()
        if link.closed is not None:
            raise ValueError("this link is not open")
        company_id = CompanyKey.objects.get(id=link.left_id).owner
        lock_row(Company.objects.filter(id=company_id)).get()
        left, right, closing = graph.cut(*members(company_id), link.id)
        for row in CompanyLink.objects.filter(id__in=closing):
            row.closed, row.evidence = now, {**row.evidence, "undone_by": by}
            row.save(update_fields=["closed", "evidence"])
        leaving = left if min(right) < min(left) else right
        new_id = min(leaving)
        Company.objects.filter(id=new_id).update(merged_into=None)
        Company.objects.filter(id__in=leaving - {new_id}).update(merged_into_id=new_id)
        hand_over(sorted(leaving), new_id)
        refresh([company_id, new_id])
        people = keeping.of_companies({company_id, new_id})
        keeping.settle(people, people)
    return company_id, new_id


def members(company_id: int) -> tuple[list[int], list[tuple[int, int, int]]]:
    """A company's keys, and its open links (id, left, right) oldest first."""
    keys = list(CompanyKey.objects.filter(company_id=company_id).order_by("id").values_list("id", flat=True))
    links = CompanyLink.objects.filter(left__company_id=company_id, closed=None).order_by("opened", "id")
    return keys, list(links.values_list("id", "left_id", "right_id"))
