"""What her page shows and takes: all that is hers on every channel, and nothing else."""

import re

import pytest
from django.conf import settings
from django.test import Client

from rondpoint.conversations import actions as desk
from rondpoint.conversations.actions import continuations, notes
from rondpoint.conversations.models import Attachment, Commitment, Conversation, Message
from rondpoint.conversations.own_page import device, entering
from rondpoint.conversations.own_page.tests.conftest import AWA, PHONE, Browser, last_code
from rondpoint.conversations.promises import actions as promises
from rondpoint.conversations.queries.roads import reachability
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events.models import Event
from rondpoint.files import actions as files
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def conversation():
    return Conversation.objects.latest("id")


def answer(text, channel="email", state="sent"):
    """The desk answers; the answer has left."""
    sent = desk.reply(conversation(), channel, text, author_name="Inès")
    assert sent.message is not None, sent.verdict
    if state:
        sending.mark([sent.message.dispatch_id], state)
    return sent.message


def give_phone(awa_message):
    """She proved a number as well: one person with an address and a number."""
    with write():
        customers.identify(awa_message.profile_id, [IdentifierIn("phone", PHONE, Evidence.SIGNED)], clock.now())


def follow(token, browser=None):
    """A device that follows a link."""
    browser = browser or Browser()
    taken = browser.client.post(f"/c/{token}")
    assert (taken.status_code, taken["Location"]) == (302, "/me")
    return browser


def test_all_channels_are_one_thread(house):
    mail = house.mail(AWA, "Par mail", evidence="provider")
    give_phone(mail)
    house.text(PHONE, "Par SMS")
    answer("Réponse", "email")
    browser = Browser().enter(AWA)
    assert browser.said == ["Par mail", "Par SMS", "Réponse"]
    assert [word.strip() for word in re.findall(r'<p class="road.*?</svg>(.*?)</p>', browser.page, re.DOTALL)] == [
        "goes on by SMS",
        "goes on by e-mail",
    ]
    assert "••• 34" in browser.page
    assert PHONE not in browser.page


def test_what_a_guess_or_a_colleague_joined_stays_closed(house, awa):
    house.mail("bob@example.org", "Je suis Bob", evidence="provider")
    bob = known.holders("email", "bob@example.org")[0].profile
    with write():
        promises.make(conversation(), "Rappeler Bob", clock.now() + clock.HOUR, None)
        customers.merge(known.holders("email", AWA)[0].profile.customer_id, bob.customer_id, "Inès")
    assert awa.said == ["Mon code de porte est bleu"]
    assert "b•••@example.org" not in awa.page
    assert "Rappeler Bob" not in awa.page


def test_notes_are_never_shown(house, awa):
    with write():
        notes.add(conversation(), "Cliente difficile", None)
    assert "difficile" not in awa.page


def test_a_mail_that_may_still_be_taken_back_is_not_shown(house, awa):
    sent = answer("Trop vite", state="")
    assert "Trop vite" not in awa.page
    sending.mark([sent.dispatch_id], "sent")
    assert "Trop vite" in awa.page


def test_promises_are_shown_with_their_time(house, awa):
    made = promises.make(conversation(), "Nous envoyons la lampe", clock.now() + 2 * clock.HOUR, None)
    assert "Nous envoyons la lampe" in awa.page
    promises.settle(made, "kept", "Inès")
    assert "Done" in awa.page
    gone = promises.make(conversation(), "Promesse annulée", clock.now() + clock.HOUR, None)
    promises.settle(gone, "cancelled", "Inès")
    assert "Promesse annulée" not in awa.page


def test_open_requests_are_shown_and_closed_ones_are_not(house, awa):
    assert "Your open requests" in awa.page
    desk.close(conversation(), None)
    assert "Your open requests" not in awa.page


def test_what_she_writes_lands_in_her_conversation(house, awa):
    before = conversation().id
    done = awa.post("messages", name="one", text="  Et la suite \r\n ici ")
    assert (done.status_code, done["Location"]) == (302, "/me#latest")
    message = Message.objects.latest("id")
    assert (message.conversation_id, message.channel, message.text) == (before, "chat", "Et la suite \n ici")
    assert message.author_kind == "customer"
    assert message.delivery_id is not None
    awa.post("messages", name="one", text="Et la suite \n ici")
    assert Message.objects.filter(channel="chat").count() == 1
    awa.post("messages", name="one", text="Autre chose, après être revenue en arrière")
    assert Message.objects.filter(channel="chat").count() == 2
    assert conversation().unread


def test_her_answers_from_the_desk_come_back_here(house, awa):
    awa.post("messages", name="one", text="Bonjour")
    after = Message.objects.latest("id").id
    assert awa.get(f"/me/news?after={after}").status_code == 204
    answer("Par le chat", "chat")
    news = awa.get(f"/me/news?after={after}").content.decode()
    assert "Par le chat" in news
    assert f"after={Message.objects.latest('id').id}" in news
    assert "Bonjour" not in re.sub(r'<div class="beside".*', "", news, flags=re.DOTALL)


