"""Companies are joined and come apart exactly, and people take their memberships along."""

import random

import pytest

from rondpoint.customers import actions as customers
from rondpoint.customers.actions import companies as actions
from rondpoint.customers.companies.models import Belonging, Company, CompanyKey, CompanyLink, Membership
from rondpoint.customers.companies.tests.conftest import company, known, members, somebody, told
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.customers.queries import companies as queries
from rondpoint.customers.types import Evidence

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_a_merge_joins_people_and_words_and_an_unmerge_gives_each_its_own_back():
    awa, ben = somebody("user:1"), somebody("user:2")
    one = told("a", 10, profile=awa, name="Acme", city="Lyon")
    two = told("b", 20, profile=ben, name="Acme SA")
    link = actions.merge(two, one, "Inès", 30)
    assert queries.resolve(company(two).public_id).id == one
    assert members(one) == [awa.owner, ben.owner] and members(two) == []
    assert known(one) == {"name": "Acme SA", "city": "Lyon"}
    assert [row.id for row in queries.find("acme")] == [one]
    told("b", 40, profile=awa, plan="pro")
    assert actions.unmerge(link, "Inès", 50) == (one, two)
    assert (members(one), members(two)) == ([awa.owner], [awa.owner, ben.owner])
    assert (known(one), known(two)) == ({"name": "Acme", "city": "Lyon"}, {"name": "Acme SA", "plan": "pro"})
    assert (company(one).name, company(two).name) == ("Acme", "Acme SA")
    with pytest.raises(ValueError, match="not open"):
        actions.unmerge(link, "Inès")
    assert queries.alike(one) == []


def test_two_that_are_one_cannot_be_joined_again():
    one, two = told("a"), told("b")
    actions.merge(one, two, "Inès")
    with pytest.raises(ValueError, match="already"):
        actions.merge(one, two, "Inès")


def test_what_was_separated_is_not_joined_again_by_the_same_key():
    one = told("acme", source="track:1", name="One")
    told("acme", source="track:2", name="Two", at=20)
    link = CompanyLink.objects.get()
    actions.unmerge(link, "Inès")
    assert told("acme", source="track:2", at=30) != one
    assert told("acme", source="track:1", at=30) == one


def test_what_staff_write_stands_until_a_source_says_something_newer():
    number = told("acme", 10, name="Acme", city="Lyon")
    assert actions.edit(number, {"name": "Acme SA", "city": ""}, "Inès", 20) == ["name", "city"]
    assert known(number) == {"name": "Acme SA"} and company(number).name == "Acme SA"
    assert actions.edit(number, {"name": "Acme SA"}, "Inès", 25) == []
    told("acme", 30, city="Nantes")
    assert known(number) == {"name": "Acme SA", "city": "Nantes"}


def test_unmerging_people_moves_memberships_with_the_profile_they_were_told_of():
    awa, ben = somebody("user:1"), somebody("user:2")
    one, two = told("a", profile=awa), told("b", profile=ben)
    link = customers.merge(awa.owner, ben.owner, "Inès")
    awa.refresh_from_db(), ben.refresh_from_db()
    actions.follow_moves({ben.id: awa.owner}, 0)
    assert members(one) == members(two) == [awa.owner]
    actions.add_member(one, ben.id, "Inès", role="Buyer")
    assert {held.company.id: held.role for held in queries.of_customer(awa.owner)} == {one: "Buyer", two: ""}
    customers.unmerge(link, "Inès")
    assert members(two) == [ben.id]
    assert members(one) == [awa.id, ben.id], "what was written of the second stays with her"


def test_a_claim_on_a_device_that_is_only_counted_with_an_account_does_not_hold():
    account = somebody("user:1", "track:1")
    device = somebody("anon:1", "track:2", Evidence.CLAIMED)
    number = told("acme", source="track:2", evidence=Evidence.CLAIMED, profile=device)
    assert members(number) == [device.owner]
    customers.attribute(device.id, account.id, "device", 20)
    assert members(number) == []
    [held] = queries.of_customer(account.owner)
    assert (held.company.id, held.counts, held.evidence) == (number, False, Evidence.CLAIMED)


