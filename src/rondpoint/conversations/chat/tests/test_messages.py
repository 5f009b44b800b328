"""A visitor writes: stored once, answered when it is on disk, within limits."""

import pytest
from django.db import DatabaseError

from rondpoint.channels.models import Delivery
from rondpoint.conversations.chat import messages, routes, uploads
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.models import Attachment, Message
from rondpoint.sending import queries as sending

pytestmark = pytest.mark.django_db(transaction=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_the_same_client_id_is_the_same_message(chat):
    device = chat.device()
    first = device.say("Bonjour", "c1")
    assert device.say("Bonjour", "c1") == first
    assert device.say("Et encore", "c2")["seq"] > first["seq"]
    assert chat.device().say("Bonjour", "c1")["seq"] not in (first["seq"],)
    assert Message.objects.count() == 3
    assert Delivery.objects.filter(state="done").count() == 3


def test_a_message_that_cannot_be_stored_is_not_taken(chat, monkeypatch):
    def full(batch):
        raise DatabaseError("the disk is full")

    device = chat.device()
    monkeypatch.setattr(routes, "_writer", routes.GroupWriter(full, name="full"))
    answer = device.post("messages", client_id="a", text="Bonjour")
    routes._writer.close()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    monkeypatch.setattr(routes, "_writer", routes.GroupWriter(messages.store, name="mended"))
    assert device.post("messages", client_id="a", text="Bonjour").status_code == 200
    routes._writer.close()
    assert device.texts() == ["Bonjour"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"client_id": "a", "text": "x" * 20_001}, 422, "text"),
        ({"client_id": "a", "text": "  \n"}, 422, "text"),
        ({"client_id": "a", "text": "\x00"}, 422, "text"),
        ({"client_id": "", "text": "a"}, 422, "client_id"),
        ({"client_id": "x" * 81, "text": "a"}, 422, "client_id"),
        ({"client_id": "a\nb", "text": "a"}, 422, "client_id"),
        ({"client_id": "a", "text": "a", "files": ["t"] * 11}, 422, "files"),
        ({"text": "a"}, 422, None),
        ({"client_id": "a", "text": {"deep": 1}}, 422, None),
    ],
)
def test_what_cannot_be_a_message_is_refused_with_its_field(chat, body, status, field):
    answer = chat.device().post("messages", **body)
    assert answer.status_code == status
    if field:
        assert answer.json()["errors"][0]["field"] == field
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{" * 70_000, 413),
        (b'{"deep": ' + b"[" * 60_000, 400),
        (b"\xff\xfe", 400),
        (b"not json", 400),
        (b"[]", 422),
    ],
)
def test_hostile_bodies_are_told_so(chat, content, status):
    device = chat.device()
    answer = chat.client.post("/chat/v1/messages", content=content, headers=device.headers)
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["history?before=x", "history?before=%C2%B2", "history?before=" + "9" * 30])
def test_a_number_that_is_none_is_refused(chat, path):
    assert chat.device().get(path).status_code == 422


@pytest.mark.parametrize("seq", [-1, 2**63, "1"])
def test_a_mark_that_is_no_number_is_refused(chat, seq):
    assert chat.device().post("read", seq=seq).status_code == 422


def test_a_runaway_page_is_told_to_wait(chat, monkeypatch):
    monkeypatch.setattr(routes, "_messages", Brake(3, 60))
    device = chat.device()
    for number in range(3):
        device.say(str(number))
    answer = device.post("messages", client_id="more", text="more")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 61
    chat.device().say("somebody else may go on")


def test_history_is_read_backwards_in_pages(chat, monkeypatch):
    device = chat.device()
    for number in range(55):
        device.say(f"m{number}")
    page = device.get("history").json()
    assert [page["items"][0]["text"], page["items"][-1]["text"]] == ["m5", "m54"]
    older = device.get(f"history?before={page['next']}").json()
    assert [message["text"] for message in older["items"]] == [f"m{number}" for number in range(5)]
    assert older["next"] is None


