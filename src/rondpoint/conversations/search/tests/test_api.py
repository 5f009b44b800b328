"""``GET /api/v1/search``."""

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.conversations.actions import notes
from rondpoint.conversations.models import Message

pytestmark = [pytest.mark.data, pytest.mark.django_db]
URL, AWA = "/api/v1/search", "+33199001234"


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


def test_customers_and_messages_are_found(api, house):
    house.mail("awa@example.com", "Où est mon colis ?", subject="Colis perdu")
    answer = api.get(URL, {"q": "colis"}).json()
    message = Message.objects.get()
    assert answer["items"] == [
        {
            "kind": "message",
            "id": str(message.public_id),
            "conversation": str(message.conversation.public_id),
            "channel": "email",
            "direction": "in",
            "author": "awa@example.com",
            "subject": "Colis perdu",
            "excerpt": [
                {"text": "Où est mon ", "found": False},
                {"text": "colis", "found": True},
                {"text": " ?", "found": False},
            ],
            "files": [],
            "at": "1970-01-01T00:00:01.000Z",
        }
    ]
    assert len(api.get(URL, {"q": "awa"}).json()["customers"]) == 1
    assert api.get(URL, {"q": "awa channel:email"}).json()["customers"] == []


def test_pages_show_every_message_once(api, house):
    for number in range(5):
        house.text(AWA, f"colis {number}")
    seen, cursor = [], None
    while True:
        answer = api.get(URL, {"q": "colis", "limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += ["".join(piece["text"] for piece in item["excerpt"]) for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert seen == [f"colis {number}" for number in (4, 3, 2, 1, 0)]


def test_notes_are_found_where_they_are_asked_for(api, house):
    notes.add(house.text(AWA, "Bonjour").conversation, "à rembourser")
    assert [item["kind"] for item in api.get(URL, {"q": "remb", "in": "notes"}).json()["items"]] == ["note"]
    assert [item["kind"] for item in api.get(URL, {"q": "remb in:notes"}).json()["items"]] == ["note"]
    assert api.get(URL, {"q": "remb"}).json()["items"] == []


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({}, "q"),
        ({"q": " "}, "q"),
        ({"q": "x" * 501}, "q"),
        ({"channel": "nothing"}, "channel"),
        ({"q": "a", "before": "soon"}, "before"),
        ({"q": "a", "state": "gone"}, "state"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a\x00"}, "q"),
    ],
)
def test_a_question_that_cannot_be_names_its_field(api, question, field):
    answer = api.get(URL, question)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_without_a_key_nothing_is_found(db):
    assert Client().get(URL, {"q": "colis"}).status_code == 401
