"""What a device may see: its own, what it proved, and what it joined from that point on."""

import re

import msgspec
import pytest
from django.conf import settings
from django.test import Client

from rondpoint.channels.contract import MessageOut
from rondpoint.conversations import actions
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.models import Conversation
from rondpoint.lib import signing
from rondpoint.sending import actions as sending
from rondpoint.sending.models import Dispatch

pytestmark = pytest.mark.django_db(transaction=True)
AWA = "awa.diallo@example.org"


def code_sent_to(address):
    """The six digits in the last message to an address."""
    dispatch = Dispatch.objects.filter(address=address).latest("id")
    text = msgspec.msgpack.decode(dispatch.content, type=MessageOut).text
    return re.search(r"\b\d{6}\b", text).group()


def prove(device, address=AWA):
    answer = device.post("proofs", kind="email", value=address)
    assert answer.status_code == 202, answer.text
    answer = device.post("proofs/check", code=code_sent_to(address))
    assert answer.status_code == 200, answer.text


def link(conversation=None):
    """A fresh continuation link of the youngest conversation."""
    return actions.continuations.issue(conversation or Conversation.objects.latest("id"), "link").token


@pytest.fixture
def awa(chat):
    """A device of a person who proved her address and has a history."""
    device = chat.device()
    device.say("Mon code de porte est bleu")
    prove(device)
    return device


def test_who_types_her_address_sees_nothing_of_hers(chat, awa):
    stranger = chat.device()
    stranger.say("Je suis Awa")
    answer = stranger.post("proofs", kind="email", value=AWA)
    assert answer.status_code == 202
    assert AWA not in answer.text
    assert stranger.texts() == ["Je suis Awa"]
    code = code_sent_to(AWA)
    wrong = str((int(code) + 1) % 10**6).zfill(6)
    assert stranger.post("proofs/check", code=wrong).json()["detail"] == "wrong_code"
    assert stranger.texts() == ["Je suis Awa"]
    awa.say("Et voici la suite")
    assert stranger.texts() == ["Je suis Awa"]
    assert stranger.get("proofs").json()["items"] == []


def test_her_code_opens_her_history_on_another_device(chat, awa):
    tablet = chat.device()
    tablet.say("Me revoici")
    prove(tablet)
    assert tablet.texts() == ["Mon code de porte est bleu", "Me revoici"]


def test_the_code_of_one_device_is_no_use_on_another(chat, awa):
    hers, stranger = chat.device(), chat.device()
    hers.post("proofs", kind="email", value=AWA)
    code = code_sent_to(AWA)
    assert stranger.post("proofs/check", code=code).status_code in (404, 422)
    assert stranger.texts() == []


def test_five_wrong_codes_end_the_trying(chat, awa):
    stranger = chat.device()
    stranger.post("proofs", kind="email", value=AWA)
    right = code_sent_to(AWA)
    wrong = str((int(right) + 1) % 10**6).zfill(6)
    answers = [stranger.post("proofs/check", code=wrong).status_code for _ in range(7)]
    assert answers[0] == 422
    assert answers[-1] in (404, 410, 429)
    assert stranger.post("proofs/check", code=right).status_code in (404, 410, 429)
    assert stranger.texts() == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "email", "value": "no address"},
        {"kind": "phone", "value": "12"},
        {"kind": "passport", "value": "x"},
        {"known": 0},
        {"known": -1},
        {},
    ],
)
def test_an_address_that_is_none_gets_no_code(chat, body):
    assert chat.device().post("proofs", **body).status_code == 422
    assert Dispatch.objects.count() == 0


def test_a_link_shows_what_comes_and_nothing_that_was(chat, awa):
    token = link()
    tablet = chat.device()
    assert tablet.post("continuations", token=token).status_code == 200
    assert tablet.texts() == []
    chat.reply("Vous êtes bien sur la tablette")
    tablet.say("Oui")
    assert tablet.texts() == ["Vous êtes bien sur la tablette", "Oui"]


def test_a_link_that_joined_offers_a_masked_address_and_its_code_opens_the_rest(chat, awa):
    tablet = chat.device()
    tablet.post("continuations", token=link())
    [known] = tablet.get("proofs").json()["items"]
    assert known["kind"] == "email"
    assert AWA not in known["masked"]
    assert tablet.post("proofs", known=known["known"]).status_code == 202
    assert tablet.post("proofs/check", code=code_sent_to(AWA)).status_code == 200
    assert tablet.texts() == ["Mon code de porte est bleu"]


def test_a_link_works_once_and_again_on_the_same_device_only(chat, awa):
    token = link()
    tablet, stranger = chat.device(), chat.device()
    assert [tablet.post("continuations", token=token).status_code for _ in range(2)] == [200, 200]
    assert stranger.post("continuations", token=token).json()["detail"] == "used"
    assert stranger.post("continuations", token="nonsense").status_code == 404
    chat.reply("Seulement pour elle")
    assert stranger.texts() == []


def test_the_page_of_a_link_shows_nothing_and_burns_nothing(chat, awa, client):
    token = link()
    for _ in range(3):
        page = client.get(f"/c/{token}")
        assert page.status_code == 200
        assert "Maison Hirondelle" in page.content.decode()
        assert "porte" not in page.content.decode()
        assert AWA not in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]
    taken = client.post(f"/c/{token}")
    assert (taken.status_code, taken["Location"]) == (302, "/me")
    device = chat.device()
    device.token = signing.unsign(settings.SECRET_KEY, "own page", client.cookies["rondpoint_me"].value, 0)["t"]
    assert device.session.page == "http://127.0.0.1:8000/c/"
    assert device.texts() == []
    device.say("Me voici")
    assert device.texts() == ["Me voici"]


def test_a_link_used_expired_or_unknown_says_so_and_how_to_go_on(chat, awa, client, monkeypatch):
    token = link()
    client.post(f"/c/{token}")
    assert client.get(f"/c/{token}")["Location"] == "/me"
    for answer in (Client().get(f"/c/{token}"), Client().post(f"/c/{token}")):
        assert answer.status_code == 410
        assert "rondpoint_me" not in answer.cookies
    assert client.get("/c/nonsense").status_code == 404
    old = link()
    later = codes.clock.now() + 400 * 24 * 3600 * 1_000_000
    monkeypatch.setattr(continuations.clock, "now", lambda: later)
    assert client.get(f"/c/{old}").status_code == 410


def test_a_mail_that_may_still_be_taken_back_is_shown_only_once_it_has_left(chat, awa):
    answer = actions.reply(Conversation.objects.latest("id"), "email", "Voici votre étiquette", author_name="Inès")
    assert answer.message is not None, answer.verdict
    assert "Voici votre étiquette" not in awa.texts()
    sending.mark([answer.message.dispatch_id], "sent")
    assert awa.texts()[-1] == "Voici votre étiquette"
