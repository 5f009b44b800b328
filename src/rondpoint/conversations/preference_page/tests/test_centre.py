"""The preference centre: a GET changes nothing, one click unsubscribes, forged links are nothing, the form says all."""

import base64
import html
import random
import re
import statistics
import time

import pytest
from django.conf import settings
from django.test import Client

from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes, queries
from rondpoint.consent.models import Confirmation, ConsentEntry
from rondpoint.consent.rules.preferring import NEVER
from rondpoint.consent.types import Asked, Entry, Link
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

pytestmark = [pytest.mark.django_db]
A, PHONE = "awa@example.com", "+33199000101"
FORGED = 10_000


@pytest.fixture
def awa(brand):
    said = [IdentifierIn("email", A, Evidence.SIGNED), IdentifierIn("phone", PHONE, Evidence.SIGNED)]
    number, _ = customers.create_or_find("Awa", said, {"language": "en"}, "api")
    return number


def agree(profile, purpose="offers", channel="email", kind="email", address=A, action="confirmed", at=None, **rest):
    at = at or clock.now()
    said = Entry(profile, action, f"{purpose}:{channel}:{action}:{at}", at, purpose, channel, kind, address, **rest)
    consent.record([said], at)


def url(profile, purpose="offers", channel="email"):
    return queries.centre_url(Link(profile, "email", A, purpose, channel)).removeprefix(settings.RONDPOINT_URL)


def holds(profile, purpose="offers", channel="email", kind="email", address=A):
    return queries.standing([Asked(purpose, channel, kind, address, profile_id=profile)], clock.now())[0]


def boxes(page):
    """By label of the box: (name, ticked)."""
    box = r'name="shown" value="(\w+)"><input type="checkbox" name="yes" value="\w+"( checked)?>\s*<span>([^<]+?)\s*<'
    found = re.findall(box, page)
    return [(name, bool(ticked), label) for name, ticked, label in found]


def asked(page, *purposes):
    """How a form says which questions stood on its page, of these purposes or of all."""
    found = dict(re.findall(r'name="(asked\.\w+)" value="(\w+)"', page))
    return {name: value for name, value in found.items() if not purposes or name[6:] in purposes}


def test_a_get_changes_nothing(awa, client):
    agree(awa)
    before = ConsentEntry.objects.count()
    for _ in range(2):
        response = client.get(url(awa))
        assert response.status_code == 200 and not response.cookies
        assert client.head(url(awa)).status_code == 200
    assert ConsentEntry.objects.count() == before and holds(awa).allowed
    page = response.content.decode()
    assert "a•••@example.com" in page and A not in page and PHONE not in page, "a forwarded link tells no address"
    assert response["Cache-Control"] == "no-store"
    assert client.put(url(awa)).status_code == 405


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_one_click_ends_this_purpose_on_this_channel(awa, kind):
    for channel, address_kind, address in (("email", "email", A), ("sms", "phone", PHONE)):
        agree(awa, channel=channel, kind=address_kind, address=address)
    agree(awa, "newsletter")
    body = "List-Unsubscribe=One-Click"
    if kind.startswith("multipart"):
        body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    stranger = Client(enforce_csrf_checks=True)  # a mail provider: no cookie, no page before
    for _ in range(2):
        response = stranger.post(url(awa), body, content_type=kind)
        assert response.status_code == 200 and not response.cookies
    assert holds(awa).reason == "withdrawn"
    assert holds(awa, channel="sms", kind="phone", address=PHONE).allowed
    assert holds(awa, "newsletter").allowed
    [row] = ConsentEntry.objects.filter(action="withdrawn")
    assert row.proof["how"] == "one click" and row.proof["ip"] == "127.0.0.1"
    agree(awa)
    stranger.post(url(awa), body, content_type=kind)
    assert holds(awa).reason == "withdrawn", "the link of an old mail still unsubscribes who agreed anew"


def test_one_click_where_mail_was_reported_is_written_down_too(awa, client):
    agree(awa)
    with write():
        consent.suppress("email", A, "complaint", scope="marketing")
    client.post(url(awa), {"List-Unsubscribe": "One-Click"})
    with write():
        consent.release("email", A, ("complaint",))
    assert holds(awa).reason == "withdrawn"


