"""On which channel she would get it, and why: the API, the screen, and messages that name no channel."""

import json

import pytest
from django.utils import timezone, translation

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.types import Role
from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.conversations.models import ChatSession, Conversation
from rondpoint.conversations.queries.choosing import LATELY, choose
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import ComputedTrait, KnownTrait
from rondpoint.sending import house as rules
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules.house import QUIET
from rondpoint.sending.types import Cap, HouseRules, Price, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA, NUMBER = "awa@example.com", "+33199001234"
NOON, NIGHT = 1_796_122_800_000_000, 1_796_166_000_000_000  # 2026-12-01 12:00 and 2026-12-02 00:00 in Paris


@pytest.fixture
def awa(house):  # noqa: F811
    identifiers = [IdentifierIn("email", AWA, Evidence.SIGNED), IdentifierIn("phone", NUMBER, Evidence.SIGNED)]
    number, _ = customers.create_or_find("Awa", identifiers, {}, "api")
    for channel, kind, address in (("sms", "phone", NUMBER), ("email", "email", AWA)):
        consent.record([Entry(number, "confirmed", channel, NOON - 9, "offers", channel, kind, address)], NOON - 9)
    prices = (Price("sms", 600, ("FR",)), Price("sms", 2000))
    rules.decide(HouseRules(quiet=QUIET, prices=prices), "admin@example.com")
    return known.by_ids({number})[number]


def takes_to(customer, **scores):
    with write():
        trait = ComputedTrait.objects.create(
            name="taste", label="Taste", definition={"version": 1, "kind": "engagement"}, names=list(scores)
        )
        for channel, score in scores.items():
            KnownTrait.objects.create(
                customer_id=customer.id, name=f"taste_{channel}", number=score, computed=trait, at=NOON
            )


def order(customer, purpose="offers", at=NOON, text="", stage=Stage()):
    return [each.way.channel for each in choose(customer.id, purpose, at, text, stage) if each.ranked.place]


def sentences(customer, language, **told):
    with translation.override(language):
        found = choose(customer.id, "offers", NOON, **told)
        return {each.way.channel: each.sentence for each in found}


def test_the_price_and_how_she_takes_to_each_weigh_and_are_said(awa):
    takes_to(awa, sms=52, email=40)
    assert order(awa) == ["email", "sms"]
    said = sentences(awa, "en")
    assert said["sms"] == "She takes to it (52 of 100), but it costs 6 cents; E-mail is tried first."
    assert said["email"] == "She stirs there now and then (40 of 100); it is tried first."
    said = sentences(awa, "fr")
    fond = "La personne y est sensible (52 sur 100)"
    assert said["sms"] == f"{fond}, mais l’envoi coûte 6 centimes ; E-mail passe en premier."
    assert said["email"] == "La personne y réagit parfois (40 sur 100) ; essayé en premier."


def test_a_text_of_several_parts_costs_as_many_times_as_much(awa):
    takes_to(awa, sms=70, email=40)
    assert order(awa) == ["sms", "email"]
    assert order(awa, text="x" * 400) == ["email", "sms"]
    assert "18 cents" in sentences(awa, "en", text="x" * 400)["sms"]


def test_the_country_of_the_number_is_what_costs(awa):
    rules.decide(HouseRules(prices=(Price("sms", 600, ("BE",)), Price("sms", 2000))), "admin@example.com")
    assert "20 cents" in sentences(awa, "en")["sms"]


def test_her_own_choice_is_the_only_one_for_a_promotion_and_the_first_for_what_she_waits_for(awa):
    takes_to(awa, sms=0, email=90)
    consent.prefer(awa.id, {"channel:offers": "sms", "channel:transactional": "sms"})
    assert order(awa) == ["sms"]
    assert order(awa, "order")[:2] == ["sms", "email"], "a part of what she chose the channel for"
    assert "She wants this by another way" in sentences(awa, "en")["email"]
    said = sentences(awa, "en")["sms"]
    assert said.startswith("She chose this channel for it, but she hardly stirs there (0 of 100)")


def test_the_next_allowed_one_is_the_fall_back_and_caps_on_all_channels_hold_for_each(awa):
    entry = Entry(awa.id, "withdrawn", "no", NOON - 5, "offers", "email", "email", AWA)
    consent.record([entry], NOON - 5)
    assert order(awa) == ["sms"]
    rules.decide(HouseRules(caps=(Cap(0, clock.DAY),)), "admin@example.com")
    assert order(awa, stage=Stage(3, 3)) == [], "a last reminder escalates past no cap"


def test_with_a_complaint_open_no_channel_is_left(awa, house):  # noqa: F811
    message = house.mail(AWA, at=NOON - clock.DAY)
    with write():
        Conversation.objects.filter(id=message.conversation_id).update(priority=2)
    assert order(awa, stage=Stage(3, 3)) == []