def test_a_message_on_the_wire(chat):
    device = chat.device()
    said = device.say("Bonjour")
    chat.reply("Bonjour, je regarde.")
    mine, theirs = device.get("history").json()["items"]
    assert (mine["id"], mine["seq"], mine["author"]["kind"], mine["state"]) == (
        said["id"],
        said["seq"],
        "customer",
        "received",
    )
    assert (theirs["author"], theirs["channel"]) == ({"kind": "agent", "name": "Inès"}, "chat")
    assert theirs["at"].endswith("Z") or theirs["at"].endswith("+00:00")


def test_reading_moves_the_answer_to_read_and_not_back(chat):
    device = chat.device()
    device.say("Bonjour")
    answer = chat.reply("Bonjour")
    assert device.post("read", seq=answer.id).status_code == 204
    assert device.session.read_to == answer.id
    assert device.get("history").json()["items"][-1]["state"] == "read"
    device.post("read", seq=1)
    assert device.session.read_to == answer.id


def test_a_stranger_reads_nothing_as_read(chat):
    chat.device().say("Bonjour")
    answer = chat.reply("Bonjour", "delivered")
    assert chat.device().post("read", seq=answer.id).status_code == 204
    assert sending.states([answer.dispatch_id])[answer.dispatch_id].state == "delivered"


def upload(chat, device, content, name="photo.png", kind="image/png"):
    headers = {**device.headers, "X-Filename": name, "Content-Type": kind}
    return chat.client.post("/chat/v1/files", content=content, headers=headers)


def test_a_file_leaves_with_its_message(chat):
    device = chat.device()
    kept = upload(chat, device, PNG, "Ma%20lampe%20%C3%A9teinte.png").json()
    assert (kept["name"], kept["type"], kept["size"]) == ("Ma lampe éteinte.png", "image/png", len(PNG))
    device.say("", "c1", files=[kept["id"]])
    [message] = device.get("history").json()["items"]
    assert message["files"] == [{key: kept[key] for key in ("name", "type", "size", "url")}]


def test_a_form_carries_a_file_too(chat):
    device = chat.device()
    answer = chat.client.post(
        "/chat/v1/files", files={"file": ("note.pdf", b"%PDF-1.7", "application/pdf")}, headers=device.headers
    )
    assert (answer.json()["name"], answer.json()["type"]) == ("note.pdf", "application/pdf")
    answer = chat.client.post("/chat/v1/files", files={"other": ("a", b"a")}, headers=device.headers)
    assert answer.status_code == 422


def test_a_file_of_somebody_else_cannot_be_sent(chat):
    kept = upload(chat, chat.device(), PNG).json()
    thief = chat.device()
    thief.say("Regardez", "c1", files=[kept["id"]])
    assert thief.get("history").json()["items"][0]["files"] == []
    assert Attachment.objects.get().message_id is None


@pytest.mark.parametrize(
    ("content", "name", "kind", "expected"),
    [
        (b"<script>", "a.png", "image/png", ("a.png", "application/octet-stream")),
        (PNG, "..%2F..%2Fetc%2Fpasswd", "image/png", ("passwd", "image/png")),
        (PNG, "C%3A%5Cfaxes%5Ca.png", "image/png", ("a.png", "image/png")),
        (PNG, "", "image/png", ("file", "image/png")),
        (b"a", "a%E2%80%AEgnp.exe", "text/plain", ("agnp.exe", "text/plain")),
    ],
)
def test_names_and_types_are_what_they_are(chat, content, name, kind, expected):
    kept = upload(chat, chat.device(), content, name, kind).json()
    assert (kept["name"], kept["type"]) == expected


def test_a_file_has_a_limit_in_both_forms(chat, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_FILE", 1000)
    monkeypatch.setattr(uploads, "MAX_FRAME", 500)
    device = chat.device()
    assert upload(chat, device, b"0" * 1001).status_code == 413
    assert upload(chat, device, b"").status_code == 422
    for size in (1001, 5000):
        answer = chat.client.post("/chat/v1/files", files={"file": ("a", b"0" * size)}, headers=device.headers)
        assert answer.status_code == 413


def test_files_that_no_message_takes_do_not_pile_up(chat, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_WAITING", 2)
    device = chat.device()
    assert [upload(chat, device, PNG).status_code for _ in range(3)] == [200, 200, 429]
