"""Which person and which conversation a message joins."""

import pytest
from msgspec import msgpack

from rondpoint.channels.contract import MessageOut
from rondpoint.consent import actions as consent
from rondpoint.conversations import queries
from rondpoint.conversations.actions import close, reply
from rondpoint.conversations.actions.codes import reply_key
from rondpoint.conversations.actions.opening import start
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.rules import tokens
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AWA, NUMBER = "awa@example.org", "+33199000123"


def make_awa():
    wanted = [IdentifierIn("email", AWA, Evidence.SIGNED), IdentifierIn("phone", NUMBER, Evidence.SIGNED)]
    return customers.create_or_find("Awa Diallo", wanted, {}, "api", 1)[0]


def test_mail_and_sms_of_one_customer_are_one_conversation_without_a_link(house):
    customer = make_awa()
    first, second = house.mail(AWA), house.text(NUMBER)
    assert first.conversation_id == second.conversation_id
    assert first.conversation.customer_id == customer
    assert known.links(customer) == []


def test_the_same_event_twice_is_one_message(house):
    house.text(NUMBER, event_id="SM1")
    house.text(NUMBER, event_id="SM1")
    assert Message.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_mail_that_nobody_vouches_for_is_marked_and_an_sms_is_not(house):
    make_awa()
    assert house.mail(AWA).unverified
    assert not house.mail(AWA, evidence="provider").unverified
    assert not house.text(NUMBER).unverified


def test_a_closed_conversation_is_not_continued_by_chance_but_by_a_token(house):
    make_awa()
    first = house.mail(AWA)
    close(first.conversation, "Inès")
    other = house.mail(AWA)
    assert other.conversation_id != first.conversation_id
    token = tokens.reply_token(reply_key(), first.conversation_id)
    answer = house.mail(AWA, token=token)
    assert answer.conversation_id == first.conversation_id
    assert answer.conversation.state == "open"


def test_a_forged_token_is_no_token(house):
    first = house.mail(AWA)
    token = tokens.reply_token(reply_key(), first.conversation_id)
    forged = ("b" if token[0] != "b" else "c") + token[1:]
    assert tokens.read_reply_token(reply_key(), token) == first.conversation_id
    assert tokens.read_reply_token(reply_key(), forged) is None
    assert house.mail("luc@example.org", token=forged).conversation_id != first.conversation_id


def test_references_count_only_among_those_who_take_part(house):
    first = house.mail(AWA, external_id="<1@example.org>")
    close(first.conversation, "Inès")
    stranger = house.mail("mallory@example.net", references=("<1@example.org>",))
    assert stranger.conversation_id != first.conversation_id
    assert house.mail(AWA, references=("<1@example.org>",)).conversation_id == first.conversation_id


def test_one_who_was_copied_answers_in_the_thread_and_gains_no_right(house):
    from rondpoint.channels.contract import Address

    first = house.mail(AWA, external_id="<1@example.org>", participants=(Address("email", "luc@example.org"),))
    answer = house.mail("luc@example.org", references=("<1@example.org>",))
    assert answer.conversation_id == first.conversation_id
    assert answer.author_kind == "participant"
    assert known.of_profile(answer.profile_id).id != first.conversation.customer_id
    assert known.suggestions(first.conversation.customer_id) == []


def test_an_answer_from_an_address_we_wrote_to_counts_as_hers_when_nobody_was_known_there(house):
    first = house.mail(AWA)
    assert reply(first.conversation, "sms", "On continue par SMS ?", to=("phone", NUMBER)).message
    answer = house.text(NUMBER, "Oui", at=first.at + 10**9)
    assert answer.conversation_id == first.conversation_id
    assert known.of_profile(answer.profile_id).id == first.conversation.customer_id
    assert known.rights(answer.profile_id) == [answer.profile_id]
    [why] = known.explanations(known.links(first.conversation.customer_id))
    assert "from +33 1 99 00" in why and why.endswith("what was sent to the other")


def test_an_answer_from_somebody_we_knew_is_only_suggested(house):
    victim = house.text(NUMBER)
    close(victim.conversation, "Inès")
    visitor = house.mail("visitor@example.net")
    reply(visitor.conversation, "sms", "Bonjour", to=("phone", NUMBER))
    answer = house.text(NUMBER, "Qui êtes-vous ?", at=10**15)
    assert answer.conversation_id == visitor.conversation_id
    assert known.of_profile(answer.profile_id).id == victim.conversation.customer_id
    assert [found.rule for found in known.suggestions(victim.conversation.customer_id)] == ["reply"]


