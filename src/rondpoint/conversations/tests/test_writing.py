"""Notes, drafts, taking back, and what may be filled in."""

import pytest
from django.conf import settings

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.types import Role
from rondpoint.conversations import actions
from rondpoint.conversations.actions import answers, drafts, notes, withdraw
from rondpoint.conversations.actions.attach import attach
from rondpoint.conversations.models import Attachment, Conversation, Draft, Mention, Message
from rondpoint.conversations.queries import flow
from rondpoint.conversations.queries.permitted import may_see
from rondpoint.conversations.queries.values import filled
from rondpoint.events.models import Event
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.sending import outbox
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data]

DELAY = 8 * clock.SECOND


@pytest.fixture
def ines(brand):
    return accounts.create_user("ines@example.com", "Inès Martin", "roundabout-of-the-north-9", Role.AGENT)


@pytest.fixture
def samir(brand):
    return accounts.create_user("samir@example.com", "Samir", "roundabout-of-the-north-9", Role.AGENT)


@pytest.fixture
def conversation(house):
    return house.text("+33199000123", "Ma commande 1042 n'est pas arrivée").conversation


def answer(conversation, user, text="Elle part demain.", **more):
    conversation = Conversation.objects.get(id=conversation.id)
    now = clock.now()
    was = withdraw.before(conversation)
    sent = actions.reply(conversation, "sms", text, user=user, delay=DELAY, now=now, **more)
    return sent, withdraw.ticket(sent.message, user, was, now + DELAY)


def test_an_answer_waits_before_it_leaves(conversation, ines):
    sent, _ticket = answer(conversation, ines)
    dispatch = Dispatch.objects.get(id=sent.message.dispatch_id)
    assert dispatch.due == sent.message.at + DELAY
    assert outbox.take(dispatch.connection_id, "w", 5, sent.message.at + DELAY - 1)[1] == []
    assert len(outbox.take(dispatch.connection_id, "w", 5, sent.message.at + DELAY)[1]) == 1


def test_what_is_taken_back_is_gone_for_everybody_and_is_a_draft_again(conversation, ines):
    [token] = attach([("bon.pdf", "application/pdf", b"%PDF-1.4")])
    sent, ticket = answer(conversation, ines, file_tokens=[token])
    actions.close(Conversation.objects.get(id=conversation.id), "Inès Martin")
    back = withdraw.withdraw(conversation, ines, ticket)
    assert (back.text, back.channel, back.files) == ("Elle part demain.", "sms", [token])
    assert not Message.objects.filter(id=sent.message.id).exists()
    assert Dispatch.objects.get(id=sent.message.dispatch_id).state == "cancelled"
    assert outbox.take(sent.message.connection_id, "w", 5, sent.message.at + 2 * DELAY)[1] == []
    draft = Draft.objects.get(conversation=conversation, user=ines)
    assert (draft.kind, draft.text, draft.files) == ("answer", "Elle part demain.", [token])
    now = Conversation.objects.get(id=conversation.id)
    assert (now.state, now.closed, now.assignee, now.waiting_since) == ("open", None, None, conversation.waiting_since)
    assert now.last_preview.startswith("Ma commande")
    assert Event.objects.filter(type="message.withdrawn", properties__conversation_id=conversation.id).exists()


def test_what_has_left_stays(conversation, ines):
    sent, ticket = answer(conversation, ines)
    outbox.take(sent.message.connection_id, "w", 5, sent.message.at + DELAY)
    assert withdraw.withdraw(conversation, ines, ticket) is None
    assert Message.objects.filter(id=sent.message.id).exists()
    assert not Draft.objects.exists()


def test_nobody_takes_back_what_somebody_else_wrote(conversation, ines, samir):
    _sent, ticket = answer(conversation, ines)
    with pytest.raises(signing.BadToken):
        withdraw.withdraw(conversation, samir, ticket)
    with pytest.raises(signing.BadToken):
        withdraw.withdraw(conversation, ines, ticket[:-2] + "xx")


def test_her_message_meanwhile_keeps_the_conversation_open(house, conversation, ines):
    _sent, ticket = answer(conversation, ines)
    house.text("+33199000123", "Alors ?", at=clock.now())
    withdraw.withdraw(conversation, ines, ticket)
    now = Conversation.objects.get(id=conversation.id)
    assert (now.state, now.last_preview) == ("open", "Alors ?")


def test_a_draft_is_kept_for_each_writer_and_forgotten_when_empty(conversation, ines, samir):
    drafts.save(conversation, ines, "answer", "sms", "", "Bonj")
    drafts.save(conversation, ines, "answer", "sms", "", "Bonjour")
    drafts.save(conversation, samir, "note", text="À voir")
    assert {(row.user.name, row.kind, row.text) for row in Draft.objects.all()} == {
        ("Inès Martin", "answer", "Bonjour"),
        ("Samir", "note", "À voir"),
    }
    drafts.save(conversation, ines, "answer", text="  ")
    assert Draft.objects.get().user == samir
    with pytest.raises(ValueError, match="kind"):
        drafts.save(conversation, ines, "letter", text="x")