def test_at_night_what_may_leave_now_comes_first(awa):
    takes_to(awa, sms=100, email=0)
    assert order(awa) == ["sms", "email"] and order(awa, at=NIGHT) == ["email", "sms"]
    with translation.override("en"), timezone.override("Europe/Paris"):
        [sms] = [each for each in choose(awa.id, "offers", NIGHT) if each.way.channel == "sms"]
    assert "it would leave only later: 08:00" in sms.sentence


def test_only_a_late_one_of_several_escalates(awa):
    takes_to(awa, sms=30, email=60)
    assert [order(awa, stage=Stage(step, 3))[0] for step in (1, 2, 3)] == ["email", "email", "sms"]
    said = sentences(awa, "en", stage=Stage(3, 3))["sms"]
    assert "It makes itself heard, as a late reminder may" in said and "6 cents, which no longer weighs" in said


@pytest.mark.parametrize(("ago", "first"), [(LATELY - 1, "sms"), (LATELY, "email")])
def test_where_she_wrote_a_moment_ago_she_is(awa, house, ago, first):  # noqa: F811
    house.text(NUMBER, at=NOON - ago)
    assert order(awa, "service")[0] == first


@pytest.mark.parametrize("sign", ["chat", "page"])
def test_on_the_site_the_chat_has_her_before_it(awa, house, brand, sign):  # noqa: F811
    with write():
        door = Connection.objects.create(kind="chat", name="Chat", brand=brand, settings={})
        seen = NOON - clock.MINUTE if sign == "chat" else NOON - clock.DAY
        ChatSession.objects.create(token_digest="t", connection=door, profile_id=awa.id, last_seen=seen)
    takes_to(awa, email=60, sms=60)
    if sign == "page":
        assert order(awa, "service")[0] != "chat"
        with write():
            events.record([Fact(awa.id, "Page Viewed", NOON - clock.MINUTE, "source:1", "m", "web")])
    found = choose(awa.id, "service", NOON)
    assert (found[0].way.channel, found[0].ranked.option.present, found[0].way.shown) == ("chat", True, "")


@pytest.fixture
def api(client, awa):
    _, token = accounts.create_api_key("backend")

    def call(path="decisions/choice", **told):
        body = {"customer": str(awa.public_id), "purpose": "offers", "at": clock.iso(NOON), **told}
        answer = client.post(
            f"/api/v1/{path}", json.dumps(body), "application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="en",
        )  # fmt: skip
        return answer.status_code, answer.json()

    return call


def test_the_api_says_the_order_with_what_it_rests_on(api, awa):
    takes_to(awa, sms=30)
    status, said = api(stage={"step": 1, "of": 3})
    assert (status, said["channel"]) == (200, "email")
    email, sms, chat = said["items"]
    assert (email["place"], sms["place"], chat["place"]) == (1, 2, None)
    assert (sms["engagement"], sms["cents"], sms["score"], sms["address"]) == (30, 6, 6, NUMBER)
    assert (email["engagement"], email["cents"], chat["reason"]) == (None, None, "no_connection")
    assert api(stage={"step": 3, "of": 3})[1]["channel"] == "sms"
    assert not Decision.objects.exists() and not Dispatch.objects.exists()


@pytest.mark.parametrize(
    ("told", "field"),
    [({"customer": "nobody"}, "customer"), ({"purpose": "x"}, "purpose"), ({"at": "yesterday"}, "at"),
     ({"stage": {"step": 3, "of": 2}}, "stage.step"), ({"stage": {"step": 0, "of": 2}}, "stage.step")],
)  # fmt: skip
def test_what_cannot_be_chosen_for_says_why(api, told, field):
    status, problem = api(**told)
    assert status == 422 and field in problem["errors"][0]["field"]


def test_a_message_that_names_no_channel_takes_the_one_that_suits_her(client, api, awa):
    takes_to(awa, sms=90, email=10)
    _, token = accounts.create_api_key("shop")
    body = {"to": {"customer": str(awa.public_id)}, "text": "Your lamp left."}
    sent = client.post(
        "/api/v1/messages", json.dumps(body), "application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
    )
    assert (sent.status_code, sent.json()["channel"]) == (202, "sms")


def test_the_screen_says_which_one_and_why_and_leads_to_each_step(client, awa):
    user = accounts.create_user("olivia@example.com", "Olivia", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    asked = {"customer": str(awa.public_id), "purpose": "offers", "channel": "", "at": "2026-12-01T12:00"}
    page = client.get("/promotions/try", {**asked, "step": "3", "of": "3"}).content.decode()
    assert page.index("<b>SMS</b>") < page.index("<b>E-mail</b>") and "essayé en premier" in page
    page = client.get("/promotions/try", {**asked, "step": "9", "of": "lots"}).content.decode()
    assert page.index("<b>E-mail</b>") < page.index("<b>SMS</b>")
    assert f"/promotions/try?customer={awa.public_id}&amp;purpose=offers&amp;channel=sms" in page
    assert not Decision.objects.exists() and not Dispatch.objects.exists()
