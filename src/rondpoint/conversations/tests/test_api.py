"""``/api/v1/conversations``, ``/messages`` and ``/decisions``."""

import base64
import json
import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key, create_user
from rondpoint.accounts.models import Team
from rondpoint.consent.models import Suppression
from rondpoint.consent.queries import address_hash
from rondpoint.conversations.actions import codes
from rondpoint.conversations.models import Attachment, Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write
from rondpoint.sending.models import Decision, Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA, NUMBER = "awa@example.org", "+33199000123"
URL = "/api/v1/conversations"


@pytest.fixture
def api(db):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def conversation(house):
    wanted = [IdentifierIn("email", AWA, Evidence.SIGNED), IdentifierIn("phone", NUMBER, Evidence.SIGNED)]
    customers.create_or_find("Awa Diallo", wanted, {}, "api", 1)
    house.mail(AWA, "Where is my parcel?", subject="Parcel")
    return house.text(NUMBER, "Are you there?").conversation


def send(api, method, url, body=None, **headers):
    return getattr(api, method)(url, json.dumps(body), content_type="application/json", headers=headers)


def fields(response):
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    return [error["field"] for error in response.json()["errors"]]


def suppress(kind, address, reason="stop"):
    with write():
        Suppression.objects.create(address_hash=address_hash(kind, address), reason=reason)


def test_one_conversation_over_two_channels_is_one_row(api, conversation):
    row = api.get(URL).json()["items"][0]
    assert row["id"] == str(conversation.public_id)
    assert row["customer"]["name"] == "Awa Diallo"
    assert row["channels"] == ["email", "sms"]
    assert row["preview"] == "Are you there?"


def test_conversations_are_filtered_by_person_state_and_assignee(api, conversation, house):
    ines = create_user("ines@example.com", "Inès", "a long secret phrase")
    other = house.mail("luc@example.org").conversation
    send(api, "put", f"{URL}/{other.public_id}/assignment", {"user": "INES@example.com"})
    send(api, "post", f"{URL}/{conversation.public_id}/closure")

    def found(query):
        return [row["id"] for row in api.get(f"{URL}?{query}").json()["items"]]

    customer = api.get(f"{URL}/{other.public_id}").json()["customer"]["id"]
    assert found(f"customer={customer}") == [str(other.public_id)]
    assert found("state=closed") == [str(conversation.public_id)]
    assert found(f"assignee={ines.email}") == [str(other.public_id)]
    assert found("assignee=none") == [str(conversation.public_id)]
    assert found("assignee=nobody@example.com") == []