def test_a_draft_that_arrives_after_its_answer_was_sent_stays_dead(conversation, ines):
    answer(conversation, ines, idempotency_key=drafts.composer_key(ines, "k1"))
    assert not drafts.save(conversation, ines, "answer", "sms", "", "Elle part", key="k1")
    assert not Draft.objects.exists()
    assert drafts.save(conversation, ines, "answer", "sms", "", "Autre chose", key="k2")


def test_orphaned_uploads_go_after_a_day_and_those_of_drafts_stay(conversation, ines):
    kept, gone, young = attach([(name, "text/plain", name.encode()) for name in ("kept", "gone", "young")])
    drafts.save(conversation, ines, "answer", files=[kept])
    later = clock.now() + 25 * clock.HOUR
    with write():
        Attachment.objects.filter(token=young).update(created=later)
    assert drafts.sweep(later) == 1
    assert set(Attachment.objects.values_list("token", flat=True)) == {kept, young}
    assert gone not in {kept, young}


def test_a_note_calls_colleagues_by_name_and_opens_the_conversation_to_them(conversation, ines, samir):
    from rondpoint.accounts.models import Team

    with write():
        Conversation.objects.filter(id=conversation.id).update(team=Team.objects.create(name="Lyon"))
    conversation.refresh_from_db()
    assert not may_see(samir, conversation)
    note = notes.add(conversation, "  @samir peux-tu regarder ?  ", ines)
    assert (note.text, note.author_name) == ("@samir peux-tu regarder ?", "Inès Martin")
    assert Mention.objects.get(note=note).user == samir
    assert may_see(samir, conversation)
    assert Event.objects.get(type="note.written").properties["mentions"] == [samir.id]
    notes.seen(conversation, samir, 7)
    assert Mention.objects.get().seen == 7
    with pytest.raises(notes.EmptyNote):
        notes.add(conversation, " \n", ines)


def test_the_flow_weaves_notes_and_facts_between_the_messages(house, conversation, ines):
    notes.add(conversation, "Vu avec l'entrepôt", ines)
    actions.assign(conversation, ines, by="Inès Martin")
    house.mail("awa@example.org", "autre")
    answer(conversation, ines)
    shown = flow.page(conversation)
    assert [entry.kind for entry in shown.entries] == ["message", "note", "fact", "message"]
    assert shown.entries[0].came_from == "start"
    assert shown.earlier == 0


def test_notes_stay_beside_messages_that_moved_with_a_merge(house, conversation, ines):
    other = house.mail("awa@example.org", "Autre chose").conversation
    notes.add(other, "Vu avec l'entrepôt", ines)
    with write():
        Message.objects.filter(conversation=other).update(conversation=conversation)
        Conversation.objects.filter(id=other.id).update(merged_into=conversation)
    assert [entry.kind for entry in flow.page(conversation).entries].count("note") == 1


def test_pages_of_the_flow_join_without_gap_or_repetition(house, conversation):
    for number in range(1, 26):
        house.text("+33199000123", f"message {number}", at=conversation.created + number * clock.MINUTE)
    seen, before = [], None
    while True:
        page = flow.page(conversation, before, limit=7)
        seen = [entry.view.message.id for entry in page.entries if entry.kind == "message"] + seen
        if not page.earlier:
            break
        before = page.earlier
    assert seen == list(Message.objects.filter(conversation=conversation).order_by("id").values_list("id", flat=True))


def test_news_are_what_came_after(house, conversation, ines):
    page = flow.page(conversation)
    answer(conversation, ines)
    news = flow.news(conversation, page.last, page.since)
    assert [entry.view.message.direction for entry in news.entries if entry.kind == "message"] == ["out"]
    assert flow.news(conversation, news.last, news.since + 1).entries == []


def test_a_page_of_the_flow_costs_the_same_however_long_it_is(house, conversation, django_assert_max_num_queries):
    for number in range(60):
        house.text("+33199000123", f"message {number}", at=conversation.created + number)
    with django_assert_max_num_queries(12):
        flow.page(conversation)


def test_variables_are_filled_from_what_is_known(house, ines):
    message = house.mail("awa.diallo@example.org", "Bonjour")
    text = "{{ customer.email }} {{agent.first_name}} {{ customer.first_name }} {{ x }}"
    said = filled(message.conversation, ines, text)
    assert said.text == "awa.diallo@example.org Inès {{ customer.first_name }} {{ x }}"
    assert (said.missing, said.unknown) == (("customer.first_name",), ("x",))


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"shortcut": "deux mots"}, "shortcut"),
        ({"shortcut": "LIVRAISON"}, "shortcut"),
        ({"title": " "}, "title"),
        ({"texts": {"fr": " "}}, "texts"),
        ({"texts": {"fr": "Bonjour {{ customer.surname }}"}}, "texts"),
    ],
)
def test_a_bad_canned_answer_is_refused_with_its_field(db, fields, where):
    answers.keep(None, "livraison", "Livraison", {"fr": "Demain"})
    good = {"shortcut": "retour", "title": "Retour", "texts": {"fr": "Bonjour {{ customer.name }}"}}
    with pytest.raises(answers.BadAnswer) as refused:
        answers.keep(None, **(good | fields))
    assert refused.value.field == where


def test_the_delay_is_a_setting():
    assert 0 <= settings.RONDPOINT_UNDO_SECONDS <= 60
