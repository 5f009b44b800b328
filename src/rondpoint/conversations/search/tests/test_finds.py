"""Messages and notes are found on both engines, within bounds, and by nobody who may not see them."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rondpoint.accounts.models import Team
from rondpoint.conversations.actions import notes
from rondpoint.conversations.models import Attachment, Message
from rondpoint.conversations.search import finds, quick, schema
from rondpoint.conversations.search.finds import Search
from rondpoint.conversations.search.question import read
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.data, pytest.mark.django_db]
AWA, PAUL = "+33199001234", "+33199005678"
OCTOBER = 1_790_000_000_000_000  # 21 September 2026
DAY = clock.DAY


def found(text, user=None, **options):
    return [row.text for row in Search(read(text), user).messages(**options).rows]


@pytest.fixture
def talk(house):
    house.text(AWA, "Où est mon colis ? La Sœur de Zoë l'attend", OCTOBER)
    house.text(PAUL, "Le colis est arrivé cassé", OCTOBER + 20 * DAY)
    house.mail("zoe@example.com", "Merci pour la commande", OCTOBER + 21 * DAY, subject="Straße à Évry")
    return house


def test_words_are_found_without_accents_newest_first(talk):
    assert [text[:8] for text in ("Le colis", "Où est m")] == [text[:8] for text in found("colis")]
    assert len(found("ou SOEUR zoe")) == 1
    assert len(found("sœur")) == 1
    assert found("evry strasse") == ["Merci pour la commande"]
    assert found("comm") == ["Merci pour la commande"]
    assert found("mande") == []


def test_phrases_alternatives_and_what_is_left_out(talk):
    assert found('"colis est"') == ["Le colis est arrivé cassé"]
    assert found('"est colis"') == []
    assert found("colis -cassé") == [found("zoe mon")[0]]
    assert len(found("cassé OR commande")) == 2


def test_filters(talk):
    assert found("canal:email") == ["Merci pour la commande"]
    assert found("channel:sms before:2026-10-01") == found("zoe mon")
    assert len(found("after:2026-10-01")) == 2
    assert found("colis from:0199005678") == ["Le colis est arrivé cassé"]
    assert found("customer:zoe@example.com") == ["Merci pour la commande"]
    assert found("direction:out") == []
    assert found("state:closed") == []
    assert len(found("is:open")) == 3
    assert found("channel:nothing") == []
    assert Search(read("channel:nothing"), None).bounds.remarks == (("channel", "nothing"),)


def test_files_are_found_by_name_when_they_come_and_no_more_when_they_go(talk):
    message = Message.objects.latest("id")
    with write():
        kept = Attachment.objects.create(sha256="0" * 64, name="Facture n°12.pdf", content_type="a/b", size=1)
    assert found("facture") == []
    with write():
        Attachment.objects.filter(id=kept.id).update(message=message)
    assert found("facture has:file") == ["Merci pour la commande"]
    assert found("avec:fichier") == ["Merci pour la commande"]
    with write():
        Attachment.objects.filter(id=kept.id).update(name="Bon de retour.pdf")
    assert found("facture") == []
    assert found('"bon de retour"') == ["Merci pour la commande"]
    with write():
        kept.delete()
    assert found("retour") == []
    assert found("has:file") == []


def test_a_text_that_changes_or_goes_is_followed(talk):
    with write():
        Message.objects.filter(text__startswith="Le colis").update(text="effacé")
    assert len(found("colis")) == 1
    assert found("efface") == ["effacé"]
    message = Message.objects.get(text="effacé")
    with write():
        message.references.all().delete()
        message.delete()
        schema.forget()
    assert found("efface") == []
    with write():
        schema.rebuild()
    assert len(found("colis")) == 1


@pytest.mark.sqlite
def test_the_index_agrees_with_the_messages(talk):
    with write(), connection.cursor() as cursor:
        Message.objects.filter(text__contains="cassé").update(text="autre", subject="chose")
        Message.objects.latest("id").references.all().delete()
        for index in (schema.MESSAGES, schema.NOTES):
            cursor.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")


def test_notes_are_found_apart_and_never_as_messages(talk):
    conversation = Message.objects.earliest("id").conversation
    notes.add(conversation, "Rappeler à propos du remboursement")
    search = Search(read("remb"), None)
    assert search.messages().rows == []
    assert [note.text for note in search.notes().rows] == ["Rappeler à propos du remboursement"]
    assert Search(read("remb channel:sms"), None).notes().rows == []


def test_nobody_finds_what_she_may_not_see(talk, staff):
    agent, member = staff("agent"), staff("agent", "Returns", email="member@example.com")
    hidden = Message.objects.earliest("id").conversation
    notes.add(hidden, "colis secret")
    with write():
        hidden.team = Team.objects.get(name="Returns")
        hidden.save()
    assert len(found("colis", member)) == 2
    assert found("colis", agent) == ["Le colis est arrivé cassé"]
    assert Search(read("secret"), agent).notes().rows == []
    assert len(Search(read("secret"), member).notes().rows) == 1
    assert Search(read("colis"), agent).fitting().rows[0].text == "Le colis est arrivé cassé"
    assert str(hidden.public_id) not in str(quick(agent, "colis"))
    people = [hidden.customer_id]
    assert Search(read("colis"), agent).conversations(people) == []


def test_pages_show_every_message_once(house, monkeypatch):
    monkeypatch.setattr(finds, "STEPS", (3, 4))
    for number in range(12):
        house.text(AWA if number % 2 else PAUL, f"colis {number}")
    seen, before = [], None
    while True:
        page = Search(read("colis from:+33199001234"), None).messages(before, limit=2)
        seen += [row.text for row in page.rows]
        if page.next is None:
            break
        before = page.next
    assert seen == [f"colis {number}" for number in (11, 9, 7, 5, 3, 1)]


def test_a_search_ends_when_it_has_looked_at_enough(house, monkeypatch):
    monkeypatch.setattr(finds, "STEPS", (2, 2))
    monkeypatch.setattr(finds, "BUDGET", 4)
    for number in range(9):
        house.text(AWA, f"colis {number}")
    with write():
        Message.objects.exclude(text="colis 0").update(direction="in")
    page = Search(read("colis state:closed"), None).messages()
    assert page.rows == []
    assert page.unfinished
    assert page.next


def test_the_most_fitting_comes_first(talk):
    talk.text(AWA, "colis colis colis", OCTOBER - DAY)
    talk.text(AWA, "et une longue phrase où le mot colis ne vient qu'une fois parmi beaucoup d'autres mots", OCTOBER)
    assert Search(read("colis"), None).fitting().rows[0].text == "colis colis colis"
    page = Search(read("colis"), None).fitting(0, 1)
    assert Search(read("colis"), None).fitting(page.next, 1).rows[0].text != "colis colis colis"


def test_messages_of_merged_people_are_found_under_one_customer(talk):
    first, second = (Message.objects.filter(address=number).get() for number in (AWA, PAUL))
    link = customers.merge(first.profile_id, second.profile_id, "test")
    assert len(found("colis customer:0199001234")) == 2
    customers.unmerge(link, "test")
    assert len(found("colis customer:0199001234")) == 1


def test_the_palette_has_customers_conversations_and_messages(talk, staff):
    with write():
        customers.create_or_find("Zoé Moreau", [IdentifierIn("email", "zoe@example.com", Evidence.SIGNED)], {}, "crm")
    rows = quick(staff(), "zoe")
    assert [row.kind for row in rows] == ["customer", "conversation", "message"]
    assert rows[0].title == "Zoé Moreau"
    assert rows[2].url.startswith("/conversations/")
    assert "#m-" in rows[2].url
    assert quick(staff("agent"), "") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), max_size=80) | st.text("\"*:()-^{}+ ORANDNEAT'\\|&!<>\x00\ud800éœ가1", max_size=40))
def test_any_text_gives_an_answer(talk, text):
    search = Search(read(text), None)
    search.messages()
    search.fitting()
    search.notes()
    search.conversations([])


@pytest.mark.parametrize(
    "text", ["가방 샀어요", "これはがっこうです", "Йод и ёлка", "naïve œuvre ﬁn", "l’été", "C3PO 1e5 12,5"]
)
def test_a_text_is_found_by_its_own_words(house, text):
    house.text(AWA, text)
    assert found(text) == [text]
