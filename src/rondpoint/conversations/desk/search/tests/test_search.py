"""The page that finds."""

import pytest
from django.test import Client

from rondpoint.accounts.models import Team
from rondpoint.conversations.actions import notes
from rondpoint.conversations.models import Message
from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db
AWA = "+33199001234"


@pytest.fixture
def desk(staff, house):
    client = Client()
    user = staff("agent")
    with write():
        client.force_login(user)
    return client


def page(client, **asked):
    answer = client.get("/search", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_what_can_be_looked_for_before_anything_was_asked(desk):
    assert "What can be looked for" in page(desk)


def test_customers_conversations_messages_and_notes_stand_together(desk, house):
    message = house.mail("awa@example.com", "Où est le <b>colis</b> d'awa ?", subject="Colis d'Awa")
    notes.add(message.conversation, "Awa a rappelé")
    shown = page(desk, q="awa")
    for heading in ("Customers", "Conversations", "Notes", "Messages"):
        assert f"{heading}\n" in shown or f">{heading}<" in shown
    assert f'href="/conversations/{message.conversation.public_id}#m-{message.public_id}"' in shown
    assert "<mark>awa</mark>" in shown
    assert "<b>colis</b>" not in shown
    assert "&lt;b&gt;" in shown


def test_filters_stand_in_the_address_and_in_the_controls(desk, house):
    house.text(AWA, "colis")
    answer = desk.get("/search", {"q": "colis", "channel": "email"}, headers={"HX-Request": "true"})
    assert answer["HX-Replace-Url"] == "/search?q=colis&channel=email"
    assert "Search without filters" in answer.content.decode()
    assert '<option value="email" selected>' in page(desk, q="colis", channel="email")


def test_a_filter_nobody_understands_is_told(desk):
    assert "is not a date" in page(desk, q="before:soon")
    assert "There is no channel" in page(desk, q="channel:pigeon colis")


def test_there_is_more_behind_a_page(desk, house):
    for number in range(23):
        house.text(AWA, f"colis {number}")
    first = page(desk, q="colis")
    assert "Show more" in first
    begin = Message.objects.order_by("-id")[19].id
    answer = desk.get("/search", {"q": "colis", "next": begin}, headers={"HX-Request": "true"})
    assert answer.content.decode().count("data-find") == 3
    assert "Show more" not in answer.content.decode()


def test_notes_alone(desk, house):
    message = house.text(AWA, "rien")
    for number in range(5):
        notes.add(message.conversation, f"remboursement {number}")
    assert "All notes" in page(desk, q="remboursement")
    assert page(desk, q="remboursement", **{"in": "notes"}).count("data-find") == 5


def test_what_was_looked_for_is_remembered_in_the_session_until_it_is_forgotten(desk):
    desk.post("/search/recent", {"q": "colis perdu"})
    desk.post("/search/recent", {"q": "Colis perdu"})
    assert page(desk).count("Colis perdu") == 1
    desk.post("/search/recent/removal")
    assert "Colis perdu" not in page(desk)
    assert desk.get("/search/recent").status_code == 405


def test_another_team_s_messages_are_not_found(desk, house):
    conversation = house.text(AWA, "colis secret").conversation
    with write():
        conversation.team = Team.objects.create(name="Returns")
        conversation.save()
    assert "secret" not in page(desk, q="colis").replace("colis secret", "")
    assert "Nothing was found" in page(desk, q="secret")


@pytest.mark.parametrize("asked", [{"next": "x"}, {"next": "9" * 40}, {"sort": "x"}, {"q": "\x01"}, {"in": "x"}])
def test_an_address_made_up_is_answered(desk, asked):
    page(desk, **{"q": "colis", **asked})


def test_one_signs_in_first():
    assert Client().get("/search").status_code == 302
