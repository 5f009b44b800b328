"""Signing in tells nobody who works here, and guessing ends, wherever a request says that it comes from."""

import hashlib
import os
import re
import statistics
import time

import pytest
from django.test import Client

from rondpoint.accounts import actions, limits, staff, views
from rondpoint.accounts.models import AuditEntry, User
from rondpoint.accounts.types import Role
from rondpoint.lib import clock
from rondpoint.lib.db import write

PASSWORD = "roundabout-of-the-north-9"
ROUNDS = int(os.environ.get("RONDPOINT_TIMINGS", 0))  # the processor's time is measured in the long form
ADDRESSES = {
    "works here": "ines@example.com", "sent away": "away@example.com", "invited": "invited@example.com",
    "by the provider only": "sso@example.com", "nobody": "nobody@example.org", "no address": "x", "empty": "",
    "two addresses": "ines@example.com,ada@example.com",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(request, settings):
    """Where the slowness of a password's hash is not the matter, it is left out."""
    if "work" not in request.node.name:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db, brand):
    ada = actions.create_user("ada@example.com", "Ada", PASSWORD, Role.ADMINISTRATOR)
    actions.create_user("ines@example.com", "Inès", PASSWORD)
    away = actions.create_user("away@example.com", "Zoé", PASSWORD)
    staff.set_active(ada, away, False)
    for email in ("invited@example.com", "sso@example.com"):
        staff.invite(ada, email, "X", Role.AGENT, [], [])
    sign_on = {"issuer": "https://id.example.com", "client_id": "c", "secret": "", "label": "ID", "domains": []}
    actions.set_setting(ada.email, "sign_on", {**sign_on, "create": False, "role": "agent", "passwords_off": True})
    return ada


def forget():
    with write():
        AuditEntry.objects.all().delete()


def plain(answer, email):
    """An answer without what differs in each: the token of its form, and what was typed."""
    text = re.sub(r"\b[A-Za-z0-9]{64}\b", "", answer.content.decode())
    return answer.status_code, text.replace(email, "TYPED") if email else text


def test_a_wrong_password_gets_one_answer_whoever_it_was_for(people):
    said = {}
    for who, email in ADDRESSES.items():
        forget()
        said[who] = plain(Client().post("/login", {"email": email, "password": "wrong"}), email)
    first = said["works here"]
    assert first[0] == 422
    assert [who for who, answer in said.items() if answer[0] != first[0]] == []
    for who in ("sent away", "invited", "by the provider only", "nobody"):
        assert said[who] == first, who


def test_the_right_password_of_somebody_sent_away_is_a_wrong_one(people):
    forget()
    away = Client().post("/login", {"email": "away@example.com", "password": PASSWORD})
    forget()
    nobody = Client().post("/login", {"email": "nobody@example.org", "password": PASSWORD})
    assert plain(away, "away@example.com") == plain(nobody, "nobody@example.org")


def work(email):
    """The processor's time in which a wrong password is looked at: robust against a busy machine."""
    began = time.process_time()
    assert views.authenticate(email, "a wrong password") is None
    return time.process_time() - began


def test_a_wrong_password_is_the_same_work_whoever_it_was_for(people, monkeypatch):
    """What takes the time is the hash: here each is counted, with what it costs."""
    done, hashed, derive = {}, [], hashlib.scrypt

    def count(password, **more):
        hashed.append((more["n"], more["r"], more["p"], more["dklen"]))
        return derive(password, **{**more, "n": 2})

    monkeypatch.setattr(hashlib, "scrypt", count)
    for who, email in ADDRESSES.items():
        hashed.clear()
        assert views.authenticate(email, "a wrong password") is None
        done[who] = tuple(hashed)
    assert len(done["nobody"]) == 1
    assert set(done.values()) == {done["nobody"]}