@pytest.mark.parametrize(("text", "sentence"), [("  ", "nothing to send"), ("x" * 20_001, "too long")])
def test_what_cannot_be_taken_is_given_back(awa, text, sentence):
    done = awa.post("messages", name="one", text=text)
    assert done.status_code == 422
    assert sentence in done.content.decode()
    assert text in done.content.decode()


def test_her_wish_is_the_road_the_desk_proposes(house, awa):
    awa.post("messages", name="one", text="Répondez-moi par mail", answer="email")
    assert [reach.channel for reach in reachability(conversation()) if reach.preferred] == ["email"]
    wish = Event.objects.get(type="continuation.wished")
    assert wish.properties["channel"] == "email"
    awa.post("messages", name="two", text="Ou bien ici", answer="chat")
    assert [reach.channel for reach in reachability(conversation()) if reach.preferred] == ["chat"]
    awa.post("messages", name="three", text="Par pigeon", answer="pigeon")
    assert Event.objects.filter(type="continuation.wished").count() == 1


def test_she_asks_to_be_called(house, awa):
    slot = re.search(r'<option value="(\d{4}-[\w-]+|soon)"', awa.page).group(1)
    done = awa.post("calls", name="one", slot=slot, place="", number="01 99 00 56 78")
    assert (done.status_code, done["Location"]) == (302, "/me#promises")
    made = Commitment.objects.get()
    assert made.text == "Call back on +33 1 99 00 56 78"
    assert made.due > clock.now()
    assert "Please call me back" in made.message.text
    awa.post("calls", name="one", slot=slot, place="", number="01 99 00 56 78")
    assert Commitment.objects.count() == 1
    assert made.text in awa.page


def test_asking_to_be_called_leaves_her_wish_as_it_was(house, awa):
    awa.post("messages", name="one", text="Répondez-moi par mail", answer="email")
    awa.post("calls", name="one", slot="soon", number=PHONE)
    assert Commitment.objects.count() == 1
    assert [reach.channel for reach in reachability(conversation()) if reach.preferred] == ["email"]


def test_a_known_number_needs_no_typing(house):
    give_phone(house.mail(AWA, evidence="provider"))
    browser = Browser().enter(AWA)
    place = re.search(r'<option value="(\d+)">••• 34</option>', browser.page).group(1)
    browser.post("calls", name="one", slot="soon", place=place, number="")
    assert Commitment.objects.get().text == "Call back on ••• 34"
    assert "99 00 12 34" not in browser.page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"slot": "soon", "number": "12"}, "phone number"),
        ({"slot": "soon", "place": "77"}, "phone number"),
        ({"slot": "1999-01-01-morning", "number": PHONE}, "time is over"),
        ({"slot": "", "number": PHONE}, "time is over"),
    ],
)
def test_a_call_that_cannot_be_made_is_not_promised(awa, fields, sentence):
    done = awa.post("calls", name="one", **fields)
    assert done.status_code == 422
    assert sentence in done.content.decode()
    assert not Commitment.objects.exists()


def test_a_qr_code_takes_it_to_her_phone_from_here_on(house, awa):
    shown = awa.post("phone").content.decode()
    assert "<svg" in shown
    token = re.search(r"/c/([\w-]+)", shown).group(1)
    phone = follow(token)
    assert phone.said == []
    desk.close(conversation(), None)
    assert awa.post("phone").status_code == 422


def test_a_forwarded_link_shows_nothing_earlier(house, awa):
    promises.make(conversation(), "Nous envoyons la lampe", clock.now() + 2 * clock.HOUR, None)
    token = continuations.issue(conversation(), "link").token
    opened = Browser().client.get(f"/c/{token}").content.decode()
    assert "porte" not in opened
    assert "a•••" not in opened
    friend = follow(token)
    page = friend.page
    for hidden in ("porte", "la lampe", "Your open requests", "Where we know you", AWA):
        assert hidden not in page
    assert "a•••@example.org" in page  # whom a code would reach, after the button alone
    assert [friend.post(path).status_code for path in ("calls", "phone")] == [404, 404]
    friend.post("messages", name="one", text="Me voici")
    assert friend.said == ["Me voici"]
    assert Message.objects.latest("id").conversation_id == conversation().id


def test_her_code_opens_the_rest_on_the_device_that_followed_the_link(house, awa):
    other = follow(continuations.issue(conversation(), "link").token)
    other.post("messages", name="one", text="Me voici")
    assert other.post("code", known="0")["Location"] == "/me#proof"
    entering.send_waiting()
    assert Dispatch.objects.latest("id").address == AWA
    assert other.post("proof", code=last_code()).status_code == 302
    assert other.said == ["Mon code de porte est bleu", "Me voici"]


def test_a_friend_who_proves_an_address_of_his_own_takes_part_and_sees_his_own(house, awa):
    house.mail("bob@example.org", "Je suis Bob", evidence="provider")
    hers = Conversation.objects.earliest("id")
    friend = follow(continuations.issue(hers, "link").token)
    friend.enter("bob@example.org")
    assert friend.said == ["Je suis Bob"]
    owners = {known.holders("email", address)[0].profile.customer_id for address in (AWA, "bob@example.org")}
    assert len(owners) == 2
    awa.post("messages", name="one", text="Entre nous trois")
    assert "porte" not in friend.page


