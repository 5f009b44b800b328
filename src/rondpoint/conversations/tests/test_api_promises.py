"""Promises over the API."""

import json
import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key, create_user
from rondpoint.accounts.types import Role
from rondpoint.conversations.actions.reply import reply
from rondpoint.events.models import Event
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def url(house):
    return f"/api/v1/conversations/{house.text('+33199000123').conversation.public_id}/commitments"


def send(api, method, url, **body):
    return getattr(api, method)(url, json.dumps(body), content_type="application/json")


def due(hours):
    return clock.iso(clock.now() + hours * clock.HOUR)


def test_a_promise_is_noted_moved_kept_and_listed(api, url):
    create_user("samir@example.com", "Samir", "roundabout-of-the-north-9", Role.AGENT)
    made = send(api, "post", url, text="Call back", due=due(2), user="Samir@example.com")
    assert made.status_code == 201
    row = made.json()
    assert (row["state"], row["user"], row["text"]) == ("open", "samir@example.com", "Call back")
    later = due(30)
    moved = send(api, "put", f"/api/v1/commitments/{row['id']}/time", due=later, reason="She is away").json()
    assert moved["due"] == later
    assert Event.objects.get(type="commitment.moved").properties["reason"] == "She is away"
    kept = send(api, "put", f"/api/v1/commitments/{row['id']}/outcome", state="kept").json()
    assert kept["state"] == "kept" and kept["settled_at"]
    assert api.get("/api/v1/commitments?state=open").json()["items"] == []
    assert [found["id"] for found in api.get("/api/v1/commitments?state=kept").json()["items"]] == [row["id"]]


def test_promises_come_page_by_page_in_order_of_their_time(api, url):
    for hours in (5, 1, 3):
        send(api, "post", url, text=f"{hours}", due=due(hours))
    texts, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/v1/commitments?limit=1{cursor and '&cursor=' + cursor}").json()
        texts += [row["text"] for row in page["items"]]
        cursor = page["next"]
    assert texts == ["1", "3", "5"]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("text", {"text": " "}),
        ("due", {"due": "2020-01-01T00:00:00Z"}),
        ("due", {"due": "tomorrow"}),
        ("due", {"due": "2026-12-24T10:00:00"}),
        ("message", {"message": "nothing"}),
        ("user", {"user": "nobody@example.com"}),
    ],
)
def test_a_bad_promise_is_refused_by_its_field(api, url, field, body):
    answer = send(api, "post", url, **({"text": "Call back", "due": due(2)} | body))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_message_of_ours_holds_one_promise(api, url, house):
    conversation = house.text("+33199000123").conversation
    message = reply(conversation, "sms", "Nous vous rappelons demain").message
    body = {"text": "Call back", "due": due(2), "message": str(message.public_id)}
    first, second = (send(api, "post", url, **body).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert first["message"] == str(message.public_id)


@pytest.mark.parametrize("id_", ["nothing", str(uuid.UUID(int=7))])
def test_what_nobody_promised_is_not_found(api, id_):
    assert send(api, "put", f"/api/v1/commitments/{id_}/outcome", state="kept").status_code == 404
    assert send(api, "put", f"/api/v1/commitments/{id_}/time", due=due(1)).status_code == 404
