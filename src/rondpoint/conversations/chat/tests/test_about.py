"""What a visitor is asked, what she says of herself, the copy by mail, and that she was read."""

import msgspec
import pytest

from rondpoint.channels.contract import MessageOut
from rondpoint.conversations.chat import about, routes, widget
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.chat.tests.test_stream import Listening, run
from rondpoint.conversations.chat.tests.test_visibility import AWA, prove
from rondpoint.conversations.models import ChatSession, Conversation
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.events import live
from rondpoint.files import queries as files
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asking(chat):
    with write():
        chat.row.settings = {**chat.row.settings, "ask": "name_email", "ask_required": "yes"}
        chat.row.save()
    return chat


def asked(device):
    again = device.post("sessions", key=device.chat.key).json()
    return again["config"]["ask"]


def test_a_stranger_is_asked_until_something_is_known(asking):
    device = asking.device()
    assert device.opened["config"]["ask"] == [
        {"kind": "name", "required": True},
        {"kind": "email", "required": True},
    ]
    assert device.post("about", name=" Awa\n Diallo ").json() == {"kept": True}
    assert asked(device) == [{"kind": "email", "required": True}]
    device.say("Bonjour")
    assert asked(device) == []


def test_somebody_the_site_vouches_for_is_asked_nothing(asking):
    assert asking.device(jwt=asking.account("42")).opened["config"]["ask"] == []


def test_nobody_is_asked_without_the_setting(chat):
    assert chat.device().opened["config"]["ask"] == []


def test_what_is_typed_is_claimed_and_opens_nothing(chat):
    hers = chat.device()
    hers.say("Ma commande est bleue")
    prove(hers)
    stranger = chat.device()
    assert stranger.post("about", name="Awa", email=AWA.upper()).status_code == 200
    profile = customers.profile(stranger.session.profile_id)
    [held] = customers.holdings([profile.id], "email")
    assert (held.value, held.evidence) == (AWA, Evidence.CLAIMED)
    assert not stranger.session.proved
    assert stranger.texts() == []
    assert stranger.post("transcript").json()["detail"] == "not_proved"


def test_addresses_typed_into_a_form_are_claimed_and_what_is_none_is_named(chat):
    device = chat.device()
    answer = device.post("about", name="Awa", email="nobody", phone="01 99 00 12 34")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")
    [held] = customers.holdings([device.session.profile_id], "phone")
    assert (held.value, held.evidence) == ("+33199001234", Evidence.CLAIMED)
    assert customers.of_profile(device.session.profile_id).name == "Awa"
    assert device.post("about", phone="12").json()["errors"][0]["field"] == "phone"
    assert device.post("sessions", key=chat.key).json()["config"]["reachable"]


def test_the_chat_of_a_brand_for_pages_of_an_origin(chat):
    with write():
        chat.row.settings = {**chat.row.settings, "origins": "https://shop.example.com"}
        chat.row.save()
    brand = chat.row.brand_id
    assert widget.key_for(brand, "https://shop.example.com") == chat.key
    assert widget.key_for(brand, "https://elsewhere.example.org") == ""
    assert widget.key_for(brand + 1, "https://shop.example.com") == ""


def test_who_proved_herself_is_not_overwritten(chat):
    device = chat.device(jwt=chat.account("42", name="Awa Diallo"))
    assert device.post("about", name="Somebody else").json() == {"kept": False}
    assert customers.of_profile(device.session.profile_id).name == "Awa Diallo"


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": " \n"}, "name"), ({"email": "nobody"}, "email"), ({"name": "A", "email": "@"}, "email")],
)
def test_what_says_nothing_is_refused_with_its_field(chat, body, field):
    answer = chat.device().post("about", **body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_telling_again_and_again_is_braked(chat, monkeypatch):
    monkeypatch.setattr(about, "_tellings", Brake(1, 60))
    device = chat.device()
    assert [device.post("about", name="A").status_code for _ in range(2)] == [200, 429]


def copies():
    rows = Dispatch.objects.filter(address=AWA).order_by("id")
    found = [msgspec.msgpack.decode(row.content, type=MessageOut) for row in rows]
    return [message for message in found if message.files]


def test_a_copy_goes_to_the_address_she_proved(chat):
    device = chat.device(locale="en")
    device.say("Is the lamp <b>blue</b>?")
    chat.reply("It is.")
    assert device.post("transcript").status_code == 409
    assert copies() == []
    prove(device)
    answer = device.post("transcript")
    assert answer.status_code == 202
    assert AWA not in answer.text
    [copy] = copies()
    assert copy.subject == "Your conversation with Maison Hirondelle"
    assert "Is the lamp <b>blue</b>?" in copy.text
    assert "Inès" in copy.text
    [file] = copy.files
    assert file.name.startswith("conversation-") and file.name.endswith(".txt")
    assert files.read(file.sha256).decode() in copy.text
    assert "code" not in copy.text


def test_copies_have_a_limit_and_need_words(chat):
    device = chat.device()
    prove(device)
    assert device.post("transcript").json()["detail"] == "nothing_said"
    device.say("Bonjour")
    assert [device.post("transcript").status_code for _ in range(4)] == [202, 202, 202, 429]
    assert len(copies()) == 3


def test_the_face_costs_no_session_and_obeys_the_sites(chat):
    known = ChatSession.objects.count()
    answer = chat.client.get(
        f"/chat/v1/config?key={chat.key}&locale=fr", headers={"Origin": "https://evil.example.com"}
    )
    assert answer.status_code == 403
    answer = chat.client.get(f"/chat/v1/config?key={chat.key}&locale=fr")
    assert (answer.json()["brand"], answer.json()["greeting"]) == ("Maison Hirondelle", "Bonjour")
    assert chat.client.get("/chat/v1/config?key=nonsense").status_code == 404
    assert ChatSession.objects.count() == known


def test_the_module_is_served_beside_the_widget(chat):
    for name in ("widget.js", "widget.mjs"):
        answer = chat.client.get(f"/{name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert chat.client.get(f"/{name}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert chat.client.get(f"/chat/v1/logo/{chat.key}").status_code == 404


def test_she_sees_that_she_was_read(chat):
    device = chat.device()
    first = device.say("Bonjour")
    assert device.get("history").json()["items"][0]["read"] is False
    row = Conversation.objects.latest("id")

    async def work():
        import asyncio

        async with Listening(device) as stream:
            await stream.until("message", seq=first["seq"])

            def mark():
                with write():
                    Conversation.objects.filter(id=row.id).update(unread=False)
                live.whisper(f"profile:{row.profile_id}", "conversation.read", {"conversation_id": row.id})

            await asyncio.to_thread(mark)
            told = await stream.until("receipt")
            assert (told["seq"], told["state"]) == (first["seq"], "read")

    run(work)
    assert device.get("history").json()["items"][0]["read"] is True


def test_the_writer_ends_with_the_edge(chat):
    chat.device().say("Bonjour")
    writer = routes._writer
    routes.close()
    assert routes._writer is None
    assert not writer._thread.is_alive()
    chat.device().say("Encore")
