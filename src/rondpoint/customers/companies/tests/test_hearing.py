"""What sources tell of companies: once, the latest word, and a mere claim overrides nobody."""

import pytest

from rondpoint.customers.actions import companies as actions
from rondpoint.customers.companies.models import Belonging, Company, CompanyLink, CompanyTrait, Membership
from rondpoint.customers.companies.tests.conftest import company, known, members, somebody, told
from rondpoint.customers.queries import companies as queries
from rondpoint.customers.types import Evidence, LinkKind

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_a_company_is_made_once_with_what_is_said_of_it_and_who_belongs_to_it():
    awa = somebody("user:1")
    for at in (10, 20):
        number = told("acme", at, profile=awa, name="Acme", industry="retail", employees=12)
    assert Company.objects.count() == 1 and company(number).name == "Acme"
    assert members(number) == [awa.owner]
    assert Membership.objects.get().since == 10
    held = set(CompanyTrait.objects.values_list("name", "text", "number"))
    assert held == {("name", "Acme", None), ("industry", "retail", None), ("employees", None, 12.0)}


def test_words_may_come_in_any_order():
    awa = somebody("user:1")
    told("acme", 20, profile=awa, name="Acme", plan="pro")
    number = told("acme", 10, profile=awa, name="Acmé SA", city="Lyon")
    assert known(number) == {"name": "Acme", "plan": "pro", "city": "Lyon"}
    assert Membership.objects.get().since == 10


def test_a_company_nobody_named_is_called_by_its_key_and_found_by_all_it_is_known_by():
    number = told("ACME-42")
    assert company(number).name == "ACME-42"
    told("ACME-42", 20, name="Ateliers Éluard", website="https://www.eluard.example.com/fr?x=1")
    assert company(number).name == "Ateliers Éluard"
    for typed in ("ateliers", "elu", "Éluard ateliers", "eluard.example.com", "acme-42"):
        assert [row.id for row in queries.find(typed)] == [number], typed
    assert queries.find("eliers") == queries.find("somebody") == []


@pytest.mark.parametrize(
    ("traits", "domains"),
    [
        ({"domains": ["Acme.example.com", "acme.example.org", "acme.example.com"]},
         ["acme.example.com", "acme.example.org"]),
        ({"domain": "acme.example.com", "website": "https://other.example.com"}, ["acme.example.com"]),
        ({"website": "http://www.acme.example.com:8080/path"}, ["acme.example.com"]),
        ({"domains": ["gmail.com", "orange.fr", "acme.example.com"]}, ["acme.example.com"]),
        ({"domain": "gmail.com"}, None),
        ({"domain": "acme"}, None),
        ({"domain": ["192.0.2.1", 7, None]}, None),
        ({"domains": "société.example.com"}, ["xn--socit-esab.example.com"]),
    ],
)  # fmt: skip
def test_domains_are_kept_in_one_form_and_those_of_everybody_are_not(traits, domains):
    assert known(told("acme", **traits)).get("domains") == domains


def test_a_public_key_overrides_nobody():
    """Whoever reads the page can tell anything of any company."""
    server = told("acme", 10, "track:1", Evidence.PROVIDER, name="Acme", industry="retail")
    site = told("acme", 20, "track:2", Evidence.CLAIMED, name="Pwned", industry="crime", slogan="hi")
    assert site == server, "counted with it"
    assert CompanyLink.objects.get().kind == LinkKind.ATTRIBUTED
    assert known(server) == {"name": "Acme", "industry": "retail"} and company(server).name == "Acme"
    assert queries.find("pwned") == []
    record = queries.known([server])[server]
    assert not record.claimed and len(record.silent) == 1


def test_what_was_only_claimed_is_shown_until_somebody_better_speaks():
    site = told("acme", 20, "track:2", Evidence.CLAIMED, name="Acme ?")
    assert company(site).name == "Acme ?" and queries.known([site])[site].claimed
    assert told("acme", 10, "track:1", Evidence.PROVIDER, name="Acme") == site
    assert company(site).name == "Acme" and not queries.known([site])[site].claimed


def test_the_same_key_of_another_brand_is_another_company_unless_the_house_says_it():
    one, two = told("1", 10, "track:1", scope="brand:1"), told("1", 10, "track:2", scope="brand:2")
    assert one != two
    assert [(row.id, why) for row, why in queries.alike(one)] == [(two, "1")]
    found, made = actions.create_or_find("1", {"name": "One"}, 30)
    assert (found, made) == (one, False)
    assert actions.create_or_find("1", {"name": "One"}, 40) == (one, False)


def test_a_claimed_membership_ends_by_a_better_word_and_is_not_revived_by_another_claim():
    awa = somebody("user:1", "track:2", Evidence.CLAIMED)
    number = told("acme", 10, "track:2", Evidence.CLAIMED, profile=awa)
    assert members(number) == [awa.owner]
    actions.end_member(number, awa.owner, "Inès", now=20)
    assert members(number) == []
    told("acme", 30, "track:2", Evidence.CLAIMED, profile=awa)
    assert members(number) == []
    [held] = queries.of_customer(awa.owner)
    assert not held.counts
    server = somebody("user:1", "track:1")
    told("acme", 15, "track:1", Evidence.PROVIDER, profile=server)
    assert members(number) == [server.owner], "another person, of whom a server says it"


def test_a_membership_that_ended_begins_again_only_by_a_later_word():
    awa = somebody("user:1")
    number = told("acme", 10, profile=awa)
    actions.end_member(number, awa.owner, "Inès", now=50)
    told("acme", 40, profile=awa)
    assert members(number) == []
    told("acme", 60, profile=awa)
    assert members(number) == [awa.owner]
    assert Belonging.objects.get().since == 60
    with pytest.raises(actions.Ended):
        actions.end_member(number, awa.owner + 1, "Inès")


def test_many_companies_take_a_constant_number_of_statements(django_assert_max_num_queries):
    people = [somebody(f"user:{number}") for number in range(40)]
    calls = [
        actions.Told("track:1", f"c{number % 20}", 10, Evidence.PROVIDER, {"name": f"C {number % 20}"}, "", row.id)
        for number, row in enumerate(people)
    ]
    from rondpoint.lib.db import write

    with django_assert_max_num_queries(60), write():
        actions.hear(calls, 10)
    assert Company.objects.count() == 20 and Belonging.objects.count() == 40
