"""What programs tell over the API stands on a profile of its own: sources are named rightly, and un-merge is exact."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.customers import actions, queries
from rondpoint.customers.models import Identifier, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, LinkKind, Said
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA, NUMBER = "awa@example.com", "+33199001234"


@pytest.fixture
def post():
    client = Client(headers={"Authorization": f"Bearer {create_api_key('crm')[1]}"})

    def send(*identifiers, name="", **traits):
        named = [dict(zip(("kind", "value"), each, strict=True)) for each in identifiers]
        body = {"name": name, "identifiers": named, "traits": traits}
        return client.post("/api/v1/customers", json.dumps(body), content_type="application/json")

    return send


@pytest.fixture
def mailbox():
    """Whom the mailbox knows, by an address for which nobody vouches."""
    return actions.land("email", AWA, Evidence.CLAIMED, "email", 1_000, name="awa").customer_id


def test_what_a_program_says_is_its_own_word_and_not_that_of_who_holds_the_address(post, mailbox):
    answer = post(("email", AWA), ("phone", NUMBER), name="Awa Diallo", city="Lyon")
    shown = answer.json()
    assert (answer.status_code, queries.resolve(shown["id"]).id) == (200, mailbox)
    assert (shown["name"], shown["trait_sources"]["city"]["source"]) == ("Awa Diallo", "api")
    assert [row["source"] for row in shown["profiles"]] == ["email", "api"]
    assert Profile.objects.get(source="email").traits["name"]["value"] == "awa"
    assert Identifier.objects.get(profile__source="email").evidence == Evidence.CLAIMED
    [link] = Link.objects.all()
    assert (link.kind, link.rule) == (LinkKind.DETERMINISTIC, "same_email")
    assert "signed on " in shown["links"][0]["explanation"]


def test_asked_again_it_is_the_same_profile_by_whichever_identifier(post, mailbox):
    first = post(("email", AWA), ("phone", NUMBER)).json()
    assert post(("phone", NUMBER), city="Lyon").json()["id"] == first["id"]
    assert post(("account", "42"), ("email", AWA)).json()["id"] == first["id"]
    assert Profile.objects.filter(source="api").count() == 1 and Link.objects.count() == 1


def test_two_whom_a_program_says_to_be_one_are_joined(post, mailbox):
    other = actions.land("phone", NUMBER, Evidence.PROVIDER, "phone", 1_000).customer_id
    shown = post(("phone", NUMBER), ("email", AWA)).json()
    assert queries.resolve(shown["id"]).id == mailbox == queries.of_profile(other).id
    assert len(shown["profiles"]) == 3


def test_undone_each_side_has_exactly_what_was_said_of_it(post, mailbox):
    before = queries.golden(mailbox)
    post(("email", AWA), name="Awa Diallo", city="Lyon")
    actions.unmerge(Link.objects.get(), "Inès")
    after = queries.golden(mailbox)
    assert (after.traits, after.name) == (before.traits, before.name)
    assert [(row.kind, row.evidence) for row in after.identifiers] == [("email", Evidence.CLAIMED)]
    answer = post(("email", AWA), city="Paris")
    assert (answer.status_code, answer.json()["traits"]["city"]) == (200, "Paris")
    assert queries.resolve(answer.json()["id"]).id != mailbox, "what was separated stays apart"
    assert queries.golden(mailbox).traits == before.traits


@pytest.mark.parametrize("turned", [False, True])
def test_who_would_have_more_than_one_person_has_waits_for_an_answer(post, turned):
    account, email = IdentifierIn("account", "1", Evidence.PROVIDER), IdentifierIn("email", AWA, Evidence.PROVIDER)
    with write():
        [shop] = actions.hear([Said("import:shop", "id:1", 1_000, {}, (account, email))]).values()
    wanted = [("account", "2"), ("email", AWA)]
    answer = post(*(reversed(wanted) if turned else wanted))
    made = queries.resolve(answer.json()["id"])
    assert (answer.status_code, made.id) != (200, shop.owner)
    assert [row.other.id for row in queries.suggestions(made.id)] == [shop.owner]
