"""What staff write by hand: shown with its author, never a proof, and exact through merging and un-merging."""

import pytest

from rondpoint.customers import actions, finding, queries
from rondpoint.customers.models import CannotLink, Identifier, Link, Profile
from rondpoint.customers.rules import golden
from rondpoint.customers.types import STAFF, Evidence, IdentifierIn
from rondpoint.events.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def person():
    """Makes a customer who wrote from an address: ``person("awa@example.com", "Awa")`` gives her id."""

    def make(address, name="", at=1_000):
        kind = "email" if "@" in address else "phone"
        landed = actions.land(kind, address, Evidence.PROVIDER, kind, at, name=name)
        return landed.customer_id

    return make


def known(customer_id):
    return {name: (value.value, value.source, value.by) for name, value in queries.golden(customer_id).traits.items()}


def test_a_name_written_by_hand_is_shown_and_found(person):
    awa = person("awa@example.com", "awa d")
    assert actions.edit(awa, {"name": "Awa Diallo", "city": "Lyon"}, "Inès", 2_000) == ["name", "city"]
    assert known(awa) == {"name": ("Awa Diallo", STAFF, "Inès"), "city": ("Lyon", STAFF, "Inès")}
    assert queries.by_ids({awa})[awa].name == "Awa Diallo"
    assert [row.id for row in finding.find("diallo")] == [awa]
    assert Event.objects.get(type="customer.edited").properties == {"traits": ["city", "name"], "by": "Inès"}


def test_what_is_so_already_is_not_written_again(person):
    awa = person("awa@example.com", "Awa")
    assert actions.edit(awa, {"name": "Awa", "city": ""}, "Inès", 2_000) == []
    assert Profile.objects.count() == 1


def test_the_word_stands_until_the_source_says_something_new(person):
    awa = person("awa@example.com", "awa")
    actions.edit(awa, {"name": "Awa Diallo"}, "Inès", 2_000)
    actions.identify(awa, [], 3_000, {"name": "awa"})
    assert known(awa)["name"][0] == "Awa Diallo"
    actions.identify(awa, [], 4_000, {"name": "Awa Ndiaye"})
    assert known(awa)["name"][0] == "Awa Ndiaye"


def test_a_source_whose_clock_is_ahead_does_not_hide_the_edit(person):
    awa = person("awa@example.com", "awa", at=9_000)
    actions.edit(awa, {"name": "Awa Diallo"}, "Inès", 2_000)
    assert known(awa)["name"][0] == "Awa Diallo"


def test_a_trait_is_taken_away_and_comes_back_when_it_is_said_anew(person):
    awa = person("awa@example.com")
    actions.identify(awa, [], 1_500, {"city": "Lyon"})
    actions.edit(awa, {"city": ""}, "Inès", 2_000)
    assert known(awa) == {}
    actions.identify(awa, [], 3_000, {"city": "Paris"})
    assert known(awa)["city"][0] == "Paris"


def test_an_empty_word_of_a_source_hides_nothing():
    told = [("shop", {"city": {"value": "Lyon", "at": 1}}), ("chat", {"city": {"value": "", "at": 2}})]
    said = [golden.Word(*each) for each in told]
    assert golden.traits(said)["city"].value == "Lyon"


def test_each_side_keeps_what_was_written_about_it(person):
    awa, theo = person("awa@example.com", "Awa"), person("+33199000001", "Théo")
    actions.edit(awa, {"city": "Lyon"}, "Inès", 2_000)
    actions.edit(theo, {"city": "Paris", "company": "Atelier Nord"}, "Samir", 3_000)
    before = known(awa), known(theo)
    link = actions.merge(awa, theo, "Inès", 4_000)
    assert known(awa)["city"][0] == "Paris"
    actions.edit(awa, {"company": "", "country": "FR"}, "Inès", 5_000)
    actions.add_address(awa, "email", "awa.bis@example.com", "Inès", 5_500)
    assert "company" not in known(awa)
    actions.unmerge(link, "Inès", 6_000)
    assert known(theo) == before[1], "what was written about the whole stays with its oldest part"
    assert known(awa) == {**before[0], "country": ("FR", STAFF, "Inès")}
    assert [row.value for row in queries.identifiers(awa)] == ["awa@example.com", "awa.bis@example.com"]
    assert [row.value for row in queries.identifiers(theo)] == ["+33199000001"]
    assert actions.edit(theo, {"city": "Lille"}, "Samir", 7_000) == ["city"]
    assert known(theo)["city"] == ("Lille", STAFF, "Samir")


