"""Coming in: a code to her own address, and nothing told to anybody else."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rondpoint.conversations.actions import codes
from rondpoint.conversations.models import Attempt, ChatSession, Continuation, Conversation
from rondpoint.conversations.own_page import device, entering
from rondpoint.conversations.own_page.tests.conftest import AWA, PHONE, Browser, other
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Profile
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


@pytest.fixture
def later(monkeypatch):
    """Lets time pass."""
    real = clock.now

    def pass_by(microseconds):
        monkeypatch.setattr(clock, "now", lambda: real() + microseconds)

    return pass_by


def test_a_code_to_her_address_opens_her_history(awa):
    assert awa.said == ["Mon code de porte est bleu"]
    assert AWA not in awa.page
    assert "a•••@example.org" in awa.page


def test_a_code_by_sms_opens_it_too(house):
    house.text(PHONE, "Bonjour par SMS")
    assert Browser().enter("01 99 00 12 34").said == ["Bonjour par SMS"]


def test_a_stranger_is_shown_a_form_and_nothing_else(house, awa):
    for path in ("/me", "/me/news?after=0"):
        answer = Browser().get(path)
        assert "porte" not in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "noindex" in answer["X-Robots-Tag"]
    stranger = Browser()
    for path in ("messages", "calls", "phone"):
        assert stranger.post(path, text="x").status_code in (403, 404)


def test_known_or_not_the_answer_is_the_same(house):
    house.mail(AWA, evidence="provider")
    seen = []
    for address in (AWA, "ada.nobody@example.org"):
        browser = Browser()
        asked = browser.post("code", address=address)
        sent = entering.send_waiting()
        wrong = browser.post("proof", code="000000")
        pages = [answer.content.decode().replace(address[0] + "•••", "•••") for answer in (browser.get(), wrong)]
        pages = [page[page.index("<main") :].split("csrfmiddlewaretoken")[0] for page in pages]
        cookie = browser.client.cookies[device.COOKIE]
        seen.append((asked.status_code, asked["Location"], wrong.status_code, pages, len(cookie.value)))
        assert sent == (address == AWA)
    assert seen[0] == seen[1]
    assert Dispatch.objects.count() == 1


def test_asking_does_the_same_work_for_everybody(house):
    house.mail(AWA, evidence="provider")
    counts = []
    for address in (AWA, "ada.nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            Browser().post("code", address=address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_asking_for_strangers_leaves_no_person_and_no_conversation(house):
    people = Profile.objects.count()
    assert Browser().ask("ada.nobody@example.org") is None
    assert (Profile.objects.count(), Conversation.objects.count(), ChatSession.objects.count()) == (people, 0, 0)


def test_an_address_that_somebody_only_claimed_gets_no_code(house):
    with write():
        profile, _ = customers.make_profile("chat:x", "anon:y", 1)
        customers.identify(profile.id, [IdentifierIn("email", AWA, Evidence.CLAIMED)], 1)
    assert Browser().ask(AWA) is None


def test_a_wrong_code_opens_nothing(house):
    house.mail(AWA, "Mon code de porte est bleu", evidence="provider")
    browser = Browser()
    right = browser.ask(AWA)
    answer = browser.post("proof", code=other(right))
    assert answer.status_code == 422
    assert "not the right one" in answer.content.decode()
    assert browser.said == []
    assert browser.post("proof", code=f" {right[:3]} {right[3:]} ").status_code == 302
    assert browser.said == ["Mon code de porte est bleu"]


def test_a_code_ends_after_ten_minutes(house, later):
    house.mail(AWA, evidence="provider")
    browser = Browser()
    code = browser.ask(AWA)
    later(codes.LIFE + clock.SECOND)
    answer = browser.post("proof", code=code)
    assert answer.status_code == 422
    assert "Send me a code" in answer.content.decode()
    assert browser.said == []


def test_a_code_works_once(awa):
    code = Continuation.objects.filter(kind="page").latest("id")
    assert code.consumed is not None
    assert awa.post("proof", code="123456").status_code == 422


def test_the_code_of_another_device_or_person_opens_nothing(house):
    house.mail(AWA, "Mon code de porte est bleu", evidence="provider")
    house.mail("bob@example.org", "Je suis Bob", evidence="provider")
    hers, second, bob = Browser(), Browser(), Browser()
    code = hers.ask(AWA)
    second.ask(AWA)
    bob.ask("bob@example.org")
    for thief in (second, bob, Browser()):
        assert thief.post("proof", code=code).status_code == 422
        assert thief.said == []
    assert hers.post("proof", code=code).status_code == 302


def test_a_newer_code_of_the_same_device_ends_the_older(house):
    house.mail(AWA, evidence="provider")
    browser = Browser()
    old = browser.ask(AWA)
    browser.post("code", again="1")
    assert entering.send_waiting() == 1
    assert browser.post("proof", code=old).status_code == 422


def test_five_tries_are_all_for_one_address(house):
    house.mail(AWA, evidence="provider")
    browser = Browser()
    code = browser.ask(AWA)
    answers = [browser.post("proof", code=other(code)).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert browser.post("proof", code=code).status_code == 429
    assert browser.said == []


def test_twelve_codes_are_all_for_one_address_and_twenty_for_one_line(house):
    asked = [Browser(f"192.0.2.{n}").post("code", address=AWA).status_code for n in range(14)]
    assert asked == [302] * 12 + [429] * 2
    asked = [Browser(f"2001:db8::{n:x}").post("code", address=f"p{n}@example.org").status_code for n in range(22)]
    assert asked == [302] * 20 + [429] * 2
    assert Browser("198.51.100.1").post("code", address="free@example.org").status_code == 302


def test_a_long_address_is_limited_like_any_other(house):
    long = "a" * 150 + "@example.org"
    asked = [Browser(f"192.0.2.{n}").post("code", address=long).status_code for n in range(13)]
    assert asked == [302] * 12 + [429]


def test_the_house_as_a_whole_has_a_brake(house):
    with write():
        Attempt.objects.bulk_create([Attempt(scope="codes", at=clock.now()) for _ in range(codes.GLOBAL_TRIES)])
        Attempt.objects.bulk_create([Attempt(scope="codes:192.0.2.9", at=clock.now()) for _ in range(codes.FAIR)])
    assert Browser("192.0.2.9").post("code", address=AWA).status_code == 429


def test_a_stranger_who_uses_up_the_brake_shuts_nobody_out(house):
    house.mail(AWA, "Mon code de porte est bleu", evidence="provider")
    for network in range(codes.GLOBAL_TRIES // entering.FROM_ONE_LINE + 1):
        for number in range(entering.FROM_ONE_LINE):
            Browser(f"198.51.100.{network}").post("code", address=f"p{network}.{number}@example.org")
        while Continuation.objects.filter(kind="asked", consumed=None).exists():
            entering.send_waiting()
    hers = Browser("192.0.2.1")
    code = hers.ask(AWA)
    assert hers.post("proof", code=other(code)).status_code == 422
    assert hers.post("proof", code=code).status_code == 302
    assert hers.said == ["Mon code de porte est bleu"]


def test_a_strangers_guesses_at_her_address_burn_nothing_of_hers(house):
    house.mail(AWA, "Mon code de porte est bleu", evidence="provider")
    hers, stranger = Browser("192.0.2.1"), Browser("198.51.100.1")
    code = hers.ask(AWA)
    stranger.ask(AWA)
    answers = [stranger.post("proof", code=other(code)).status_code for _ in range(12)]
    assert answers == [422] * 5 + [429] * 7
    for _ in range(6):
        Browser("198.51.100.1").post("code", address=AWA)  # and cannot use up what may be sent to her
    assert hers.post("proof", code=code).status_code == 302
    assert Browser("192.0.2.2").ask(AWA)


def test_wrong_codes_of_a_day_are_counted_by_network_and_by_address(house, later):
    house.mail(AWA, evidence="provider")

    def wrong(networks):
        """Five guesses from each in turn, ten minutes later each time; how many were looked at."""
        looked = 0
        for turn, network in enumerate(networks):
            later(turn * (codes.WINDOW + clock.SECOND))
            browser = Browser(network)
            code = browser.ask(AWA)
            answers = [browser.post("proof", code=other(code)) for _ in range(5)]
            looked += sum(answer.status_code == 422 for answer in answers)
        return looked

    assert wrong(["192.0.2.1"] * 4) == codes.ADDRESS_FROM_NETWORK
    assert wrong([f"198.51.100.{n}" for n in range(12)]) == codes.ADDRESS - codes.ADDRESS_FROM_NETWORK


@pytest.mark.parametrize("address", ["", "nobody", "12", "a" * 300 + "@example.org"])
def test_what_is_no_address_is_said_to_be_none(house, address):
    answer = Browser().post("code", address=address)
    assert answer.status_code == 422
    assert "neither an e-mail address nor a phone number" in answer.content.decode()


def test_the_cookie_is_hers_alone_and_ends(awa, later):
    cookie = awa.client.cookies[device.COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/me", True, "Lax")
    assert cookie["max-age"] == 7200
    later(device.LIFE + clock.SECOND)
    assert awa.said == []
    answer = awa.post("messages", text="Une longue lettre")
    assert answer.status_code == 403
    assert "Une longue lettre" in answer.content.decode()


def test_a_forged_cookie_opens_nothing(awa):
    copy = Browser()
    value = awa.client.cookies[device.COOKIE].value
    for forged in ("", "x", value[:-2] + "zz", value.replace(".", "é.")):
        copy.client.cookies[device.COOKIE] = forged
        assert copy.said == []


def test_who_signs_out_leaves_no_key_behind(awa):
    copy = Browser()
    copy.client.cookies[device.COOKIE] = awa.client.cookies[device.COOKIE].value
    assert copy.said
    awa.post("departure")
    assert awa.said == []
    assert copy.said == []


def test_forms_need_our_own_page(house):
    strict = Client(enforce_csrf_checks=True)
    paths = ("code", "proof", "messages", "calls", "phone", "language", "departure")
    assert {strict.post(f"/me/{path}").status_code for path in paths} == {403}
    assert {strict.get(f"/me/{path}").status_code for path in paths} == {405}


def test_without_a_chat_the_page_is_closed(house):
    with write():
        type(house.chat).objects.filter(id=house.chat.id).update(active=False)
    assert Browser().get().status_code == 404
    assert Browser().post("proof", code="1").status_code == 404


def test_who_asked_and_tried_is_forgotten_after_a_day(awa):
    entering.forget(clock.now() + clock.HOUR)
    assert Continuation.objects.filter(kind="page").exists()
    assert Attempt.objects.exists()
    entering.forget(clock.now() + 2 * clock.DAY)
    assert not Continuation.objects.filter(kind__in=("asked", "page")).exists()
    assert not Attempt.objects.exists()
    assert awa.said
