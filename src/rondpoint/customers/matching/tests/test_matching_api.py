"""``/api/v1/matching`` and the score of suggestions."""

import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.customers.matching import working
from rondpoint.customers.matching.models import MatchRun
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
BODY = {"on": True, "suggest_from": 0.9, "open_from": 0.99}


def test_how_it_stands(call):
    status, told = call("get", "/matching")
    assert status == 200
    assert (told["on"], told["suggest_from"], told["open_from"], told["trained"]) == (True, 0.8, None, None)
    assert {row["threshold"] for row in told["expected"]} >= {0.5, 0.999}
    assert {(row["comparison"], row["degree"]) for row in told["weights"]} >= {("birth_date", "day_and_month")}


def test_it_is_chosen_and_written_down(call):
    status, told = call("put", "/matching", BODY)
    assert status == 200 and (told["suggest_from"], told["open_from"]) == (0.9, 0.99)
    assert call("get", "/matching")[1]["open_from"] == 0.99
    assert AuditEntry.objects.filter(action="matching.chosen").count() == 1
    call("put", "/matching", BODY)
    assert AuditEntry.objects.filter(action="matching.chosen").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"suggest_from": 0.83}, "suggest_from"),
        ({"open_from": 0.8}, "open_from"),
        ({"suggest_from": 0.999, "open_from": 0.99}, "open_from"),
        ({"suggest_from": "much"}, "suggest_from"),
        ({"more": 1}, "more"),
        ({"often": "hourly"}, "often"),
        ({"day": "someday"}, "day"),
    ],
)
def test_what_cannot_be_says_where(call, wrong, field):
    status, told = call("put", "/matching", {**BODY, **wrong})
    assert status == 422 and field in str(told)
    assert call("get", "/matching")[1]["suggest_from"] == 0.8


def test_how_often_is_chosen_and_stays_where_nothing_is_said_of_it(call):
    told = call("get", "/matching")[1]
    assert (told["often"], told["day"]) == ("weekly", "sunday") and told["next_at"].endswith("T02:00:00.000Z")
    call("put", "/matching", {**BODY, "often": "monthly", "day": "friday"})
    told = call("put", "/matching", BODY)[1]
    assert (told["often"], told["day"], told["next_at"][8:10]) == ("monthly", "friday", "01")
    assert call("put", "/matching", {**BODY, "often": "never"})[1]["next_at"] is None


def test_a_run_tells_how_far_it_is(call):
    with write():
        MatchRun.objects.create(train=False, state="running", step="noting", percent=40)
    [row] = call("get", "/matching")[1]["runs"]
    assert (row["step"], row["step_number"], row["steps"], row["percent"]) == ("noting", 4, 4, 40)


def test_a_comparison_is_asked_for_once(call):
    status, first = call("post", "/matching/runs")
    assert status == 201 and first["state"] == "waiting"
    assert call("post", "/matching/runs")[1]["id"] == first["id"]
    assert [row["id"] for row in call("get", "/matching")[1]["runs"]] == [first["id"]]
    assert MatchRun.objects.count() == 1


def test_suggestions_tell_their_score_and_why(call, two):
    working.look()
    (row,) = call("get", "/suggestions")[1]["items"]
    assert row["rule"] == "likeness" and row["score"] > 0.8
    assert {each["what"] for each in row["evidence"]["likeness"]} >= {"first_name", "last_name", "birth_date"}
    (of_one,) = call("get", f"/customers/{row['customers'][0]['id']}/suggestions")[1]["items"]
    assert of_one["score"] == row["score"]
    assert call("post", f"/suggestions/{row['id']}/acceptance")[0] == 201
    assert call("get", "/matching")[1]["expected"][0]["accepted"] == 1