@pytest.mark.proof("RONDPOINT_TIMINGS")  # takes the processor for a minute
def test_a_wrong_password_costs_the_same_work_whoever_it_was_for(people):
    work("ines@example.com")  # once for nothing: modules and pages of memory
    measured = {who: [] for who in ADDRESSES}
    for _ in range(ROUNDS):
        for who, email in ADDRESSES.items():  # in turn, so that a busy moment meets all of them
            measured[who].append(work(email))
    lowest = {who: min(times) for who, times in measured.items()}
    median = statistics.median(lowest.values())
    print("work for a wrong password: " + ", ".join(f"{who} {1000 * t:.0f} ms" for who, t in lowest.items()))
    for who, seconds in lowest.items():
        assert 0.6 * median < seconds < 1.6 * median, who


def test_limits_count_every_address_alike_and_outlive_a_restart(people):
    statuses = {}
    for who in ("works here", "sent away", "invited", "nobody"):
        forget()
        client = Client()
        tries = [client.post("/login", {"email": ADDRESSES[who], "password": "wrong"}).status_code for _ in range(7)]
        statuses[who] = tries
    assert set(map(tuple, statuses.values())) == {(422,) * 5 + (429,) * 2}
    # They are rows of the database: a new process reads the same.
    assert AuditEntry.objects.filter(action="sign_in_failed").count() == 2 * limits.TRIES


SPELT = ("Ines@Example.com", " ines@example.com ", "INES@EXAMPLE.COM", "ines@example.com\t", "\u00a0ines@example.com")


def test_another_spelling_of_an_address_is_no_other_account(people):
    client = Client()
    looked_at = 0
    for number in range(20):
        answer = client.post(
            "/login", {"email": SPELT[number % len(SPELT)], "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
        looked_at += answer.status_code == 422
    assert looked_at == limits.TRIES


FORGED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP")


def test_who_says_he_comes_from_elsewhere_is_counted_where_he_is(people):
    client, looked_at = Client(), 0
    for number in range(30):
        here = f"198.51.100.{number}"
        forged = {name: f"for={here}" if name == "HTTP_FORWARDED" else here for name in FORGED}
        answer = client.post("/login", {"email": f"e{number}@example.org", "password": "wrong"}, **forged)
        looked_at += answer.status_code == 422
    assert looked_at == limits.TRIES


ELSEWHERE = (
    "//evil.example.net", "https://evil.example.net", "/\\evil.example.net", "\\\\evil.example.net",
    "javascript:alert(1)", "https:evil.example.net", "///evil.example.net", "http:///evil.example.net",
    "/%09/evil.example.net", "\t//evil.example.net", "data:text/html,x", " https://evil.example.net",
    "https://127.0.0.1:8000@evil.example.net", "//evil.example.net/%2f..", "/\t/evil.example.net",
)  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(people, target):
    answer = Client().post("/login", {"email": "ada@example.com", "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    # What a browser makes of it: signs it leaves out, and backslashes it reads as slashes (WHATWG URL 4.4).
    read = "".join(sign for sign in answer["Location"] if sign > " ").replace("\\", "/")
    assert read.startswith("/")
    assert not read.startswith("//")


def test_an_invitation_tells_nothing_and_opens_once(people):
    invited = User.objects.get(email="invited@example.com")
    token = staff.invitation(people, invited).rpartition("/")[2]
    client = Client()
    forged = client.get(f"/join/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}")
    over = client.get("/join/nothing")
    assert plain(forged, "") == plain(over, "")
    assert over.status_code == 404
    assert client.post(f"/join/{token}", {"password": PASSWORD}).status_code == 302
    used = client.get(f"/join/{token}")
    assert plain(used, "") == plain(over, "")
    assert staff.invited(token) is None


def test_limits_of_the_far_future_and_past_count_nothing(people, monkeypatch):
    client = Client()
    for _ in range(6):
        client.post("/login", {"email": "ada@example.com", "password": "wrong"})
    assert client.post("/login", {"email": "ada@example.com", "password": PASSWORD}).status_code == 429
    later = clock.now() + limits.WINDOW + clock.SECOND
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.post("/login", {"email": "ada@example.com", "password": PASSWORD}).status_code == 302
