"""Changing many conversations at once, and taking it back."""

import uuid

import pytest

from rondpoint.accounts.types import Role
from rondpoint.conversations.actions import state
from rondpoint.conversations.models import Conversation
from rondpoint.lib import clock

pytestmark = [pytest.mark.data, pytest.mark.django_db]
NOW = 1_750_000_000_000_000


@pytest.fixture
def talks(house):
    return [house.text(f"+3319900010{n}", at=NOW + n).conversation for n in range(3)]


def send(client, talks, **said):
    return client.post("/inbox/changes", {"id": [str(row.public_id) for row in talks], **said})


def values(talks, *names):
    return list(Conversation.objects.filter(id__in=[row.id for row in talks]).order_by("id").values_list(*names))


def test_closing_many_and_taking_it_back(desk, staff, talks):
    client = desk(staff())
    before = values(talks, "state", "closed", "waiting_since", "unread")
    said = send(client, talks, do="close").json()
    assert said["done"] == 3
    assert {row[0] for row in values(talks, "state")} == {"closed"}
    back = client.post("/inbox/undo", {"undo": said["undo"]}).json()
    assert (back["done"], back["left"]) == (3, 0)
    assert values(talks, "state", "closed", "waiting_since", "unread") == before


def test_what_has_changed_since_is_left_alone(desk, staff, talks):
    client = desk(staff())
    said = send(client, talks, do="priority", priority="2").json()
    state.set_priority(talks[0], -1, "Samir")
    back = client.post("/inbox/undo", {"undo": said["undo"]}).json()
    assert (back["done"], back["left"]) == (2, 1)
    assert [row[0] for row in values(talks, "priority")] == [-1, 0, 0]


def test_giving_to_me_a_colleague_a_team_and_nobody(desk, staff, team, talks):
    ines, samir, livraison = staff("Inès"), staff("Samir"), team("Livraison")
    client = desk(ines)
    for to, wanted in (
        ("me", (ines.id, None)),
        (f"user:{samir.id}", (samir.id, None)),
        (f"team:{livraison.id}", (None, livraison.id)),
    ):
        assert send(client, talks[:1], do="assign", to=to).json()["done"] == 1
        assert values(talks[:1], "assignee_id", "team_id") == [wanted]


def test_one_of_another_team_stays_as_it_is(desk, staff, team, talks):
    state.assign_team(talks[0], team("Comptabilité"))
    assert send(desk(staff()), talks, do="close").json()["done"] == 2
    assert values(talks[:1], "state") == [("open",)]


@pytest.mark.parametrize(
    "said",
    [
        {"do": "explode"},
        {},
        {"do": "snooze", "until": "1"},
        {"do": "snooze", "until": str(10**18)},
        {"do": "snooze", "until": "²"},
        {"do": "assign", "to": "user:999999"},
        {"do": "assign", "to": "team:0"},
        {"do": "assign"},
        {"do": "priority", "priority": "9"},
    ],
)
def test_a_mistake_is_said_in_a_sentence(desk, staff, talks, said):
    answer = send(desk(staff()), talks, **said)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("ids", [[], ["x"], ["00000000-0000-4000-8000-000000000000"] * 201])
def test_conversations_must_be_named(desk, staff, ids):
    assert desk(staff()).post("/inbox/changes", {"id": ids, "do": "close"}).status_code == 422


def test_one_that_is_not_there_changes_nothing(desk, staff):
    said = desk(staff()).post("/inbox/changes", {"id": [str(uuid.uuid4())], "do": "close"}).json()
    assert (said["done"], said["undo"]) == (0, "")


def test_who_may_only_read_changes_nothing(desk, staff, talks):
    assert send(desk(staff("Ada", Role.READ_ONLY)), talks, do="close").status_code == 404
    assert values(talks, "state") == [("open",)] * 3


@pytest.mark.parametrize("token", ["", "x", "e30.x"])
def test_a_ticket_that_is_none(desk, staff, token):
    assert desk(staff()).post("/inbox/undo", {"undo": token}).status_code == 409


def test_putting_aside(desk, staff, talks):
    until = clock.now() + clock.HOUR
    send(desk(staff()), talks[:1], do="snooze", until=str(until))
    assert values(talks[:1], "state", "snoozed_until") == [("snoozed", until)]