def test_an_auto_reply_wakes_nobody(house):
    first = house.mail(AWA)
    reply(first.conversation, "email", "Nous regardons.")
    answer = house.mail(AWA, automated="auto-replied")
    conversation = queries.get(answer.conversation.public_id)
    assert (conversation.state, conversation.waiting_since) == ("waiting", None)


def test_a_reply_goes_where_she_last_wrote_from_and_is_recorded_with_its_decision(house):
    make_awa()
    first = house.text(NUMBER)
    sent = reply(first.conversation, "sms", "Bonjour Madame Diallo")
    assert sent.message.address == NUMBER
    assert sent.verdict.verdict == "send"
    view = queries.thread(first.conversation)[-1]
    assert (view.message.channel, view.state, view.segments) == ("sms", "queued", 1)


def test_the_same_idempotency_key_writes_once(house):
    first = house.text(NUMBER)
    sent = [reply(first.conversation, "sms", "Bonjour", idempotency_key="k") for _ in range(2)]
    assert sent[0].message.id == sent[1].message.id
    assert Message.objects.filter(direction="out").count() == 1


def test_where_nothing_was_said_yet_the_channel_she_chose_for_answers_is_proposed(house):
    awa = make_awa()
    with write():
        talk = start(awa, house.mailbox.brand_id, "", 1)

    def proposed():
        return [found.channel for found in queries.reachability(talk) if found.preferred]

    assert proposed() == ["email"]
    consent.prefer(awa, {"channel:service": "sms"})
    assert proposed() == ["sms"]
    talk = house.mail(AWA).conversation
    assert proposed() == ["email"], "she wrote by mail, and is answered there"


def test_a_channel_says_whether_it_can_be_used_and_what_it_costs(house):
    first = house.text(NUMBER)
    reach = {found.channel: found for found in queries.reachability(first.conversation, "é" * 161)}
    assert (reach["sms"].usable, reach["sms"].preferred, reach["sms"].segments) == (True, True, 2)
    assert (reach["email"].usable, reach["email"].reason) == (False, "no_address")
    assert reach["email"].explanation


def test_after_stop_the_channel_is_closed_and_the_desk_says_why(house):
    from rondpoint.channels import connections
    from rondpoint.channels.contract import Address, Consent
    from rondpoint.channels.handlers import Arrival
    from rondpoint.conversations.actions import hear_consent
    from rondpoint.lib.db import write

    first = house.text(NUMBER)
    item = Consent("stop-1", first.at + 1, Address("phone", NUMBER, "", "provider"), "stop", "STOP")
    with write():
        for _ in range(2):
            hear_consent(Arrival(1, connections.info(house.sms), item, "1:0", 1))
    refused = reply(first.conversation, "sms", "Encore nous")
    assert refused.message is None
    assert (refused.verdict.verdict, refused.verdict.reason) == ("refuse", "stop")
    reach = {found.channel: found for found in queries.reachability(first.conversation)}
    assert (reach["sms"].usable, reach["sms"].reason) == (False, "stop")
    assert not Dispatch.objects.filter(purpose="opt_out_confirmation").exists()  # Twilio confirms it itself


def test_a_stop_over_smpp_is_confirmed_once_and_then_there_is_silence(house):
    from rondpoint.channels import connections
    from rondpoint.channels.contract import Address, Consent
    from rondpoint.channels.handlers import Arrival
    from rondpoint.conversations.actions import hear_consent
    from rondpoint.lib.db import write

    with write():
        house.sms.settings = {**house.sms.settings, "provider": "smpp", "host": "127.0.0.1", "port": "2775"}
        house.sms.save()
    first = house.text(NUMBER)
    for number in (1, 1, 2):  # the same word again, and said a second time while it is in force
        item = Consent(f"stop-{number}", first.at + number, Address("phone", NUMBER, "", "provider"), "stop", "STOP")
        with write():
            hear_consent(Arrival(1, connections.info(house.sms), item, f"{number}:0", number))
    [confirmation] = Dispatch.objects.filter(purpose="opt_out_confirmation")
    assert confirmation.address == NUMBER
    assert "START" in msgpack.decode(confirmation.content, type=MessageOut).text
    assert reply(first.conversation, "sms", "Encore nous").verdict.reason == "stop"
