"""Notes and canned answers over the API."""

import json
import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key, create_user
from rondpoint.accounts.types import Role
from rondpoint.conversations.models import Mention

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


def post(api, url, **body):
    return api.post(url, json.dumps(body), content_type="application/json")


def test_a_note_is_written_and_read_page_by_page(api, house):
    url = f"/api/v1/conversations/{house.text('+33199000123').conversation.public_id}/notes"
    create_user("samir@example.com", "Samir", "roundabout-of-the-north-9", Role.AGENT)
    made = post(api, url, text="@Samir, un paquet perdu ?")
    assert made.status_code == 201
    assert (made.json()["mentions"], made.json()["author"]) == (["samir@example.com"], "API key shop")
    assert Mention.objects.count() == 1
    post(api, url, text="Encore")
    first = api.get(f"{url}?limit=1").json()
    second = api.get(f"{url}?limit=1&cursor={first['next']}").json()
    assert [row["text"] for row in first["items"] + second["items"]] == ["@Samir, un paquet perdu ?", "Encore"]
    assert second["next"] is None


def test_an_empty_note_and_a_foreign_conversation_are_refused(api, house):
    url = f"/api/v1/conversations/{house.text('+33199000123').conversation.public_id}/notes"
    refused = post(api, url, text="  ")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "text")
    assert post(api, f"/api/v1/conversations/{uuid.uuid4()}/notes", text="x").status_code == 404


def test_answers_are_written_and_listed(api):
    good = {"shortcut": "delai", "title": "Délai", "texts": {"fr": "Deux jours, {{ customer.first_name }}"}}
    assert post(api, "/api/v1/answers", **good).status_code == 201
    again = post(api, "/api/v1/answers", **good)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "shortcut")
    nobody = post(api, "/api/v1/answers", **{**good, "shortcut": "x", "team": "Lyon"})
    assert nobody.json()["errors"][0]["field"] == "team"
    assert [row["shortcut"] for row in api.get("/api/v1/answers").json()["items"]] == ["delai"]