def test_pages_of_conversations_show_each_once(api, house):
    ids = {str(house.mail(f"n{number}@example.org").conversation.public_id) for number in range(5)}
    first = api.get(f"{URL}?limit=3").json()
    second = api.get(f"{URL}?limit=3&cursor={first['next']}").json()
    assert {row["id"] for row in first["items"] + second["items"]} == ids
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "status"), [("state=asleep", 422), ("limit=201", 422), ("cursor=x", 400), ("customer=x", 404)]
)
def test_a_bad_question_is_refused(api, query, status):
    assert api.get(f"{URL}?{query}").status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("get", "/messages", None),
        ("get", "/reach", None),
        ("post", "/messages", {"channel": "sms", "text": "x"}),
        ("post", "/continuations", {"via": "link"}),
        ("post", "/closure", None),
        ("delete", "/closure", None),
        ("put", "/assignment", {"user": None}),
    ],
)
@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000000", "7", "x%00"])
def test_an_unknown_conversation_is_404(api, method, path, body, id_):
    response = send(api, method, f"{URL}/{id_}{path}", body) if method != "get" else api.get(f"{URL}/{id_}{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_messages_are_read_oldest_first_with_channel_direction_and_state(api, conversation):
    send(api, "post", f"{URL}/{conversation.public_id}/messages", {"channel": "email", "text": "On its way."})
    first = api.get(f"{URL}/{conversation.public_id}/messages?limit=2").json()
    last = api.get(f"{URL}/{conversation.public_id}/messages?limit=2&cursor={first['next']}").json()
    rows = first["items"] + last["items"]
    assert [(row["channel"], row["direction"], row["state"]) for row in rows] == [
        ("email", "in", "received"),
        ("sms", "in", "received"),
        ("email", "out", "queued"),
    ]
    assert rows[0]["text"] == "Where is my parcel?"
    assert rows[0]["unverified"] is True
    assert rows[2]["author"] == {"kind": "agent", "name": "Maison Hirondelle"}
    assert rows[2]["decision"]["verdict"] == "send"
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert api.get(f"/api/v1/messages/{rows[2]['id']}").json() == rows[2]


@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000000", "7", "x"])
def test_an_unknown_message_is_404(api, id_):
    assert api.get(f"/api/v1/messages/{id_}").status_code == 404


@pytest.mark.parametrize(("channel", "address"), [("sms", NUMBER), ("email", AWA)])
def test_an_answer_leaves_on_the_channel_asked_for(api, conversation, channel, address):
    response = send(api, "post", f"{URL}/{conversation.public_id}/messages", {"channel": channel, "text": "Yes."})
    assert response.status_code == 202
    assert response.json()["state"] == "queued"
    assert response.json()["decision"]["verdict"] == "send"
    message = Message.objects.get(public_id=response.json()["id"])
    assert (message.channel, message.address) == (channel, address)
    assert Dispatch.objects.get().address == address


def test_an_answer_with_a_file_and_html(api, conversation):
    file = {
        "name": "../a/invoice.pdf",
        "content_type": "application/pdf",
        "content": base64.b64encode(b"%PDF").decode(),
    }
    body = {
        "channel": "email",
        "text": "Here.",
        "html": "<p onclick=x>Here.<script>x()</script></p>",
        "attachments": [file],
    }
    answer = send(api, "post", f"{URL}/{conversation.public_id}/messages", body).json()
    shown = api.get(f"/api/v1/messages/{answer['id']}").json()
    assert shown["html"] == "<p>Here.</p>"
    assert [(row["name"], row["size"]) for row in shown["files"]] == [("_a_invoice.pdf", 4)]


def test_an_answer_is_written_once_even_when_the_kept_answer_was_lost(api, conversation):
    from rondpoint.accounts.models import IdempotentAnswer

    url, body = f"{URL}/{conversation.public_id}/messages", {"channel": "sms", "text": "Yes."}
    first = send(api, "post", url, body, **{"Idempotency-Key": "k"}).json()
    with write():
        IdempotentAnswer.objects.all().delete()
    assert send(api, "post", url, body, **{"Idempotency-Key": "k"}).json()["id"] == first["id"]
    assert Dispatch.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channel": "fax", "text": "x"}, "channel"),
        ({"text": "x"}, "channel"),
        ({"channel": "sms", "text": " \n"}, "text"),
        ({"channel": "sms"}, "text"),
        ({"channel": "email", "text": "x" * 20_001}, "text"),
        ({"channel": "email", "text": ["x"]}, "text"),
        ({"channel": "email", "text": "x", "to": "nobody"}, "to"),
        ({"channel": "sms", "text": "x", "to": AWA}, "to"),
        (
            {
                "channel": "email",
                "text": "x",
                "attachments": [{"name": "a", "content_type": "text/plain", "content": "é"}],
            },
            "attachments[0].content",
        ),
        (
            {
                "channel": "email",
                "text": "x",
                "attachments": [{"name": "a", "content_type": "text", "content": "YQ=="}],
            },
            "attachments[0].content_type",
        ),
        ({"channel": "email", "text": "x", "attachements": []}, "attachements"),
    ],
)
def test_a_bad_answer_is_refused_naming_the_field(api, conversation, body, field):
    assert field in fields(send(api, "post", f"{URL}/{conversation.public_id}/messages", body))
    assert not Dispatch.objects.exists()
    assert not Attachment.objects.exists()


def test_what_the_gate_refuses_is_not_sent_and_its_decision_is_kept(api, conversation):
    suppress("phone", NUMBER)
    file = {"name": "a.txt", "content_type": "text/plain", "content": "YQ=="}
    body = {"channel": "sms", "text": "Yes.", "attachments": [file]}
    response = send(api, "post", f"{URL}/{conversation.public_id}/messages", body)
    problem = response.json()
    assert response.status_code == 422
    assert (problem["type"], problem["reason"], problem["step"]) == (
        "urn:rondpoint:problem:refused",
        "stop",
        "suppression",
    )
    assert str(Decision.objects.get().public_id) == problem["decision"]
    assert not Dispatch.objects.exists()
    assert not Attachment.objects.exists()
    for query in ("", f"?conversation={conversation.public_id}"):
        found = api.get(f"/api/v1/decisions{query}").json()["items"]
        assert [(row["id"], row["verdict"], row["reason"]) for row in found] == [
            (problem["decision"], "refuse", "stop")
        ]


