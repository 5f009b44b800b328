"""From the moment an erasure returns, nobody sees her and nothing can be sent to her."""

import json

import pytest
from django.test import Client

from rondpoint.accounts import actions as accounts
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.customers.models import Customer
from rondpoint.hub.rights import actions
from rondpoint.hub.rights.tests.canary import EMAIL, WORD
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import outbox
from rondpoint.sending.models import Decision, Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.usefixtures("children_here")]


def test_no_page_and_no_program_sees_her(canary):
    desk = Client(raise_request_exception=False)
    with write():
        desk.force_login(canary.admin, backend="django.contrib.auth.backends.ModelBackend")
    _, text = accounts.create_api_key("test")
    api = Client(headers={"Authorization": f"Bearer {text}"})
    number, talk = canary.customer.public_id, canary.conversation.public_id
    pages = [
        f"/customers/{number}",
        f"/customers/{number}/timeline",
        f"/customers/{number}/links",
        f"/customers/{number}/edit",
        f"/conversations/{talk}",
        f"/conversations/{talk}/flow",
    ]
    programs = [
        f"/api/v1/customers/{number}",
        f"/api/v1/customers/{number}/timeline",
        f"/api/v1/conversations/{talk}",
        f"/api/v1/conversations/{talk}/messages",
        f"/api/v1/customers/{number}/export",
    ]
    lists = [
        ("desk", "/inbox"),
        ("desk", f"/customers?q={WORD}"),
        ("desk", f"/search?q={WORD}"),
        ("desk", "/segments"),
        ("desk", f"/segments/{canary.segment.public_id}"),
        ("desk", "/review"),
        ("desk", "/promises"),
        ("desk", f"/palette?q={WORD}"),
        ("desk", "/settings/audit"),
        ("api", f"/api/v1/customers?q={WORD}"),
        ("api", f"/api/v1/customers?identifier=email:{EMAIL}"),
        ("api", f"/api/v1/search?q={WORD}"),
        ("api", f"/api/v1/segments/{canary.segment.public_id}/members"),
        ("api", "/api/v1/conversations"),
    ]
    assert {path: desk.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    assert {path: api.get(path).status_code for path in programs} == dict.fromkeys(programs, 200)
    actions.erase(canary.customer, "ada@example.com")
    assert {path: desk.get(path).status_code for path in pages} == dict.fromkeys(pages, 404)
    assert {path: api.get(path).status_code for path in programs} == dict.fromkeys(programs, 404)
    for who, path in lists:
        answer = (desk if who == "desk" else api).get(path)
        assert answer.status_code == 200, path
        told = answer.content.decode().replace(f'value="{WORD}"', "").replace(f"q={WORD}", "")
        assert f"{WORD} Person" not in told and EMAIL not in told, path


def test_nothing_is_sent_to_her(canary):
    profile = canary.profile.id
    actions.erase(canary.customer, "ada@example.com")
    assert Dispatch.objects.get(id=canary.queued.id).state == "cancelled"
    _, jobs = outbox.take(canary.mailbox.id, "test", 10, 2**62 + 1)
    assert jobs == []
    from rondpoint.sending import actions as sending
    from rondpoint.sending.types import Request

    message = MessageOut(id="m2", to=Address("email", EMAIL), text="Hello", subject="Hello")
    asked = Request(profile, "email", canary.mailbox.id, message.to, "service", message, "late")
    with write():
        sending.submit([asked])
    decision = Decision.objects.get(idempotency_key="late")
    assert (decision.verdict, decision.reason) == ("refuse", "gone")


def test_the_api_forgets_and_gives_a_receipt(canary):
    _, text = accounts.create_api_key("test")
    api = Client(headers={"Authorization": f"Bearer {text}"})
    path = f"/api/v1/customers/{canary.customer.public_id}/erasure"
    assert api.post(path, {"reason": "because"}, content_type="application/json").status_code == 422
    answer = api.post(path, {"reason": "asked"}, content_type="application/json")
    assert answer.status_code == 202, answer.content
    said = answer.json()
    assert (said["state"], said["done_at"]) == ("working", None)
    assert api.get(f"/api/v1/erasures/{said['id']}").json()["customer"] == said["customer"]
    assert api.post(path, {"reason": "asked"}, content_type="application/json").status_code == 404
    assert WORD not in json.dumps(said)


def test_in_a_conversation_with_others_their_words_stay(canary):
    from rondpoint.conversations.models import Conversation, Message

    talk = canary.conversation
    with write():
        theirs = Message.objects.create(
            conversation=talk,
            origin_conversation_id=talk.id,
            profile_id=canary.other.id,
            direction="in",
            channel="email",
            address_kind="email",
            address="luc.bernard@example.org",
            author_kind="participant",
            author_name="Luc Bernard",
            at=clock.now(),
            source_key="theirs",
            folded=f"> {WORD} wrote",
            text=f"I agree, see you on Monday.\n> Here is {WORD} and what {WORD} wants to know.",
        )
    actions.erase(canary.customer, "ada@example.com")
    kept = Conversation.objects.get(id=talk.id)
    assert (kept.profile_id, kept.customer_id) == (canary.other.id, canary.other.owner)
    messages = list(Message.objects.filter(conversation=kept))
    assert [row.pk for row in messages] == [theirs.pk]
    assert messages[0].text == "I agree, see you on Monday.\n[…]"
    assert WORD not in messages[0].folded + kept.subject + kept.last_preview
    assert Customer.objects.filter(id=canary.other.owner).exists()
