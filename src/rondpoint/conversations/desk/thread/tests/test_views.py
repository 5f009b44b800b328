"""The conversation's addresses: what each answers, to whom, and what it refuses."""

import uuid

import pytest
from django.test import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rondpoint.accounts.actions import create_user
from rondpoint.accounts.models import Team
from rondpoint.accounts.types import Role
from rondpoint.conversations.desk.thread import uploads
from rondpoint.conversations.models import Attachment, CannedAnswer, Conversation, Draft, Message, Note
from rondpoint.conversations.tests.conftest import house
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db
__all__ = ["house"]
PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture
def staff(brand):
    def make(name, role=Role.AGENT):
        user = create_user(f"{name.lower()}@example.com", name, PASSWORD, role)
        client = Client()
        with write():
            client.force_login(user)
        client.user = user
        return client

    return make


@pytest.fixture
def message(house):
    return house.mail("awa@example.org", "Bonjour", subject="Colis")


@pytest.fixture
def path(message):
    return f"/conversations/{message.conversation.public_id}"


def send(client, path, **said):
    return client.post(f"{path}/messages", {"as": "json", "channel": "email", "text": "Bonjour", "key": "k", **said})


READING = ("", "/flow", "/news", "/head", "/customer", "/decisions")
WRITING = {
    "/messages": {"as": "json", "channel": "email", "text": "x"},
    "/undo": {"undo": "x"},
    "/notes": {"text": "x"},
    "/draft": {"text": "x"},
    "/closure": {},
    "/assignment": {},
    "/snooze": {"until": "1"},
    "/reading": {},
    "/reach": {"channel": "email", "text": "x"},
    "/continuations": {"via": "link"},
}


def test_a_reader_reads_and_changes_nothing(staff, path):
    reader = staff("Reader", Role.READ_ONLY)
    for part in READING:
        assert reader.get(path + part).status_code == 200, part
    for part, said in WRITING.items():
        assert reader.post(path + part, said).status_code == 404, part
    assert reader.get(f"{path}/answers").status_code == 404


def test_what_belongs_to_another_team_is_not_there(staff, path, message):
    with write():
        Conversation.objects.update(team=Team.objects.create(name="Lyon"))
    stranger = staff("Samir")
    for part in (*READING, "/answers"):
        assert stranger.get(path + part).status_code == 404, part
    for part, said in {**WRITING, "/presence": {"doing": "viewing"}}.items():
        assert stranger.post(path + part, said).status_code == 404, part
    for part in ("html", "why"):
        assert stranger.get(f"/messages/{message.public_id}/{part}").status_code == 404
    assert stranger.post(f"/messages/{message.public_id}/again").status_code == 404
    assert Message.objects.count() == 1


@pytest.mark.parametrize("part", ["why", "html", "raw"])
def test_a_message_that_is_none_is_not_there(staff, part, db):
    admin = staff("Admin", Role.ADMINISTRATOR)
    for name in (uuid.uuid4(), "nothing"):
        assert admin.get(f"/messages/{name}/{part}").status_code == 404


def test_sending_answers_with_the_way_back(staff, path):
    ines = staff("Inès")
    said = send(ines, path).json()
    assert said["seconds"] == 8
    back = ines.post(f"{path}/undo", {"undo": said["undo"]})
    assert back.json()["text"] == "Bonjour"
    assert ines.post(f"{path}/undo", {"undo": said["undo"]}).status_code == 409
    assert ines.post(f"{path}/undo", {"undo": "x"}).status_code == 403


def test_a_signature_closes_letters_and_comes_off_when_taken_back(staff, path):
    ines = staff("Inès")
    with write():
        ines.user.signature = "Inès, Maison Hirondelle"
        ines.user.save()
    said = send(ines, path).json()
    assert Message.objects.get(direction="out").text == "Bonjour\n\n-- \nInès, Maison Hirondelle"
    assert ines.post(f"{path}/undo", {"undo": said["undo"]}).json()["text"] == "Bonjour"