def test_decisions_are_read_by_customer_and_by_conversation(api, conversation, house):
    for text in ("One", "Two"):
        send(api, "post", f"{URL}/{conversation.public_id}/messages", {"channel": "sms", "text": text})
    other = house.text("+33199000456").conversation
    send(api, "post", f"{URL}/{other.public_id}/messages", {"channel": "sms", "text": "Three"})
    customer = api.get(f"{URL}/{other.public_id}").json()["customer"]["id"]
    assert len(api.get(f"/api/v1/decisions?conversation={conversation.public_id}").json()["items"]) == 2
    found = api.get(f"/api/v1/decisions?customer={customer}").json()["items"]
    assert [(row["customer"], row["verdict"], row["state"]) for row in found] == [(customer, "send", "queued")]
    page = api.get("/api/v1/decisions?limit=2").json()
    assert len(api.get(f"/api/v1/decisions?limit=2&cursor={page['next']}").json()["items"]) == 1
    for query in ("customer=x", f"conversation={uuid.uuid4()}"):
        assert api.get(f"/api/v1/decisions?{query}").status_code == 404


def test_reach_says_what_can_be_used_and_what_it_costs(api, conversation):
    suppress("email", AWA, "bounce")
    shown = {
        row["channel"]: row for row in api.get(f"{URL}/{conversation.public_id}/reach?text={'x' * 161}").json()["items"]
    }
    assert (shown["sms"]["usable"], shown["sms"]["segments"], shown["sms"]["preferred"]) == (True, 2, True)
    assert (shown["email"]["usable"], shown["email"]["reason"]) == (False, "bounce")
    assert shown["email"]["explanation"]
    assert "reach" in api.get(f"{URL}/{conversation.public_id}").json()
    assert api.get(f"{URL}/{conversation.public_id}/reach?text={'x' * 20_001}").status_code in (422, 414)


@pytest.mark.parametrize(
    ("via", "member"), [("link", "url"), ("qr", "qr_svg"), ("code", "code"), ("address", "address")]
)
def test_each_way_to_go_on(api, conversation, via, member):
    response = send(api, "post", f"{URL}/{conversation.public_id}/continuations", {"via": via})
    assert response.status_code == 201
    assert response.json()[member]


def test_a_link_is_sent_on_the_channel_asked_for(api, conversation):
    body = {"via": "link", "channel": "sms"}
    shown = send(api, "post", f"{URL}/{conversation.public_id}/continuations", body).json()
    assert shown["url"] in Message.objects.get(public_id=shown["message"]).text
    suppress("phone", NUMBER)
    refused = send(api, "post", f"{URL}/{conversation.public_id}/continuations", body)
    assert (refused.status_code, refused.json()["reason"]) == (422, "stop")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"via": "pigeon"}, "via"),
        ({}, "via"),
        ({"via": "link", "channel": "fax"}, "channel"),
        ({"via": "link", "to": NUMBER}, "channel"),
        ({"via": "link", "channel": "sms", "to": "12"}, "to"),
        ({"via": "code", "channel": "sms", "to": "12"}, "to"),
    ],
)
def test_a_bad_way_to_go_on_is_refused(api, conversation, body, field):
    assert field in fields(send(api, "post", f"{URL}/{conversation.public_id}/continuations", body))


def test_too_many_codes_are_429_with_retry_after(api, conversation, monkeypatch):
    def spent(*_, **__):
        raise codes.Refused("too_many_tries")

    monkeypatch.setattr("rondpoint.conversations.actions.continuations.issue", spent)
    response = send(api, "post", f"{URL}/{conversation.public_id}/continuations", {"via": "code"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_closing_and_opening_again(api, conversation):
    url = f"{URL}/{conversation.public_id}/closure"
    for _ in range(2):
        closed = send(api, "post", url)
        assert (closed.status_code, closed.json()["state"]) == (201, "closed")
    for _ in range(2):
        assert api.delete(url).json()["state"] == "open"


def test_assigning(api, conversation):
    create_user("ines@example.com", "Inès", "a long secret phrase")
    with write():
        Team.objects.create(name="Parcels")
    url = f"{URL}/{conversation.public_id}/assignment"
    given = send(api, "put", url, {"user": "ines@example.com", "team": "Parcels"}).json()
    assert (given["assignee"], given["team"]) == ({"email": "ines@example.com", "name": "Inès"}, "Parcels")
    back = send(api, "put", url, {"user": None}).json()
    assert (back["assignee"], back["team"]) == (None, None)
    for body, field in (({"user": "x@example.com"}, "user"), ({"user": None, "team": "X"}, "team"), ({}, "user")):
        assert fields(send(api, "put", url, body)) == [field]
    assert Conversation.objects.get(id=conversation.id).assignee is None
