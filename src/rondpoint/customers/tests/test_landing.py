"""Where something from an address belongs."""

import pytest

from rondpoint.customers import actions, queries
from rondpoint.customers.models import Link
from rondpoint.customers.types import Evidence, IdentifierIn

pytestmark = [pytest.mark.django_db, pytest.mark.data]
EMAIL = "awa@example.org"


def land(evidence=Evidence.CLAIMED, value=EMAIL, now=1, source="email"):
    return actions.land("email", value, evidence, source, now)


def test_a_new_address_makes_a_customer_and_the_second_message_lands_there():
    first, second = land(), land(now=2)
    assert first.created and not second.created
    assert first.profile_id == second.profile_id


def test_an_address_that_one_customer_holds_lands_on_her_without_a_link():
    customer_id, _ = actions.create_or_find("Awa", [IdentifierIn("email", EMAIL, Evidence.SIGNED)], {}, "api", 1)
    landing = land()
    assert landing.customer_id == customer_id
    assert not landing.created and not landing.proven
    assert not Link.objects.exists()


def test_an_address_somebody_only_claimed_lands_apart_and_is_suggested():
    visitor, _ = actions.make_profile("chat:1", "anon:1", 1)
    actions.identify(visitor.id, [IdentifierIn("email", EMAIL)], 1)
    landing = land(Evidence.PROVIDER)
    assert landing.customer_id != visitor.customer_id
    assert [found.other.id for found in queries.suggestions(landing.customer_id)] == [visitor.customer_id]
    assert queries.rights(visitor.id) == [visitor.id]


def test_a_visitor_who_claims_first_gets_nothing_when_the_owner_proves_later():
    visitor, _ = actions.make_profile("chat:1", "anon:1", 1)
    actions.identify(visitor.id, [IdentifierIn("email", EMAIL)], 1)
    owner, _ = actions.make_profile("chat:1", "anon:2", 2)
    actions.identify(owner.id, [IdentifierIn("email", EMAIL, Evidence.VERIFIED)], 2)
    assert queries.of_profile(visitor.id).id != queries.of_profile(owner.id).id


def test_proving_an_address_joins_what_came_from_it():
    landing = land()
    visitor, _ = actions.make_profile("chat:1", "anon:1", 2)
    actions.identify(visitor.id, [IdentifierIn("email", EMAIL, Evidence.VERIFIED)], 3)
    assert queries.of_profile(visitor.id).id == landing.customer_id
    assert set(queries.rights(visitor.id)) == {landing.profile_id, visitor.id}


def test_an_attributed_or_manual_link_shows_facts_together_but_gives_no_rights():
    left, right = land(), land(value="luc@example.org")
    actions.attribute(left.profile_id, right.profile_id, "continuation", 2)
    assert queries.of_profile(right.profile_id).id == left.customer_id
    assert queries.rights(right.profile_id) == [right.profile_id]


def test_a_second_account_on_one_device_is_only_suggested():
    device, _ = actions.make_profile("chat:1", "anon:1", 1)
    for number in ("1", "2"):
        account, _ = actions.make_profile("chat:1", f"account:{number}", 1)
        actions.identify(account.id, [IdentifierIn("account", number, Evidence.SIGNED, "chat:1")], 1)
        actions.connect(device, account, "account_token", {}, 1)
        device.refresh_from_db()
    first, second = (queries.profile_of("chat:1", f"account:{number}") for number in ("1", "2"))
    assert first.customer_id != second.customer_id


def test_a_merged_customer_answers_under_its_old_id():
    left, right = land(), land(value="luc@example.org")
    old = queries.of_profile(right.profile_id).public_id
    actions.merge(left.customer_id, right.customer_id, "Inès")
    assert queries.resolve(old).id == left.customer_id
    with pytest.raises(ValueError, match="one customer already"):
        actions.merge(left.customer_id, left.customer_id, "Inès")


def test_what_was_separated_is_not_joined_again_by_evidence_but_by_a_person():
    landing = land()
    visitor, _ = actions.make_profile("chat:1", "anon:1", 2)
    verified = [IdentifierIn("email", EMAIL, Evidence.VERIFIED)]
    actions.identify(visitor.id, verified, 3)
    actions.unmerge(queries.links(landing.customer_id)[0], "Inès", 4)
    actions.identify(visitor.id, verified, 5)
    visitor.refresh_from_db()
    assert visitor.customer_id == visitor.id
    actions.merge(landing.customer_id, visitor.customer_id, "Inès", 6)
    assert queries.of_profile(visitor.id).id == landing.customer_id


@pytest.mark.parametrize("typed", ["awa", "AWA@example", "Diallo", "0199000123"])
def test_customers_are_found_as_typed(typed):
    actions.create_or_find(
        "Awa Diallo",
        [IdentifierIn("email", EMAIL, Evidence.SIGNED), IdentifierIn("phone", "+33199000123", Evidence.SIGNED)],
        {},
        "api",
    )
    assert [customer.name for customer in queries.find(q=typed)] == ["Awa Diallo"]
    assert queries.find(q="somebody else") == []
