"""The card on the desk: how far the tour is, live traffic, and a fresh start."""

import pytest
from django.test import Client

from rondpoint.accounts.models import User
from rondpoint.channels import connections
from rondpoint.conversations import actions
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.demo import person, reset, tour, traffic
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.seed import build
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.urls("rondpoint.demo.tests.tour_urls")]


@pytest.fixture
def ines(company, client: Client):
    return signed_in(client, "ines@example.com")


def signed_in(client: Client, email: str) -> Client:
    """The client as a member of staff."""
    with write():
        client.force_login(User.objects.get(email=email))
    return client


def write_as_awa(channel: str) -> None:
    """One message of the phone's owner, as if it had just come."""
    awa = customers.find(identifier=f"phone:{person.AWA.phone}")[0]
    conversation = Conversation.objects.filter(customer_id=awa.id).order_by("id").last()
    with write():
        Message.objects.create(
            conversation=conversation,
            origin_conversation_id=conversation.id,
            profile_id=awa.id,
            direction="in",
            channel=channel,
            connection=connections.first(channel, None),
            address_kind="phone",
            address=person.AWA.phone,
            author_kind="customer",
            text="Bonjour",
            at=clock.now(),
            source_key=f"tour:{channel}",
        )


def test_the_tour_counts_what_happens_since_it_began(ines):
    assert ines.get("/demo/tour").json() == {"done": [], "next": "chat", "conversation": "", "traffic": False}
    write_as_awa("chat")
    found = ines.get("/demo/tour").json()
    assert (found["done"], found["next"]) == (["chat"], "sms")
    assert found["conversation"]
    write_as_awa("email")
    write_as_awa("sms")
    assert tour.progress().next == ""


def test_live_traffic_is_switched(ines):
    assert ines.post("/demo/traffic", {"on": "1"}).status_code == 204
    assert traffic.is_on()
    ines.post("/demo/traffic", {"on": ""})
    assert not traffic.is_on()


def test_a_reset_brings_the_first_day_back_and_keeps_whoever_is_signed_in(ines, monkeypatch):
    # How much happened by now depends on the hour: both resets are told the same one.
    moment, fill = clock.now(), build.fill
    monkeypatch.setattr(build, "fill", lambda house, now: fill(house, moment))
    reset.reset()
    first = (Customer.objects.count(), Conversation.objects.count(), Message.objects.count(), PhoneItem.objects.count())
    users = User.objects.count()
    conversation = Conversation.objects.filter(state="open").first()
    actions.reply(conversation, conversation.last_channel, "Une réponse", user=User.objects.first())
    write_as_awa("chat")
    traffic.switch(True)
    assert ines.post("/demo/reset").status_code == 302
    again = (Customer.objects.count(), Conversation.objects.count(), Message.objects.count(), PhoneItem.objects.count())
    assert again == first
    assert not Message.objects.filter(text="Une réponse").exists()
    assert Event.objects.exists()
    assert not traffic.is_on()
    assert ines.get("/demo/tour").json()["done"] == []
    assert User.objects.count() == users


def test_a_reset_says_what_it_lacks_and_empties_nothing(ines):
    messages = Message.objects.count()
    with write():
        User.objects.filter(email="samir@example.com").delete()
    answer = ines.post("/demo/reset")
    assert answer.status_code == 409
    assert "samir@example.com" in answer.json()["detail"]
    assert Message.objects.count() == messages


def test_who_may_only_read_resets_nothing(company, client):
    signed_in(client, "reader@example.com")
    assert client.post("/demo/reset").status_code == 404
    assert client.get("/demo/tour").status_code == 200


def test_nobody_signed_in_sees_nothing(company, client):
    assert client.get("/demo/tour").status_code in (302, 404)
    assert client.post("/demo/reset").status_code in (302, 404)


def test_a_turn_chooses_somebody_nobody_plays(company):
    memory = traffic.Round()
    played = {each.phone for each in person.PEOPLE.values()} | {each.email for each in person.PEOPLE.values()}
    for _ in range(60):
        for kind in ("phone", "email"):
            found = traffic._somebody(memory.dice, kind)
            assert found.name
            assert not {found.phone, found.email} & played
    assert reset._house().brand.name == "Maison Hirondelle"
