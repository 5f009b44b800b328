"""Links to the preference centre, the one click that unsubscribes (RFC 8058) and links that confirm an agreement:
``RONDPOINT_FORGED`` of each that nobody was given open nothing and unsubscribe nobody, some hundreds over HTTP."""

import os
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.http import Http404
from django.test import RequestFactory

from rondpoint.consent import links
from rondpoint.consent import queries as consent
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.types import Link
from rondpoint.conversations.preference_page import confirming, views
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import write
from tests.hostile_web.forging import forged

COUNT = int(os.environ.get("RONDPOINT_FORGED", 2000))
KNOCKS = min(COUNT // 10, 500)  # over HTTP, of each kind
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
A = "awa@example.com"


def last(url):
    return url.rpartition("/")[2]


def centre_links():
    """As mails carry them, as her own page does, and for a purpose alone."""
    whole = [Link(n, "email", f"p{n}@example.com", "offers", "email", str(ids.uuid7())) for n in range(1, 15)]
    return [last(consent.centre_url(link)) for link in [*whole, Link(7), Link(8, purpose="newsletter", channel="sms")]]


def confirmation_links():
    return [last(links.confirmation_url(number, clock.now() + clock.HOUR)) for number in range(1, 17)]


def foreign():
    """Signed, but for something else, by another house, or for yesterday."""
    said, elsewhere = {"p": 1, "e": 1, "k": "email", "a": A}, "the secret of another house, long enough"
    for purpose in (links.CENTRE, links.CONFIRMATION):
        yield signing.sign(elsewhere, purpose, said)
        yield signing.sign(settings.SECRET_KEY, f"{purpose} ", said)
        yield signing.sign(settings.SECRET_KEY, purpose, said, clock.now() - 1)


def one_click(token):
    """Whether a mail provider's POST is taken."""
    try:
        return views.centre(RequestFactory().post("/u/x", ONE_CLICK), token)
    except Http404:
        return None


KINDS = {
    "links to the preference centre": (centre_links, consent.read_centre),
    "one clicks": (centre_links, one_click),
    "links that confirm": (confirmation_links, lambda token: consent.read_confirmation(token, clock.now())),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", KINDS)
def test_no_forged_link_opens(what, brand):
    made, opens = KINDS[what]
    real = made()
    if what != "one clicks":
        assert all(opens(token) is not None for token in real)
    others = confirmation_links() if made is centre_links else centre_links()
    taken = [token for token in [*foreign(), *others, *forged(real, COUNT, len(what))] if opens(token) is not None]
    print(f"{what}: {COUNT} forged, {len(taken)} taken")
    assert taken == []
    assert not ConsentEntry.objects.exists()


@pytest.mark.django_db
def test_one_click_takes_its_own_links(brand):
    """So that the others were refused for what they are."""
    with write():
        assert one_click(centre_links()[0]).status_code == 200
    with pytest.raises(Http404):
        confirming.confirmation(RequestFactory().post("/u/confirmation/x"), centre_links()[0])


def test_nothing_opens_over_http(house):
    """Against the whole product: a customer who agreed stays so until the one real link is used."""
    made = house.api("POST", "/customers", json={"name": "Awa", "identifiers": [{"kind": "email", "value": A}]})
    assert made.status_code == 201, made.text
    place = f"/customers/{made.json()['id']}/consents"
    word = {"action": "confirmed", "purpose": "offers", "channel": "email", "address": A, "proof": {"page": "/club"}}
    assert house.api("POST", place, json=word).status_code == 201
    secret = (house.folder / "home" / "secret").read_text().strip()
    said = {"p": 1, "k": "email", "a": A, "u": "offers", "c": "email"}  # the first profile of an empty house
    real = signing.sign(secret, links.CENTRE, said)
    confirm = signing.sign(secret, links.CONFIRMATION, {"e": 1}, clock.now() + clock.HOUR)
    with httpx.Client(base_url=house.url, timeout=20) as client:
        assert client.get(f"/u/{real}").status_code == 200
        for form in (ONE_CLICK, {"shown": ["x"], "pause": "forever"}, None):
            answers = [knock(client, token, form) for token in forged([real, confirm], KNOCKS, 8) if fits(token)]
            assert len(answers) > KNOCKS * 0.8 and set(answers) == {404}
            print(f"{form}: {len(answers)} over HTTP")
        knocks = [client.post(f"/u/confirmation/{quote(t, safe='')}") for t in forged([confirm], KNOCKS, 9) if fits(t)]
        assert {answer.status_code for answer in knocks} == {404}
        assert [word["action"] for word in house.api("GET", place).json()["items"]] == ["confirmed"]
        assert client.post(f"/u/{real}", data=ONE_CLICK).status_code == 200
        assert house.api("GET", place).json()["items"][0]["action"] == "withdrawn"


def fits(token):
    """An address can carry it: half a character cannot be written, and dots are taken out on the way."""
    return "\ud800" not in token and token.strip(".") != "" and len(token) < 4000


def knock(client, token, form):
    place = f"/u/{quote(token, safe='')}"
    return (client.get(place) if form is None else client.post(place, data=form)).status_code
