"""All records compared in a child: suggestions as one record would get them, what was learned, and what went wrong."""

import random

import pytest

from rondpoint.customers import actions, queries
from rondpoint.customers.matching import choosing, linker, progress, weighing, whole, working
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


def test_nobody_asks_twice_and_its_day_asks_by_itself(town):
    now = clock.now()
    working.ask_due(now)
    working.ask_due(now)
    assert working.ask("awa@example.com") == MatchRun.objects.get()
    working.work()
    working.ask_due(likeness.coming(now) - 1)
    assert MatchRun.objects.count() == 1
    working.ask_due(likeness.coming(now))
    assert MatchRun.objects.count() == 2


@pytest.mark.parametrize(("often", "days", "asked"), [("daily", 1, 1), ("monthly", 31, 1), ("never", 400, 0)])
def test_it_is_asked_for_as_often_as_the_owner_chose(town, often, days, asked):
    working.ask()
    working.work()
    choosing.choose(True, 0.8, None, often, "monday")
    working.ask_due(clock.now() + days * clock.DAY)
    assert MatchRun.objects.filter(state="waiting").count() == asked


def test_first_enough_records_are_learned_from_at_once(town, monkeypatch):
    working.ask_due()
    working.work()
    monkeypatch.setattr(weighing, "ENOUGH", 50)
    choosing.choose(True, 0.8, None, "never")
    working.ask_due()
    assert not MatchRun.objects.filter(state="waiting").exists(), "only people ask for it"
    choosing.choose(True, 0.8, None, "weekly")
    working.ask_due()
    assert MatchRun.objects.filter(state="waiting", train=True).count() == 1


def test_while_it_is_off_its_day_asks_for_nothing(town):
    choosing.choose(False, 0.8, None)
    working.ask_due()
    assert not MatchRun.objects.exists() and likeness.coming() is None


def test_whoever_waits_sees_step_by_step_how_far_it_is(town, monkeypatch):
    """Everything that stands in the row while it is at work, as another process sees it."""
    monkeypatch.setattr(progress, "EVERY", 0)
    seen, update = [], progress.Progress._write

    def written(self, percent):
        update(self, percent)
        row = MatchRun.objects.get()
        seen.append((row.state, row.step, row.percent))

    monkeypatch.setattr(progress.Progress, "_write", written)
    monkeypatch.setattr(whole, "READ", 40)
    monkeypatch.setattr(whole.suggesting, "PORTION", 5)
    working.ask()
    working.work()
    assert seen[:3] == [("running", "reading", None), ("running", "reading", 50), ("running", "reading", 100)]
    assert [step for _, step, percent in seen if percent is None] == ["reading", "names", "comparing", "noting"]
    assert [percent for _, step, percent in seen if step == "noting"] == [None, 0, 25, 50, 75]
    row = MatchRun.objects.get()
    assert (row.state, row.step, row.percent) == ("done", "", None)


def test_records_of_one_customer_are_no_pair(person):
    left, right = person("shop", "1", **CATHERINE), person("crm", "2", **CATHY)
    actions.merge(left.id, right.id, "awa@example.com")
    read_everybody()
    working.ask()
    working.work()
    assert not Link.objects.filter(rule="likeness").exists() and queries.reviews(5) == []