def test_members_written_by_hand():
    awa = somebody("user:1")
    number = actions.begin({"name": "Acme"}, "Inès", 10)
    assert actions.add_member(number, awa.id, "Inès", "Buyer", since=5, now=20)
    assert not actions.add_member(number, awa.id, "Inès", "Buyer", since=5, now=30)
    assert actions.add_member(number, awa.id, "Inès", "Director", now=40)
    [held] = queries.of_customer(awa.owner)
    assert (held.role, held.since, held.until, held.by) == ("Director", 5, None, "Inès")
    actions.end_member(number, awa.owner, "Inès", now=50)
    [held] = queries.of_customer(awa.owner)
    assert (held.until, held.counts) == (50, False)


def test_a_domain_suggests_and_a_no_is_remembered():
    awa = somebody("user:1", email="awa@acme.example.com")
    somebody("user:2", email="ben@acme.example.com.example.org")
    somebody("user:3", email="cleo@gmail.com")
    number = told("acme", domain="acme.example.com")
    assert [(each.customer.id, each.address) for each in queries.suggested_for(number)] == [
        (awa.owner, "awa@acme.example.com")
    ]
    hers = ["awa@acme.example.com", "awa@elsewhere.example.org"]
    [(company, domain)] = queries.suggested_to(awa.owner, hers)
    assert (company.id, domain) == (number, "acme.example.com")
    actions.dismiss(number, awa.id, "Inès")
    assert queries.suggested_for(number) == queries.suggested_to(awa.owner, hers) == []
    assert queries.of_customer(awa.owner) == []
    other = told("acme2", domain="acme.example.com")
    assert [row.id for row, _ in queries.alike(other)] == [number]


@pytest.mark.parametrize("seed", range(6))
def test_people_and_companies_come_apart_as_they_were_whatever_happens(seed):
    """Random merges, un-merges and memberships; the judge walks the open links by itself."""
    chance = random.Random(seed)
    people = [somebody(f"user:{number}") for number in range(6)]
    keys = [told(f"c{number}") for number in range(6)]
    for now in range(100, 160):
        what = chance.randrange(6)
        if what == 0:
            told(f"c{chance.randrange(6)}", now, profile=chance.choice(people))
        elif what == 1:
            actions.add_member(chance.choice(keys), chance.choice(people).id, "Inès", now=now)
        elif what == 2:
            pair = {CompanyKey.objects.get(id=number).owner for number in chance.sample(keys, 2)}
            if len(pair) == 2:
                actions.merge(*pair, "Inès", now)
        elif what == 3:
            links = list(CompanyLink.objects.filter(closed=None).order_by("id"))
            if links:
                actions.unmerge(chance.choice(links), "Inès", now)
        elif what == 4:
            pair = {Profile.objects.get(id=row.id).owner for row in chance.sample(people, 2)}
            if len(pair) == 2:
                customers.merge(*pair, "Inès", now)
                actions.follow_moves({row.id: 0 for row in people}, now)
        else:
            links = list(Link.objects.filter(opened__isnull=False, closed=None).order_by("id"))
            if links:
                customers.unmerge(chance.choice(links), "Inès", now)
        assert set(Belonging.objects.values_list("customer_id", "company_id")) == judged()
    living = Company.objects.filter(merged_into=None)
    assert {row.id for row in living} == set(CompanyKey.objects.values_list("company_id", flat=True))
    assert Customer.objects.filter(id__in=Belonging.objects.values("customer_id"), merged_into=None).exists()


def judged() -> set[tuple[int, int]]:
    people = sets(Profile.objects.values_list("id", flat=True), Link.objects.filter(closed=None, opened__isnull=False))
    companies = sets(CompanyKey.objects.values_list("id", flat=True), CompanyLink.objects.filter(closed=None))
    rows = Membership.objects.filter(until=None)
    return {(people[row.profile_id], companies[row.key_id]) for row in rows}


def sets(numbers, links) -> dict[int, int]:
    """The smallest number of each connected set."""
    found = {number: number for number in numbers}
    edges = [(link.left_id, link.right_id) for link in links]
    for _ in found:
        for left, right in edges:
            found[left] = found[right] = min(found[left], found[right])
    return found