def test_forged_links_are_nothing_and_take_the_same_time(awa, client):
    agree(awa)
    token = url(awa).removeprefix("/u/")
    chance = random.Random(5)
    made, times = time.perf_counter(), {"begin": [], "end": []}
    for number in range(FORGED):
        early = number % 2 == 0
        forged = forge(token, chance, early)
        began = time.perf_counter()
        assert queries.read_centre(forged) is None
        times["begin" if early else "end"].append(time.perf_counter() - began)
    assert time.perf_counter() - made < FORGED / 100, "a forged link costs next to nothing"
    medians = [statistics.median(each) for each in times.values()]
    assert max(medians) < 1.5 * min(medians), "where the signature differs does not show"
    other = signing.sign(settings.SECRET_KEY, "consent confirmation", {"p": awa, "e": 1})
    gone = queries.centre_url(Link(10**9)).rpartition("/")[2]
    for wrong in (forge(token, chance, True), other, gone, token[:-1], token + "a", "x", "%00", "é" * 50):
        assert client.get(f"/u/{wrong}").status_code == 404
        if wrong != gone:
            assert client.post(f"/u/{wrong}", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert holds(awa).allowed


def forge(token, chance, early):
    """A token with another byte in its signature, at the beginning or at the end of it; now and then another body."""
    body, _, mac = token.partition(".")
    raw = bytearray(base64.urlsafe_b64decode(mac + "=="))
    raw[0 if early else -1] ^= chance.randrange(1, 256)
    if chance.random() < 0.1:
        body = base64.urlsafe_b64encode(chance.randbytes(30)).decode().rstrip("=")
    return f"{body}.{base64.urlsafe_b64encode(bytes(raw)).decode().rstrip('=')}"


def test_the_form_writes_down_what_changed(awa, client):
    agree(awa)
    page = shown = client.get(url(awa)).content.decode()
    ticked = [name for name, yes, _ in boxes(page) if yes]
    assert len(ticked) == 1
    by_label = {}
    for name, _, label in boxes(page):
        by_label.setdefault(label, []).append(name)
    form = {
        **asked(page),
        "shown": [name for name, _, _ in boxes(page)],
        "yes": [by_label["Phone call"][0], by_label["E-mail"][0]],  # of the newsletter: e-mail alone
        "way.offers": "voice", "per_week": "2", "pause": "month", "quiet_from": "20:00", "quiet_to": "08:30",
        "timezone": "Europe/Paris", "do_not_call": "yes", "spoken": "fr",
    }  # fmt: skip
    response = client.post(url(awa), form)
    assert response.status_code == 302 and "done=saved" in response["Location"]
    assert holds(awa).reason == "withdrawn"
    assert holds(awa, channel="voice", kind="phone", address=PHONE).reason == "granted"
    assert holds(awa, "newsletter").reason == "confirmed", "the link came to this very address"
    wishes = queries.preferences([awa])[awa]
    assert (wishes.channels, wishes.per_week, wishes.quiet) == ({"offers": "voice"}, {"": 2}, (1200, 510))
    assert abs(wishes.paused_until - clock.now() - 30 * clock.DAY) < clock.HOUR
    assert wishes.do_not_call and wishes.language == "fr"
    entry = ConsentEntry.objects.get(purpose="newsletter", action="confirmed")
    assert (entry.wording, entry.language, entry.basis) == (1, "en", "consent")
    assert entry.proof["text"].startswith("Yes, send me the newsletter")
    assert entry.proof["text"] in shown, "what is kept as shown stood on the page"
    words = ConsentEntry.objects.count()
    page = client.get(response["Location"].partition("&")[0]).content.decode()
    assert "Enregistré" in page and 'lang="fr"' in page
    again = {**form, "shown": [name for name, _, _ in boxes(page)], "yes": [n for n, yes, _ in boxes(page) if yes]}
    client.post(url(awa), {**again, "pause": "forever"})
    assert ConsentEntry.objects.count() == words, "what is as it was is not said again"
    assert queries.preferences([awa])[awa].paused_until == NEVER
    nothing = {"pause": "none", "quiet_from": "", "quiet_to": "", "per_week": "", "way.offers": ""}
    client.post(url(awa), {**again, **nothing})
    wishes = queries.preferences([awa])[awa]
    assert (wishes.paused_until, wishes.quiet, wishes.per_week, wishes.channels) == (0, None, {}, {})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"quiet_from": "20:00", "quiet_to": ""}, "both times"),
        ({"quiet_from": "20:00", "quiet_to": "20:00"}, "the same"),
        ({"per_week": "many"}, "choose one of the numbers"),
        ({"way.offers": "fax"}, "cannot be chosen"),
        ({"timezone": "Mars/Olympus"}, "choose one of the list"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(awa, client, wrong, sentence):
    agree(awa)
    response = client.post(url(awa), {"shown": [], **wrong})
    assert response.status_code == 422 and sentence in response.content.decode()
    assert holds(awa).allowed and queries.preferences([awa])[awa].quiet is None


def test_everything_ends_at_once_and_what_is_needed_goes_on(awa, client):
    agree(awa)
    agree(awa, "newsletter")
    agree(awa, "profiling", "", "", "")
    response = client.post(url(awa), {"everything": "yes"})
    page = client.get(response["Location"]).content.decode()
    assert "unsubscribed from everything" in page and "checked" not in page.partition('name="per_week"')[0]
    for purpose in ("offers", "newsletter"):
        assert not holds(awa, purpose).allowed
    assert not holds(awa, "profiling", "", "", "").allowed
    assert holds(awa, "transactional").allowed


def opened(client, awa, language="en"):
    """The page, and a form of it in which the first box of the newsletter is ticked."""
    page = client.get(url(awa), {"language": language}).content.decode()
    first = boxes(page.partition('name="asked.newsletter"')[2])[0][0]
    return page, {**asked(page), "shown": [first], "yes": [first]}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_kept_as_shown_is_what_stood_on_the_page_in_its_language(awa, client, language):
    page, form = opened(client, awa, language)
    client.post(url(awa), form)  # the page behind it speaks English
    entry = ConsentEntry.objects.get(purpose="newsletter")
    assert (entry.language, entry.wording) == (language, 1) and entry.proof["text"] in html.unescape(page)


def test_a_question_that_changed_meanwhile_is_shown_and_not_recorded(awa, client):
    agree(awa)
    _, form = opened(client, awa)
    offers = boxes(client.get(url(awa)).content.decode().partition('name="asked.offers"')[2])
    [held] = [name for name, ticked, _ in offers if ticked]
    newsletter = next(row for row in purposes.every() if row.key == "newsletter")
    purposes.change(newsletter, {"wordings": {"en": "Yes, send me the newsletter every day."}}, "boss")
    response = client.post(url(awa), {**form, "shown": [*form["shown"], held], "per_week": "2"})
    assert not ConsentEntry.objects.filter(purpose="newsletter").exists(), "nobody saw what it says now"
    assert holds(awa).reason == "withdrawn" and queries.preferences([awa])[awa].per_week == {"": 2}, "the rest holds"
    page = client.get(response["Location"]).content.decode()
    assert "not noted yet" in page and "send me the newsletter every day" in page
    _, form = opened(client, awa)
    client.post(url(awa), form)
    entry = ConsentEntry.objects.get(purpose="newsletter")
    assert (entry.wording, entry.proof["text"]) == (2, "Yes, send me the newsletter every day.")


def test_a_form_that_does_not_say_what_it_showed_grants_nothing(awa, client):
    _, form = opened(client, awa)
    client.post(url(awa), {name: value for name, value in form.items() if not name.startswith("asked.")})
    client.post(url(awa), {**form, "asked.newsletter": asked(client.get(url(awa)).content.decode())["asked.offers"]})
    assert not ConsentEntry.objects.exists()


def test_a_purpose_without_a_question_is_agreed_to_by_what_it_is(awa, client):
    purposes.define(
        "events", {"names": {"en": "Events"}, "descriptions": {"en": "Evenings in the shop."}, "basis": "consent",
                   "purpose_class": "marketing", "channels": ["email"]}, "boss",
    )  # fmt: skip
    page = client.get(url(awa)).content.decode()
    first = boxes(page.partition('name="asked.events"')[2])[0][0]
    client.post(url(awa), {**asked(page), "shown": [first], "yes": [first]})
    entry = ConsentEntry.objects.get(purpose="events")
    assert (entry.wording, entry.proof["text"]) == (0, "Evenings in the shop.") and entry.proof["text"] in page


def test_a_long_question_is_kept_whole(awa, client):
    long = "Yes. " + "I have read it. " * 100
    newsletter = next(row for row in purposes.every() if row.key == "newsletter")
    purposes.change(newsletter, {"wordings": {"en": long}}, "boss")
    _, form = opened(client, awa)
    client.post(url(awa), form)
    assert ConsentEntry.objects.get(purpose="newsletter").proof["text"] == long.strip()


def test_a_channel_and_how_often_are_chosen_for_each_purpose(awa, client):
    page = client.get(url(awa)).content.decode()
    for purpose in ("service", "transactional", "newsletter", "offers"):
        assert (f'name="way.{purpose}"' in page) == (purpose != "newsletter"), purpose  # which has one address here
        assert (f'name="per_week.{purpose}"' in page) == (purpose in ("newsletter", "offers")), purpose
    client.post(
        url(awa), {"way.transactional": "sms", "way.service": "voice", "per_week.offers": "1", "per_week": "3"}
    )
    wishes = queries.preferences([awa])[awa]
    assert wishes.channels == {"transactional": "sms", "service": "voice"} and wishes.per_week == {"": 3, "offers": 1}
    page = client.get(url(awa)).content.decode()
    offers = page.partition('name="per_week.offers"')[2].partition("</select>")[0]
    assert '<option value="1" selected>' in offers
    client.post(url(awa), {"per_week.offers": "", "per_week": "", "way.transactional": ""})
    wishes = queries.preferences([awa])[awa]
    assert wishes.channels == {"service": "voice"} and wishes.per_week == {}


def test_a_box_that_stood_not_on_the_page_is_left_alone(awa, client):
    agree(awa)
    client.post(url(awa), {"yes": ["0" * 20]})
    assert holds(awa).allowed


def confirmation(connection):
    row = Dispatch.objects.filter(purpose="opt_in_confirmation").latest("id")
    return re.search(rb"/u/confirmation/[\w.-]+", bytes(row.content))[0].decode()


@pytest.fixture
def mail(brand):
    with write():
        return Connection.objects.create(
            kind="email", name="Mail", brand=brand, settings={"address": "bonjour@example.com"}
        )


def test_double_opt_in_waits_for_a_post(awa, client, mail):
    agree(awa, "newsletter", action="granted")
    assert holds(awa, "newsletter").reason == "pending"
    link = confirmation(mail)
    assert b"Please confirm" in bytes(Dispatch.objects.get().content)
    assert "Yes, I confirm" in client.get(link).content.decode()
    assert holds(awa, "newsletter").reason == "pending", "a scanner follows every link"
    for _ in range(2):
        assert "Confirmed" in Client(enforce_csrf_checks=True).post(link).content.decode()
    assert holds(awa, "newsletter").reason == "confirmed"
    assert ConsentEntry.objects.filter(action="confirmed").count() == 1
    assert client.get("/u/confirmation/x.y").status_code == 404
    assert client.get(url(awa).replace("/u/", "/u/confirmation/")).status_code == 404


def test_what_was_taken_back_is_not_confirmed_any_more(awa, client, mail):
    agree(awa, "newsletter", action="granted")
    link = confirmation(mail)
    client.post(url(awa, "newsletter"), {"List-Unsubscribe": "One-Click"})
    assert "nothing to confirm" in client.post(link).content.decode()
    assert holds(awa, "newsletter").reason == "withdrawn"


def test_a_pending_one_ends_after_seven_days(awa, client, mail, monkeypatch):
    agree(awa, "newsletter", action="granted")
    link, now = confirmation(mail), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 7 * clock.DAY + 1)
    assert client.post(link).status_code == 404
    assert holds(awa, "newsletter").reason == "expired"


def test_nobody_is_flooded_with_mails_to_confirm(awa, mail):
    now = clock.now()
    for number in range(5):
        agree(awa, "newsletter", action="granted", at=now + number)
    assert Confirmation.objects.count() == Dispatch.objects.filter(purpose="opt_in_confirmation").count() == 3
    agree(awa, "newsletter", action="granted", at=now + 8 * clock.DAY)
    assert Confirmation.objects.count() == 4


def test_the_mail_speaks_her_language(awa, mail):
    agree(awa, "newsletter", action="granted", language="fr")
    assert "Merci de confirmer" in bytes(Dispatch.objects.get().content).decode(errors="ignore")


def test_without_a_way_to_send_it_stays_pending(awa):
    agree(awa, "newsletter", action="granted")
    assert holds(awa, "newsletter").reason == "pending" and not Dispatch.objects.exists()