@pytest.mark.parametrize(
    "said",
    [{"text": " "}, {"channel": "pigeon"}, {"text": "{{ customer.shoe }}"}, {"channel": "sms"}, {"to": "nobody"}],
)
def test_what_cannot_be_sent_says_why_and_keeps_the_text(staff, path, said):
    ines = staff("Inès")
    answer = send(ines, path, **said)
    assert answer.status_code == 422
    assert answer.json()["error"]
    page = ines.post(f"{path}/messages", {"channel": "email", "text": "Mon texte {{ x }}"})
    assert page.status_code == 422
    assert "Mon texte {{ x }}" in page.content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_who_answers_after_a_colleague_is_asked_first(staff, path, message):
    ines, samir = staff("Inès"), staff("Samir")
    send(samir, path)
    asked = send(ines, path, text="Moi aussi", seen=message.id, key="k2")
    assert (asked.status_code, "Samir" in asked.json()["ask"]) == (409, True)
    assert send(ines, path, text="Moi aussi", seen=message.id, key="k2", confirmed="1").status_code == 200
    assert send(ines, path, text="Encore", seen=Message.objects.latest("id").id, key="k3").status_code == 200


def test_the_same_key_is_sent_once(staff, path):
    ines = staff("Inès")
    assert send(ines, path).json()["message"] == send(ines, path).json()["message"]


def test_a_draft_is_there_on_the_next_page_and_gone_when_sent(staff, path):
    ines = staff("Inès")
    assert ines.post(f"{path}/draft", {"kind": "answer", "text": "Je commence", "channel": "email"}).status_code == 204
    assert "Je commence" in ines.get(path).content.decode()
    assert "Je commence" not in staff("Samir").get(path).content.decode()
    send(ines, path)
    assert not Draft.objects.exists()
    assert ines.post(f"{path}/draft", {"text": "Je commence", "key": "k"}).status_code == 409
    assert ines.post(f"{path}/draft", {"kind": "poem", "text": "x"}).status_code == 422


def test_a_note_without_scripts(staff, path):
    ines = staff("Inès")
    assert ines.post(f"{path}/messages", {"channel": "note", "text": "Entre nous"}).status_code == 302
    assert Note.objects.get().text == "Entre nous"
    assert not Message.objects.filter(direction="out").exists()


def test_snoozing_takes_a_time_to_come(staff, path):
    ines = staff("Inès")
    for until in ("", "soon", "1", str(clock.now() + 400 * clock.DAY)):
        assert ines.post(f"{path}/snooze", {"until": until, "as": "json"}).status_code == 422
    until = clock.now() + clock.HOUR
    assert ines.post(f"{path}/snooze", {"until": until, "as": "json"}).json()["state"] == "snoozed"
    assert Conversation.objects.get().snoozed_until == until


def test_giving_it_to_somebody(staff, path):
    ines, samir, reader = staff("Inès"), staff("Samir"), staff("Reader", Role.READ_ONLY)
    ines.post(f"{path}/assignment", {"user": samir.user.id, "as": "json"})
    assert Conversation.objects.get().assignee == samir.user
    for said in ({"user": reader.user.id}, {"user": 10**6}, {"team": 10**6}):
        assert ines.post(f"{path}/assignment", {**said, "as": "json"}).status_code == 422


def test_who_gives_it_away_to_a_foreign_team_goes_back_to_the_list(staff, path):
    ines = staff("Inès")
    with write():
        team = Team.objects.create(name="Lyon")
    answer = ines.post(f"{path}/assignment", {"team": team.id})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox")


def test_what_a_text_costs(staff, house):
    path = f"/conversations/{house.text('+33199000123').conversation.public_id}"
    ines = staff("Inès")
    short = ines.post(f"{path}/reach", {"channel": "sms", "text": "Bonjour"}).json()
    assert (short["refusal"], short["hint"]) == ("", "")
    assert "153" in short["said"]  # 160 septets, seven of them used
    narrow = ines.post(f"{path}/reach", {"channel": "sms", "text": "ê" * 80}).json()
    assert narrow["hint"]
    filled = ines.post(f"{path}/reach", {"channel": "sms", "text": "{{ agent.name }} {{ x }}"}).json()
    assert (filled["filled"], bool(filled["problem"])) == ("Inès {{ x }}", True)
    assert ines.post(f"{path}/reach", {"channel": "pigeon", "text": "x"}).status_code == 404


