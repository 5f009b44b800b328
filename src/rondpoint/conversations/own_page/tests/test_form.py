"""A form of the company's site without any script opens a conversation, and she goes on from there."""

import pytest
from django.test import Client

from rondpoint.conversations import views_form
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.own_page.tests.conftest import AWA, Browser
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
SHOP = "https://shop.hirondelle.example.com"
FIELDS = {
    "_title": "Rappel", "name": "Awa Diallo", "email": AWA, "tel": "01 99 00 12 34", "besoin": "Un vélo cargo",
    "password": "bleu", "empty": " ",
}  # fmt: skip


@pytest.fixture
def send(house, monkeypatch):
    monkeypatch.setattr(views_form, "_brake", Brake(1000, 60))
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})

    def sent(origin=SHOP, key=house.chat.public_id, **fields):
        headers = {"Origin": origin} if origin else {}
        return strict.post(f"/forms/{key}", fields or FIELDS, headers=headers)

    return sent


def test_it_opens_a_conversation_with_what_she_claims_of_herself(send):
    answer = send()
    message = Message.objects.get()
    lines = ["Rappel", "name : Awa Diallo", f"email : {AWA}", "tel : 01 99 00 12 34", "besoin : Un vélo cargo"]
    assert (answer.status_code, message.text) == (303, "\n".join(lines))
    held = {
        (each.kind, each.value, each.evidence)
        for kind in ("email", "phone")
        for each in known.holdings([message.profile_id], kind)
    }
    assert held == {("email", AWA, Evidence.CLAIMED), ("phone", "+33199001234", Evidence.CLAIMED)}
    assert known.of_profile(message.profile_id).name == "Awa Diallo"
    path = answer["Location"].removeprefix("http://localhost:8000").partition("?")[0]
    browser = Browser()
    page = browser.client.get(answer["Location"]).content.decode()
    assert "Nous avons bien reçu votre message." in page and "Maison Hirondelle" in page
    assert browser.client.post(path)["Location"] == "/me"
    assert Conversation.objects.get().participants.filter(role="joined").count() == 1


@pytest.mark.parametrize("place", ["/merci?a=1#b", "", "/"])
def test_it_leads_back_to_the_page_of_the_site_that_it_names(send, place):
    assert send(_next=SHOP + place, besoin="Un vélo")["Location"] == SHOP + place


@pytest.mark.parametrize(
    "place",
    ["https://evil.example.org/", f"{SHOP}@evil.example.org", f"{SHOP}.evil.example.org", "javascript:alert(1)",
     "//evil.example.org", f"{SHOP}/\r\nSet-Cookie: a=b", f"{SHOP}\\@evil.example.org"],
)  # fmt: skip
def test_it_leads_nowhere_else(send, place):
    answer = send(_next=place, besoin="Un vélo")
    assert (answer.status_code, "/c/" in answer["Location"]) == (303, True)
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("origin", ["", "null"])
def test_who_has_no_origin_is_led_nowhere(send, house, origin):
    with write():
        house.chat.settings = {**house.chat.settings, "origins": "*"}
        house.chat.save()
    for then in ("null/x", "/x", SHOP):
        answer = send(origin, _next=then, besoin="Un vélo")
        assert (answer.status_code, "/c/" in answer["Location"]) == (303, True)


@pytest.mark.parametrize("wrong", [{f"field{number}": "x" for number in range(1001)}, {"besoin": "a\0b"}])
def test_a_form_of_no_browser_opens_nothing(send, wrong):
    assert send(**wrong).status_code == 400
    assert not Message.objects.exists()


def test_what_it_says_is_text_and_no_page(send):
    answer = send(_title="<script>1</script>", besoin="<b>x</b>\r\nSet-Cookie: a=b")
    assert answer.status_code == 303 and "Set-Cookie" not in answer
    assert Message.objects.get().text.startswith("<script>1</script>\nbesoin : <b>x</b>")


def test_what_cannot_be_taken_is_said_in_her_language(send, monkeypatch):
    for status, words, said in (
        (403, "cannot be sent from the site", {"origin": "https://evil.example.org"}),
        (422, "The form was empty.", {"_title": "Rappel", "besoin": " ", "password": "bleu"}),
        (422, "too long", {"besoin": "x" * 20_001}),
    ):
        answer = send(**said)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert send(key="nobody").status_code == 404
    monkeypatch.setattr(views_form, "_brake", Brake(1, 60))
    assert [send().status_code for _ in range(2)] == [303, 429]
    assert Message.objects.count() == 1


def test_a_chat_that_is_switched_off_takes_no_form(send, house):
    with write():
        house.chat.active = False
        house.chat.save()
    assert send().status_code == 404
