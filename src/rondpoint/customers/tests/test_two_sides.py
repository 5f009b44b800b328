"""Merging and its way back: what each side would hold, who may read what, and two people who act at once."""

import json

import pytest
from django.db import IntegrityError
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import AuditEntry
from rondpoint.customers import actions, api, api_views, finding, queries
from rondpoint.customers.actions import arrive
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events.models import Event
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
URL = "/api/v1/customers"


@pytest.fixture
def client():
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def pair():
    """Two customers, each with an address."""
    return [
        actions.create_or_find(name, [IdentifierIn("email", address, Evidence.SIGNED)], {}, "crm", 1_000)[0]
        for name, address in (("Awa", "awa@example.org"), ("Léa", "lea@example.org"))
    ]


def public(number):
    return str(Customer.objects.get(id=number).public_id)


def post(client, url, body):
    return client.post(url, json.dumps(body), content_type="application/json")


def test_before_a_link_is_undone_each_side_shows_what_it_would_hold(pair):
    link = actions.merge(*pair, "Inès")
    left, right = queries.sides(link)
    assert [row.value for row in left] == ["awa@example.org"]
    assert [row.value for row in right] == ["lea@example.org"]
    assert left[0].profile.id == pair[0]


def test_addresses_of_a_customer_come_by_kind_the_surest_first(pair):
    awa, _ = pair
    actions.identify(awa, [IdentifierIn("email", "old@example.org"), IdentifierIn("phone", "+33199001234")], 2_000)
    held = queries.by_kind(queries.record(awa).held)
    assert [row.value for row in held["email"]] == ["awa@example.org", "old@example.org"]
    assert [row.value for row in held["phone"]] == ["+33199001234"]
    assert [row.evidence for row in queries.of_profiles([awa])][0] == Evidence.SIGNED
    assert queries.identifiers(0) == []
    key = queries.record(awa).golden.profiles[0].key
    assert queries.profile_of("crm", key).id == awa


def test_a_public_id_leads_to_who_lives_under_it_now(pair):
    gone = public(pair[1])
    actions.merge(*pair, "Inès")
    assert queries.resolve(gone).id == pair[0]
    assert queries.resolve("x") is None
    assert queries.resolve("00000000-0000-0000-0000-000000000000") is None


def test_a_question_for_an_address_that_is_none_finds_nobody(pair):
    assert queries.find("email:no address") == []
    assert [row.id for row in queries.find("email:AWA@example.org")] == pair[:1]


def test_whoever_merges_or_separates_second_is_told_and_nothing_is_noted(client, pair, monkeypatch):
    def late(*_):
        raise ValueError("somebody else was faster")

    awa, lea = map(public, pair)
    link = post(client, f"{URL}/{awa}/links", {"customer": lea}).json()["id"]
    noted = AuditEntry.objects.filter(action__startswith="customer.").count()
    monkeypatch.setattr(api.actions, "unmerge", late)
    assert client.delete(f"{URL}/{awa}/links/{link}").status_code == 404
    monkeypatch.undo()
    assert client.delete(f"{URL}/{awa}/links/{link}").status_code == 200
    monkeypatch.setattr(api.actions, "merge", late)
    refused = post(client, f"{URL}/{awa}/links", {"customer": lea})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "customer"
    assert AuditEntry.objects.filter(action__startswith="customer.").count() == noted + 1


def test_a_link_undone_twice_and_two_who_are_one_are_refused(pair):
    link = actions.merge(*pair, "Inès")
    with pytest.raises(ValueError, match="one customer"):
        actions.separate(pair[0], pair[0], "Inès")
    actions.unmerge(link, "Inès")
    with pytest.raises(ValueError, match="not open"):
        actions.unmerge(link, "Inès")
    assert Customer.objects.filter(merged_into=None).count() == 2


def test_facts_counted_together_give_no_right_and_real_evidence_still_does(pair):
    awa, lea = pair
    link = actions.attribute(awa, lea, "campaign", 2_000)
    assert link is not None
    assert queries.of_profile(lea).id == awa
    assert queries.rights(lea) == [lea]
    assert actions.attribute(awa, lea, "campaign", 3_000) is None  # they are one already
    with write():
        left, right = (Profile.objects.get(id=number) for number in pair)
        assert actions.connect(left, left, "proof", {}, 3_000) is None
        assert actions.connect(left, right, "proof", {}, 3_000) is not None
        assert actions.connect(left, right, "proof", {}, 4_000) is None
    assert queries.rights(lea) == [awa, lea]
    assert Link.objects.filter(closed=None).count() == 2


def test_a_profile_that_another_worker_made_first_is_the_same_one(pair, monkeypatch):
    """Between looking and making, somebody else makes it."""
    there = Profile.objects.get(id=pair[0])

    def taken(**_):
        raise IntegrityError("unique")

    monkeypatch.setattr(Profile.objects, "create", taken)
    looks = iter([Profile.objects.none()])
    filter_ = Profile.objects.filter
    monkeypatch.setattr(Profile.objects, "filter", lambda **how: next(looks, None) or filter_(**how).none())
    assert actions.make_profile("crm", there.key, 2_000) == (there, False)


def test_a_profile_holds_only_so_many_addresses(monkeypatch, pair):
    monkeypatch.setattr(arrive, "IDENTIFIERS_PER_PROFILE", 3)
    actions.identify(pair[0], [IdentifierIn("email", f"{count}@example.org") for count in range(9)], 2_000)
    assert Identifier.objects.filter(profile_id=pair[0]).count() == 3


def test_a_profile_made_with_a_name_is_found_by_it_at_once():
    actions.make_profile("shop", "42", 1_000, {"name": {"value": "Zoé Marchand", "at": 1_000}})
    assert [row.name for row in finding.find("marchand")] == ["Zoé Marchand"]


def test_numbers_in_facts_become_public_ids_and_unknown_ones_are_not_shown(pair):
    awa, lea = pair
    told = api_views.events(
        [
            Event(id=1, type="customer.merged", occurred=1, properties={"customers": [awa, lea, 0], "by": "Inès"}),
            Event(id=2, type="customer.seen", occurred=1, properties={"profile_id": lea, "customer_id": 0}),
        ]
    )
    assert told[0]["data"] == {"customers": [public(awa), public(lea)], "by": "Inès"}
    assert told[1]["data"] == {"profile_id": public(lea)}
