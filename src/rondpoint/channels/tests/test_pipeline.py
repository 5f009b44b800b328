"""Store first, then work: nothing twice, nothing lost, poison set aside."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest

from rondpoint.channels import actions, connections, deliveries, pipeline, quarantine
from rondpoint.channels.contract import Raw
from rondpoint.channels.models import Delivery
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers.models import Customer
from rondpoint.events.models import Event
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TOKEN = "secret-of-the-provider"


@pytest.fixture
def number(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()
    values = {"provider": "twilio", "number": "+33199001000", "auth_token": TOKEN, "account_sid": "AC1"}
    return actions.add_connection("sms", "SMS", values, brand)


def twilio(connection, sid, text, sender="+33199000123"):
    fields = {"MessageSid": sid, "From": sender, "To": "+33199001000", "Body": text, "NumMedia": "0"}
    url = connections.inbound_url(connection)
    signed = url + "".join(key + value for key, value in sorted(fields.items()))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return Raw(urlencode(fields).encode(), headers, url, received=1_000_000)


def store(connection, *raws):
    info = connections.info(connection)
    with write():
        return deliveries.store([deliveries.prepare(info, str(number), raw) for number, raw in raws])


def make_due():
    with write():
        Delivery.objects.filter(state="new").update(due=1)


def test_a_delivery_becomes_a_message_and_repeating_it_changes_nothing(number):
    raw = twilio(number, "SM1", "Bonjour")
    assert store(number, ("SM1", raw), ("SM1", raw)) == [True, False]
    assert store(number, ("SM1", raw)) == [False]
    assert pipeline.work() == 1
    message = Message.objects.get()
    assert (message.text, message.address, message.channel) == ("Bonjour", "+33199000123", "sms")
    assert Delivery.objects.get().state == "done"


def test_replaying_everything_changes_nothing(number):
    store(number, *((f"SM{n}", twilio(number, f"SM{n}", f"text {n}", f"+3319900012{n % 3}")) for n in range(9)))
    store(number, ("stop", twilio(number, "SMstop", "STOP")))
    pipeline.work()

    def everything():
        return [
            list(model.objects.order_by("id").values_list(*columns))
            for model, columns in (
                (Message, ("id", "text", "conversation_id", "profile_id")),
                (Conversation, ("id", "state", "customer_id", "last_message_at")),
                (Customer, ("id", "merged_into_id")),
                (Event, ("id", "type")),
            )
        ]

    before = everything()
    assert len(before[0]) == 10
    quarantine.replay_all("test", every=True)
    assert pipeline.work() == 10
    assert everything() == before


def test_poison_is_quarantined_after_five_tries_with_its_form_and_error_and_blocks_nobody(number, monkeypatch):
    poison, good = twilio(number, "SMpoison", "poison"), twilio(number, "SMgood", "good")
    store(number, ("poison", poison), ("good", good))
    channel = pipeline.registry.get("sms")
    parse = channel.parse

    def choke(raw, connection):
        if b"poison" in raw.body:
            raise ValueError("cannot read this")
        return parse(raw, connection)

    monkeypatch.setattr(channel, "parse", choke)
    for _ in range(6):
        pipeline.work()
        make_due()
    set_aside = quarantine.listing()
    assert [row.external_id for row in set_aside] == ["poison"]
    assert set_aside[0].attempts == 5
    assert "cannot read this" in set_aside[0].error
    assert deliveries.raw(set_aside[0]) == poison
    assert [message.text for message in Message.objects.all()] == ["good"]

    monkeypatch.setattr(channel, "parse", parse)
    quarantine.replay(set_aside[0], "Inès")
    pipeline.work()
    assert quarantine.listing() == []
    assert Message.objects.count() == 2


def test_a_large_delivery_is_kept_as_a_file(number):
    raw = Raw(b"x" * (deliveries.LARGE + 1), received=1)
    store(number, ("large", raw))
    row = Delivery.objects.get()
    assert row.body is None and row.body_sha256
    assert deliveries.raw(row).body == raw.body


def test_mail_is_parsed_in_a_child_and_a_hostile_one_takes_only_itself(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()
    mailbox = actions.add_connection("email", "Mail", {"address": "bonjour@hirondelle.example.com"}, brand)
    good = (
        b"From: Awa <awa@example.org>\r\nTo: bonjour@hirondelle.example.com\r\nSubject: Lampe\r\n"
        b"Message-ID: <1@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nBonjour\r\n"
    )
    hostile = b"From: " + b"(" * 100_000 + b"\r\nTo: bonjour@hirondelle.example.com\r\n\r\nboum\r\n"
    store(mailbox, ("hostile", Raw(hostile, received=1)), ("good", Raw(good, received=1)))
    for _ in range(6):
        pipeline.work()
        make_due()
    assert Message.objects.filter(address="awa@example.org", text="Bonjour").count() == 1
    assert not Delivery.objects.filter(state__in=("new", "leased")).exists()
