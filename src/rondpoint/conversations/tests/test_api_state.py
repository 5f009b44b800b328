"""Putting aside, priorities, unread marks and shared views by the API."""

import json

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.conversations.models import SavedView
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def url(house):
    return f"/api/v1/conversations/{house.text('+33199000123', 'Are you there?').conversation.public_id}"


def send(api, method, url, body=None):
    return getattr(api, method)(url, json.dumps(body), content_type="application/json")


def fields(response):
    assert response.status_code == 422
    return [error["field"] for error in response.json()["errors"]]


def test_put_aside_and_brought_back(api, url):
    until = clock.iso(clock.now() + clock.HOUR)
    put = send(api, "put", f"{url}/snooze", {"until": until}).json()
    assert (put["state"], put["snoozed_until"]) == ("snoozed", until)
    back = send(api, "delete", f"{url}/snooze").json()
    assert (back["state"], back["snoozed_until"]) == ("open", None)
    assert send(api, "delete", f"{url}/snooze").status_code == 200


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "tomorrow", "2030-01-01T00:00:00"])
def test_a_time_that_cannot_be(api, url, until):
    assert fields(send(api, "put", f"{url}/snooze", {"until": until})) == ["until"]


def test_priority_and_unread(api, url):
    assert send(api, "put", f"{url}/priority", {"priority": "urgent"}).json()["priority"] == "urgent"
    assert send(api, "put", f"{url}/unread", {"unread": False}).json()["unread"] is False
    assert send(api, "put", f"{url}/unread", {"unread": True}).json()["unread"] is True
    assert fields(send(api, "put", f"{url}/priority", {"priority": "huge"})) == ["priority"]


def test_a_view_for_everybody(api):
    made = send(api, "post", "/api/v1/views", {"name": "SMS", "filters": {"channel": ["sms"], "unread": True}})
    assert made.status_code == 201
    assert made.json()["filters"] == {"channel": "sms", "unread": "yes"}
    assert [row["name"] for row in api.get("/api/v1/views").json()["items"]] == ["SMS"]
    assert api.delete(f"/api/v1/views/{made.json()['id']}").status_code == 204
    assert not SavedView.objects.exists()


def test_a_filter_nobody_knows_is_named(api):
    wrong = {"name": "X", "filters": {"mood": "good", "state": "lost"}}
    assert fields(send(api, "post", "/api/v1/views", wrong)) == ["filters.mood", "filters.state"]


@pytest.mark.parametrize("name", ["x", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there(api, name):
    assert api.delete(f"/api/v1/views/{name}").status_code == 404
    assert send(api, "put", f"/api/v1/conversations/{name}/priority", {"priority": "low"}).status_code == 404
