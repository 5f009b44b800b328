"""``POST /api/v1/messages``."""

import json
import uuid

import pytest
from django.test import Client

from rondpoint.accounts.actions import create_api_key
from rondpoint.accounts.models import IdempotentAnswer
from rondpoint.consent import actions as consent
from rondpoint.consent.models import Suppression
from rondpoint.consent.queries import address_hash
from rondpoint.conversations.actions.codes import reply_key
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.rules import tokens
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write
from rondpoint.sending.models import Decision, Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA, NUMBER = "awa@example.org", "+33199000123"
URL = "/api/v1/messages"


@pytest.fixture
def api(house):
    return Client(headers={"Authorization": f"Bearer {create_api_key('shop')[1]}"})


@pytest.fixture
def awa(house):
    wanted = [IdentifierIn("email", AWA, Evidence.SIGNED), IdentifierIn("phone", NUMBER, Evidence.SIGNED)]
    customer_id, _ = customers.create_or_find("Awa Diallo", wanted, {}, "api", 1)
    return known.by_ids({customer_id})[customer_id]


def post(api, body, **headers):
    return api.post(URL, json.dumps(body), content_type="application/json", headers=headers)


def suppress(kind, address):
    with write():
        Suppression.objects.create(address_hash=address_hash(kind, address), reason="bounce")


def test_a_customer_is_told_on_the_channel_asked_for(api, awa):
    body = {"to": {"customer": str(awa.public_id)}, "purpose": "order", "text": "Your lamp left.", "channels": ["sms"]}
    response = post(api, body)
    shown = response.json()
    assert response.status_code == 202
    assert (shown["channel"], shown["address"], shown["customer"]) == ("sms", NUMBER, str(awa.public_id))
    assert shown["decision"]["verdict"] == "send"
    assert Dispatch.objects.get().purpose == "order"
    assert api.get(f"{URL}/{shown['id']}").json()["author"] == {"kind": "system", "name": "Maison Hirondelle"}


def test_the_next_channel_is_taken_when_the_gate_refuses_the_first(api, awa):
    suppress("email", AWA)
    body = {"to": {"customer": str(awa.public_id)}, "text": "Your lamp left.", "channels": ["email", "sms"]}
    assert post(api, body).json()["channel"] == "sms"
    assert set(Decision.objects.values_list("channel", "verdict")) == {("email", "refuse"), ("sms", "send")}


def test_when_every_channel_is_refused_nothing_is_made_but_the_decision(api, awa):
    suppress("email", AWA)
    response = post(api, {"to": {"email": AWA}, "text": "Your lamp left."})
    assert (response.status_code, response.json()["reason"]) == (422, "bounce")
    assert response.json()["decision"] == str(Decision.objects.get().public_id)
    assert not Dispatch.objects.exists()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("purpose", ["transactional", "order", "receipt"])
def test_the_channel_she_chose_for_orders_is_tried_first(api, awa, purpose):
    consent.prefer(awa.id, {"channel:transactional": "sms", "channel:service": "email"})
    body = {"to": {"customer": str(awa.public_id)}, "text": "Your lamp left.", "purpose": purpose}
    assert post(api, body).json()["channel"] == "sms"
    assert post(api, {**body, "channels": ["email", "sms"]}).json()["channel"] == "sms"
    assert post(api, {**body, "channels": ["email"]}).json()["channel"] == "email", "nobody waits in vain"
    assert post(api, {**body, "purpose": "service", "channels": ["sms", "email"]}).json()["channel"] == "email"
    suppress("phone", NUMBER)
    assert post(api, body).json()["channel"] == "email", "what she chose cannot be used"


def test_a_purpose_of_the_house_that_serves_may_be_sent_and_a_promotion_may_not(api, awa):
    told = {"names": {"en": "Repairs"}, "purpose_class": "service", "basis": "contract", "channels": ["email", "sms"]}
    consent.define_purpose("repairs", told, "boss")
    consent.prefer(awa.id, {"channel:repairs": "sms"})
    body = {"to": {"customer": str(awa.public_id)}, "text": "Your lamp is mended.", "purpose": "repairs"}
    assert post(api, body).json()["channel"] == "sms" and not Dispatch.objects.get().promotion
    for purpose in ("offers", "newsletter", "code", "unheard_of"):
        response = post(api, {**body, "purpose": purpose})
        assert response.status_code == 422 and "repairs" in response.content.decode()


def test_it_joins_her_open_conversation(api, awa, house):
    conversation = house.mail(AWA).conversation
    shown = post(api, {"to": {"email": AWA}, "text": "Your lamp left."}).json()
    assert shown["conversation"] == str(conversation.public_id)
    assert Conversation.objects.get().state == "open"


def test_without_one_it_stands_in_a_closed_conversation_that_her_answer_opens(api, house):
    shown = post(api, {"to": {"email": "new@example.org"}, "text": "Your lamp left.", "subject": "Order 7"}).json()
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.subject) == ("closed", "Order 7")
    answer = house.mail("new@example.org", "Thanks", token=tokens.reply_token(reply_key(), conversation.id))
    assert str(answer.conversation.public_id) == shown["conversation"]
    assert answer.conversation.state == "open"
    assert Customer.objects.count() == 1


def test_it_is_sent_once_even_when_the_kept_answer_was_lost(api, awa):
    body = {"to": {"phone": NUMBER}, "text": "Your lamp left."}
    first = post(api, body, **{"Idempotency-Key": "k"}).json()
    with write():
        IdempotentAnswer.objects.all().delete()
    assert post(api, body, **{"Idempotency-Key": "k"}).json()["id"] == first["id"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": {}}, "to"),
        ({"to": {"email": AWA, "phone": NUMBER}}, "to"),
        ({"to": {"fax": "1"}}, "to.fax"),
        ({"to": AWA}, "to"),
        ({"to": {"email": "awa"}}, "to.email"),
        ({"to": {"phone": "12"}}, "to.phone"),
        ({"to": {"customer": str(uuid.uuid4())}}, "to.customer"),
        ({"to": {"customer": "x"}}, "to.customer"),
        ({"text": " "}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"purpose": "marketing"}, "purpose"),
        ({"channels": ["sms", "fax"]}, "channels[1]"),
    ],
)
def test_a_bad_message_is_refused_naming_the_field(api, change, field):
    response = post(api, {"to": {"email": AWA}, "text": "Your lamp left.", **change})
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not Dispatch.objects.exists()
    assert not Customer.objects.exists()


def test_a_channel_that_does_not_fit_the_address_says_why(api):
    response = post(api, {"to": {"email": AWA}, "text": "Your lamp left.", "channels": ["sms"]})
    assert (response.status_code, response.json()["reason"]) == (422, "no_address")
