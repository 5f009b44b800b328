"""Who says something new is compared within moments: a suggestion that explains itself, once, and a link only where the
owner allows it."""

import pytest

from rondpoint.customers import actions, queries
from rondpoint.customers.matching import choosing, suggesting, weighing, working
from rondpoint.customers.matching import queries as likeness
from rondpoint.customers.matching.models import Likeness, Unmatched
from rondpoint.customers.matching.tests.conftest import CATHERINE, CATHY
from rondpoint.customers.models import Link, Profile
from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def waiting():
    return list(Link.objects.filter(rule="likeness", opened=None, closed=None))


def owner(profile):
    return Profile.objects.get(id=profile.id).customer_id


def test_two_records_of_one_person_are_suggested_with_the_reasons(two):
    assert working.look() > 0 and Unmatched.objects.count() == 0
    (link,) = waiting()
    assert {link.left_id, link.right_id} == {row.id for row in two}
    assert link.kind == LinkKind.PROBABLE and link.opened is None and link.score > 0.8
    said = {row["what"]: row["degree"] for row in link.evidence["likeness"]}
    assert said["first_name"] == "short_form"
    assert (said["last_name"], said["birth_date"]) == ("same", "same")
    assert all(row["bits"] > 0 for row in link.evidence["likeness"])
    (review,) = queries.reviews(10)
    assert {review.left.id, review.right.id} == {owner(row) for row in two}


def test_a_look_ends_in_its_time_and_the_next_one_goes_on(two):
    waiting_rows = Unmatched.objects.count()
    assert waiting_rows > 0 and working.look(0) == 0 and Unmatched.objects.count() == waiting_rows
    assert working.look() == waiting_rows and Unmatched.objects.count() == 0


def test_strangers_are_not(person):
    person("shop", "1", **CATHERINE)
    person("crm", "2", first_name="Cathy", last_name="Ouellet", birth_date="1980-04-03")
    working.look()
    assert waiting() == []


def test_nothing_is_suggested_twice_nor_again_after_a_no(two):
    working.look()
    working.compare({two[0].id})
    working.compare({row.id for row in two})
    assert len(waiting()) == 1
    actions.separate(owner(two[0]), owner(two[1]), "awa@example.com")
    for row in two:
        actions.identify(row.id, [], 5, {"city": "Lyon"})
        working.compare({row.id})
    with write():
        Likeness.objects.all().delete()
    working.compare({row.id for row in two})
    assert waiting() == [] and queries.reviews(10) == []


def test_other_profiles_of_separated_customers_are_left_alone(two, person):
    working.look()
    actions.separate(owner(two[0]), owner(two[1]), "awa@example.com")
    third = person("app", "3", phone="+33199001234", **CATHY)
    actions.merge(owner(third), owner(two[1]), "awa@example.com")
    working.look()
    assert waiting() == []


def test_who_says_something_else_is_not_suggested_any_more(two):
    working.look()
    actions.identify(two[1].id, [], 5, {"birth_date": "1951-11-28", "first_name": "Gaston"})
    working.compare({two[1].id})
    assert waiting() == []


def test_scores_follow_what_is_said(two):
    working.look()
    before = waiting()[0].score
    actions.identify(two[1].id, [], 5, {"first_name": "Catherine"})
    working.compare({two[1].id})
    (link,) = waiting()
    assert link.score > before and {row["degree"] for row in link.evidence["likeness"]} == {"same"}


def test_nothing_opens_unless_the_owner_allows_it(two):
    working.look()
    assert owner(two[0]) != owner(two[1])


def test_what_the_owner_allows_opens_gives_no_right_and_is_undone_as_others(two):
    choosing.choose(True, 0.8, 0.95)
    assert working.compare({row.id for row in two}).opened == 1
    assert owner(two[0]) == owner(two[1])
    (link,) = queries.links(owner(two[0]))
    assert (link.kind, link.rule) == (LinkKind.PROBABLE, "likeness") and link.score >= 0.95
    assert queries.rights(two[0].id) == [two[0].id]
    actions.unmerge(link, "awa@example.com")
    assert owner(two[0]) != owner(two[1])
    assert likeness.answers() == [(link.score, False)]
    working.compare({row.id for row in two})
    with write():
        Likeness.objects.all().delete()
    working.compare({row.id for row in two})
    assert owner(two[0]) != owner(two[1]) and waiting() == []


def test_a_mere_claim_opens_nothing(person):
    choosing.choose(True, 0.8, 0.95)
    person("shop", "1", email="cath.b@example.com", **CATHERINE)
    person("track:1", "2", evidence=Evidence.CLAIMED, phone="+33199001234", **CATHY)
    working.look()
    assert len(waiting()) == 1


def test_a_name_alone_opens_nothing_however_rare(person):
    choosing.choose(True, 0.8, 0.95)
    person("shop", "1", email="ombeline.k@example.com", first_name="Ombeline", last_name="Kerguistel")
    person("crm", "2", email="bonjour@example.org", first_name="Ombeline", last_name="Kerguistel")
    working.look()
    (link,) = waiting()
    assert link.score > 0.95
    said = {row["what"]: row["degree"] for row in link.evidence["likeness"]}
    assert said == {"first_name": "same", "last_name": "same", "email": "different"}


def test_more_addresses_than_one_person_has_are_not_opened(person):
    choosing.choose(True, 0.8, 0.95)
    first = person("shop", "1", email="cath.b@example.com", **CATHERINE)
    for number in range(5):
        other = person("shop", f"m{number}", email=f"cb{number}@example.com")
        actions.merge(owner(first), owner(other), "awa@example.com")
    person("crm", "2", email="bellavoine@example.com", **CATHY)
    working.look()
    (link,) = waiting()
    assert link.score > 0.9 and queries.reviews(1)[0].too_many == {"email": 7}


def test_when_it_is_off_nobody_is_compared_and_later_all_are_read(two):
    choosing.choose(False, 0.8, None)
    working.look()
    assert Likeness.objects.count() == 0 and Unmatched.objects.count() == 0
    choosing.choose(True, 0.8, None)
    while working.fill():
        pass
    assert Likeness.objects.count() == 2


def test_the_queue_does_not_grow_beyond_what_people_read(two, person, monkeypatch):
    monkeypatch.setattr(suggesting, "MOST_WAITING", 1)
    person("shop", "5", first_name="Bob", last_name="Traversin", birth_date="1971-02-03")
    person("crm", "6", first_name="Robert", last_name="Traversin", birth_date="1971-02-03")
    working.look()
    assert len(waiting()) == 1


def test_an_answer_counts_for_the_thresholds(two):
    working.look()
    score = waiting()[0].score
    assert likeness.answers() == [] and sum(row.waiting for row in likeness.bands()) == 1
    actions.merge(owner(two[0]), owner(two[1]), "awa@example.com")
    assert likeness.answers() == [(score, True)]
    assert sum(row.waiting for row in likeness.bands()) == 0
    assert likeness.expected()[0].yes == 1


def test_a_key_that_too_many_share_says_nothing(person, monkeypatch):
    monkeypatch.setattr(weighing.reading, "FULLEST", 2)
    rows = [person("shop", str(number), phone="+33199001234") for number in range(4)]
    working.look()
    assert weighing.candidates(weighing.reading.read({}, [], ["+33199001234"]), {rows[0].id}) == {}


def test_profiles_without_anything_to_compare_have_no_record(person):
    person("chat", "1", plan="gold")
    working.look()
    assert Likeness.objects.count() == 0