def test_the_frame_of_a_mail_runs_nothing_and_loads_nothing_from_others(staff, house):
    mail = house.mail("awa@example.org", "Bonjour", html='<p>Bonjour</p><img src="https://x.example.net/a.png">')
    ines = staff("Inès")
    shut = ines.get(f"/messages/{mail.public_id}/html")["Content-Security-Policy"]
    assert "script" not in shut and "https:" not in shut and "default-src 'none'" in shut
    open_ = ines.get(f"/messages/{mail.public_id}/html?pictures=1")["Content-Security-Policy"]
    assert "img-src 'self' data: https:;" in open_ and "allow-scripts" not in open_
    assert "data-pictures" in ines.get(f"/conversations/{mail.conversation.public_id}").content.decode()


def test_answers_come_in_her_language_filled_in(staff, path):
    ines = staff("Inès")
    with write():
        texts = {"fr": "Bonjour, {{ agent.first_name }}", "en": "Hello"}
        CannedAnswer.objects.create(shortcut="salut", title="Salut", texts=texts)
        CannedAnswer.objects.create(shortcut="lyon", title="Lyon", texts=texts, team=Team.objects.create(name="Lyon"))
    shown = ines.get(f"{path}/answers?q=sal").json()["answers"]
    assert [(row["shortcut"], row["text"]) for row in shown] == [("salut", "Bonjour, Inès")]


def test_canned_answers_are_written_changed_and_removed(staff):
    ines = staff("Inès")
    said = {"shortcut": "/delai", "title": "Délai", "text-fr": "Deux jours"}
    assert ines.post("/settings/answers/new", said).status_code == 302
    row = CannedAnswer.objects.get()
    assert (row.shortcut, row.texts) == ("delai", {"fr": "Deux jours"})
    page = ines.post(f"/settings/answers/{row.public_id}", {**said, "text-fr": "{{ nope }}"})
    assert page.status_code == 422 and "{{ nope }}" in page.content.decode()
    assert ines.get("/settings/answers/nothing").status_code == 404
    ines.post(f"/settings/answers/{row.public_id}/removal")
    assert not CannedAnswer.objects.exists()
    assert staff("Reader", Role.READ_ONLY).get("/settings/answers").status_code == 404


def test_asking_for_news_is_cheap(staff, path, django_assert_max_num_queries):
    ines = staff("Inès")
    send(ines, path)
    watch = Message.objects.get(direction="out").public_id
    with django_assert_max_num_queries(25):
        said = ines.get(f"{path}/news", {"after": 0, "since": clock.now(), "watch": f"{watch},{uuid.uuid4()},x"}).json()
    assert (len(said["gone"]), list(said["states"])) == (1, [str(watch)])


@pytest.mark.django_db(transaction=True)
def test_an_upload_needs_its_ticket_and_keeps_the_file(staff):
    ines = staff("Inès")
    ticket = ines.get("/desk/upload-ticket").json()["ticket"]
    app = TestClient(Starlette(routes=uploads.routes()))
    headers = {"X-Upload-Ticket": ticket, "X-Filename": "bon%20de%20commande.pdf", "Content-Type": "application/pdf"}
    kept = app.post("/desk/files", content=b"%PDF-1.4 x" + b"x" * 2_000_000, headers=headers)
    assert (kept.status_code, kept.json()["name"]) == (200, "bon de commande.pdf")
    assert Attachment.objects.get(token=kept.json()["token"]).size == 2_000_010
    lie = app.post("/desk/files", content=b"MZ", headers={**headers, "Content-Type": "image/png"})
    assert lie.json()["type"] == "application/octet-stream"
    assert app.post("/desk/files", content=b"", headers=headers).status_code == 422
    assert app.post("/desk/files", content=b"x").status_code == 403
    old = uploads.ticket(ines.user, ines.session.session_key, clock.now() - clock.HOUR)
    assert app.post("/desk/files", content=b"x", headers={**headers, "X-Upload-Ticket": old}).status_code == 403
    with write():
        ines.logout()
    assert app.post("/desk/files", content=b"x", headers=headers).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_file_has_a_largest_size(staff, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_FILE", 1000)
    ines = staff("Inès")
    headers = {"X-Upload-Ticket": uploads.ticket(ines.user, ines.session.session_key)}
    answer = TestClient(Starlette(routes=uploads.routes())).post("/desk/files", content=b"x" * 1001, headers=headers)
    assert answer.status_code == 413
    assert not Attachment.objects.exists()