def test_the_profile_of_staff_may_be_cut_off_like_any_other(person):
    awa = person("awa@example.com", "Awa")
    actions.edit(awa, {"city": "Lyon"}, "Inès", 2_000)
    actions.unmerge(Link.objects.get(rule="by_hand"), "Inès", 3_000)
    assert "city" not in known(awa)
    actions.edit(awa, {"city": "Paris"}, "Inès", 4_000)
    assert known(awa)["city"][0] == "Paris"


def test_an_address_by_hand_is_a_claim_that_suggests_and_never_joins(person):
    awa, other = person("awa@example.com"), person("+33199000001")
    actions.add_address(awa, "phone", "+33199000001", "Inès", 2_000)
    row = Identifier.objects.get(profile__source=STAFF)
    assert (row.evidence, row.natural, row.proved) == (Evidence.CLAIMED, False, None)
    assert [found.other.id for found in queries.suggestions(awa)] == [other]
    assert queries.of_profile(other).id == other
    assert actions.land("phone", "+33199000001", Evidence.PROVIDER, "phone", 3_000).customer_id == other


def test_an_address_by_hand_can_be_taken_away_and_others_cannot(person):
    awa, other = person("awa@example.com"), person("+33199000001")
    actions.add_address(awa, "phone", "+33199000001", "Inès", 2_000)
    assert not actions.remove_address(awa, "email", "awa@example.com", "Inès", 3_000)
    assert actions.remove_address(awa, "phone", "+33199000001", "Inès", 3_000)
    assert [row.value for row in queries.identifiers(awa)] == ["awa@example.com"]
    assert queries.suggestions(awa) == []
    assert [row.id for row in finding.find("0199000001")] == [other]
    actions.add_address(awa, "phone", "+33199000001", "Inès", 4_000)
    assert [found.other.id for found in queries.suggestions(awa)] == [other]


def test_a_customer_written_down(person):
    wanted = [IdentifierIn("email", "nouvelle@example.com")]
    made = actions.begin("Nouvelle Cliente", wanted, "Inès", "fr", 2_000)
    assert known(made) == {"name": ("Nouvelle Cliente", STAFF, "Inès"), "language": ("fr", STAFF, "Inès")}
    assert [row.id for row in finding.find("nouvelle cli")] == [made]
    assert [row.id for row in queries.holding("email", "nouvelle@example.com")] == [made]
    actions.edit(made, {"name": "Autre Nom"}, "Samir", 3_000)
    assert Profile.objects.count() == 1
    assert queries.by_ids({made})[made].name == "Autre Nom"


def test_two_people_without_a_suggestion_and_taking_it_back(person):
    awa, theo = person("awa@example.com"), person("theo@example.com")
    at = actions.separate(awa, theo, "Inès", 2_000)
    assert queries.kept_apart(awa) == {theo: 2_000}
    actions.add_address(awa, "email", "theo@example.com", "Inès", 2_500)
    assert queries.suggestions(awa) == []
    assert actions.reconsider(awa, theo, at, 3_000)
    assert not actions.reconsider(awa, theo, at, 3_500)
    assert queries.kept_apart(awa) == {}


def test_taking_two_people_back_brings_the_suggestion_back(person):
    awa, theo = person("awa@example.com"), person("theo@example.com")
    actions.add_address(awa, "email", "theo@example.com", "Inès", 1_500)
    before = [(row.link.id, row.evidence) for row in queries.suggestions(awa)]
    at = actions.separate(awa, theo, "Inès", 2_000)
    assert queries.suggestions(awa) == []
    assert actions.reconsider(theo, awa, at, 3_000)
    assert [(row.link.id, row.evidence) for row in queries.suggestions(awa)] == before


def test_one_customer_cannot_be_two_people(person):
    awa = person("awa@example.com")
    with pytest.raises(ValueError, match="one customer"):
        actions.separate(awa, awa, "Inès", 2_000)
    assert not CannotLink.objects.exists()
