"""All records compared in a child: suggestions as one record would get them, what was learned, and what went wrong."""

import random

import pytest

from rondpoint.customers import actions, queries
from rondpoint.customers.matching import choosing, linker, weighing, working
from rondpoint.customers.matching import queries as likeness
from rondpoint.customers.matching.models import Likeness, MatchRun, NameShare, Trained, Unmatched
from rondpoint.customers.matching.tests.conftest import CATHERINE, CATHY
from rondpoint.customers.models import Link, Profile
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("lake")]
FIRSTS = ("Marie", "Jean", "Paul", "Zoé", "Luc", "Inès", "Hugo", "Rémi", "Awa", "Yann", "Lise", "Théo")
SYLLABLES = ("ba", "le", "mon", "tar", "vi", "gou", "rin", "dau", "sel", "pié")


def read_everybody():
    """As the worker reads who was there before, without comparing them."""
    while working.fill():
        pass
    with write():
        Unmatched.objects.all().delete()


@pytest.fixture
def town(person):
    """Sixty people, of whom twenty have two records; by person their profiles."""
    chance = random.Random(8)
    found = {}
    for number in range(60):
        said = {
            "first_name": chance.choice(FIRSTS),
            "last_name": "".join(chance.choices(SYLLABLES, k=3)).title(),
            "birth_date": f"{1950 + number}-0{1 + number % 9}-1{number % 10}",
        }
        found[number] = [person("shop", str(number), email=f"p{number}@example.com", **said)]
        if number % 3 == 0:
            slipped = {**said, "last_name": said["last_name"][:2] + said["last_name"][3:]}
            found[number].append(person("crm", str(number), phone=f"+331990000{number:02d}", **slipped))
    read_everybody()
    return found


def test_everybody_is_compared_and_the_pairs_wait(town):
    run = working.ask("awa@example.com")
    working.work()
    run.refresh_from_db()
    assert (run.state, run.problem, run.records, run.train) == ("done", "", 80, False)
    waiting = {frozenset((row.left_id, row.right_id)) for row in Link.objects.filter(rule="likeness")}
    assert waiting == {frozenset(row.id for row in rows) for rows in town.values() if len(rows) == 2}
    assert run.suggested == 20 and run.pairs >= 20 and sum(run.spread.values()) == run.pairs
    half = likeness.expected()[0]
    assert half.pairs == 20 and half.precision > 0.9
    assert NameShare.objects.filter(field="first").count() > 5


def test_a_full_comparison_and_a_single_one_say_the_same(town):
    working.ask()
    working.work()
    scores = {(row.left_id, row.right_id): row.score for row in Link.objects.filter(rule="likeness")}
    with write():
        Link.objects.all().delete()
        Likeness.objects.filter(profile_id__in=[rows[0].id for rows in town.values()]).update(said="")
    weighing.forget()
    working.compare({rows[0].id for rows in town.values()})
    again = {(row.left_id, row.right_id): row.score for row in Link.objects.filter(rule="likeness")}
    assert again == pytest.approx(scores, abs=1e-6)


def test_what_was_answered_before_is_not_suggested_again(town):
    pairs = [rows for rows in town.values() if len(rows) == 2]
    actions.separate(pairs[0][0].id, pairs[0][1].id, "awa@example.com")
    actions.merge(pairs[1][0].id, pairs[1][1].id, "awa@example.com")
    for _ in range(2):
        working.ask()
        working.work()
    assert Link.objects.filter(rule="likeness").count() == 18
    assert MatchRun.objects.order_by("-id").first().suggested == 0


def test_what_the_owner_allows_is_opened_by_the_full_comparison_too(town):
    choosing.choose(True, 0.8, 0.99)
    working.ask()
    working.work()
    run = MatchRun.objects.get()
    assert run.opened + run.suggested == 20 and run.opened > 10
    one = Link.objects.filter(rule="likeness", opened__isnull=False).first()
    assert len(set(Profile.objects.filter(id__in=[one.left_id, one.right_id]).values_list("customer_id"))) == 1


def test_weights_are_learned_kept_and_used(town, monkeypatch):
    monkeypatch.setattr(weighing, "ENOUGH", 50)
    monkeypatch.setattr(linker, "train", None)
    monkeypatch.setattr("rondpoint.customers.matching.whole.train", lambda matcher, before: weighing.held().weights)
    working.ask()
    working.work()
    trained = Trained.objects.get()
    assert trained.records == 80 and trained.weights["degrees"]["birth_date"]["same"]["m"] > 0.5
    assert weighing.held().trained == trained


def test_too_few_to_learn_from_says_so(town):
    with write():
        MatchRun.objects.create(train=True, by="awa@example.com")
    working.work()
    run = MatchRun.objects.get()
    assert run.state == "failed" and "80 records" in run.problem


def test_nobody_asks_twice_and_the_week_asks_by_itself(town):
    now = clock.now()
    working.weekly(now)
    working.weekly(now)
    assert working.ask("awa@example.com") == MatchRun.objects.get()
    working.work()
    working.weekly(now + clock.DAY)
    assert MatchRun.objects.count() == 1
    working.weekly(now + 8 * clock.DAY)
    assert MatchRun.objects.count() == 2


def test_first_enough_records_are_learned_from_at_once(town, monkeypatch):
    working.weekly()
    working.work()
    monkeypatch.setattr(weighing, "ENOUGH", 50)
    working.weekly()
    assert MatchRun.objects.filter(state="waiting", train=True).count() == 1


def test_while_it_is_off_the_week_asks_for_nothing(town):
    choosing.choose(False, 0.8, None)
    working.weekly()
    assert not MatchRun.objects.exists()


def test_records_of_one_customer_are_no_pair(person):
    left, right = person("shop", "1", **CATHERINE), person("crm", "2", **CATHY)
    actions.merge(left.id, right.id, "awa@example.com")
    read_everybody()
    working.ask()
    working.work()
    assert not Link.objects.filter(rule="likeness").exists() and queries.reviews(5) == []