def test_who_is_in_already_follows_a_link_as_herself(house, awa):
    token = continuations.issue(conversation(), "link").token
    opened = awa.client.get(f"/c/{token}").content.decode()
    assert f'action="/me/links/{token}"' in opened
    assert awa.post(f"links/{token}")["Location"] == "/me"
    assert awa.said == ["Mon code de porte est bleu"]
    house.mail("bob@example.org", "Je suis Bob", evidence="provider")
    awa.post(f"links/{continuations.issue(conversation(), 'link').token}")
    assert awa.said == ["Mon code de porte est bleu"]
    assert known.holders("email", AWA)[0].profile.customer_id != conversation().customer_id


def test_a_device_that_follows_two_persons_links_does_not_make_them_one(house, awa):
    device_of_friend = follow(continuations.issue(conversation(), "link").token)
    house.mail("bob@example.org", "Je suis Bob", evidence="provider")
    device_of_friend.post(f"links/{continuations.issue(conversation(), 'link').token}")
    assert known.holders("email", AWA)[0].profile.customer_id != conversation().customer_id


@pytest.mark.parametrize("place", ["7", "-1", "x", ""])
def test_a_link_offers_only_the_addresses_it_showed(awa, place):
    friend = follow(continuations.issue(conversation(), "link").token)
    assert friend.post("code", known=place).status_code == 422


def test_a_link_is_taken_up_once_and_not_by_other_sites(awa):
    token = continuations.issue(conversation(), "link").token
    assert Client(enforce_csrf_checks=True).post(f"/c/{token}").status_code == 403
    follow(token)
    assert Browser().client.get(f"/c/{token}").status_code == 410


def test_a_file_opens_for_her_alone(house, awa):
    sha256 = files.save(b"une photo")
    with write():
        files.register(sha256, 9)
        Attachment.objects.create(
            message=Message.objects.earliest("id"), sha256=sha256, name="photo é.txt", content_type="text/plain", size=9
        )
    path = re.search(r'href="(/me/files/[^"]+)"', awa.page).group(1)
    opened = awa.get(path)
    assert b"".join(opened.streaming_content) == b"une photo"
    assert opened["Cache-Control"] == "no-store"
    assert Attachment.objects.get().token not in awa.page
    assert Browser().get(path).status_code == 404
    assert awa.get(f"/me/files/{2**70}/x").status_code == 404
    friend = follow(continuations.issue(conversation(), "link").token)
    assert friend.get(path).status_code == 404


def test_a_long_history_comes_in_pages(house, awa):
    for number in range(45):
        house.mail(AWA, f"Lettre {number}", evidence="provider")
    assert len(awa.said) == 40
    before = re.search(r"\?before=(\d+)", awa.page).group(1)
    earlier = awa.get(f"/me?before={before}").content.decode()
    assert "Mon code de porte est bleu" in earlier
    assert "Lettre 44" not in earlier


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=" + "9" * 30, "?before=0"])
def test_a_strange_address_is_no_error(awa, query):
    assert awa.get(f"/me{query}").status_code == 200
    assert awa.get(f"/me/news{query.replace('before', 'after')}").status_code in (200, 204)


def test_the_page_speaks_her_language_until_she_chooses_another(house):
    with write():
        mail = house.mail(AWA, evidence="provider")
        customers.identify(mail.profile_id, [], clock.now(), {"language": "fr"})
    browser = Browser()
    assert '<html lang="en">' in browser.page
    browser.enter(AWA)
    assert '<html lang="fr">' in browser.page
    browser.post("language", language="en")
    assert '<html lang="en">' in browser.page


def test_the_colours_are_the_brands(awa, client):
    sheet = client.get("/me/colours/hirondelle.css")
    assert sheet["Content-Type"] == "text/css"
    assert "#0b5cab" in sheet.content.decode()
    assert client.get("/me/colours/nobody.css").status_code == 404
    assert "/me/colours/hirondelle.css" in awa.page


def test_the_page_wears_the_brands_picture(house):
    assert "<img" not in Browser().page
    with write():
        type(house.chat.brand).objects.update(logo="ab" * 32)
    assert f'src="/chat/v1/logo/{house.chat.public_id}?abababab"' in Browser().page


def test_looking_changes_nothing(awa):
    state = [(row.unread, row.last_message_at) for row in Conversation.objects.all()], Event.objects.count()
    awa.get()
    awa.get("/me/news?after=0")
    assert state == ([(row.unread, row.last_message_at) for row in Conversation.objects.all()], Event.objects.count())


def test_the_ticket_is_no_more_than_a_name_for_this_device(awa):
    said = signing.unsign(settings.SECRET_KEY, "own page", awa.client.cookies[device.COOKIE].value, 0)
    assert set(said) == {"t", "exp"}
