"""Signing in, and what it refuses."""

import pytest

from rondpoint.accounts import actions, limits, signed_in
from rondpoint.lib import clock

PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture
def ines(db):
    return actions.create_user("ines@example.com", "Inès", PASSWORD)


def enter(client, password, **more):
    return client.post("/login", {"email": "Ines@example.com", "password": password, **more})


def test_the_right_password_opens_the_inbox(client, ines, brand):
    assert enter(client, PASSWORD)["Location"] == "/"
    assert client.get("/inbox").status_code == 200


def test_it_never_leads_to_another_site(client, ines):
    assert enter(client, PASSWORD, next="https://example.org/x")["Location"] == "/"


def test_five_failures_close_the_door_even_to_the_right_password(client, ines):
    for _ in range(5):
        assert enter(client, "wrong").status_code == 422
    assert enter(client, PASSWORD).status_code == 429


def test_signing_out_needs_a_post(client, ines):
    enter(client, PASSWORD)
    assert client.get("/logout").status_code == 405
    client.post("/logout")
    assert client.get("/inbox").status_code == 302


def test_tries_count_before_the_password_is_looked_at(db):
    under_way = [limits.take("ines@example.com", "192.0.2.1") for _ in range(6)]
    assert under_way == [True] * 5 + [False]
    assert not limits.take("other@example.com", "192.0.2.1")
    assert not limits.take("ines@example.com", "192.0.2.2")


def test_the_right_password_is_no_failure(client, ines):
    for _ in range(limits.TRIES + 1):
        assert enter(client, PASSWORD)["Location"] == "/"
        client.post("/logout")


def test_a_session_says_when_it_was_last_seen_and_is_not_written_at_each_page(client, ines, brand, monkeypatch):
    enter(client, PASSWORD)
    client.get("/inbox")
    [session] = signed_in.sessions(ines)
    assert session.by == "password"
    for minutes, moves in ((1, False), (6, True)):
        later = clock.now() + minutes * clock.MINUTE
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda moment=later: moment)
            client.get("/inbox")
        assert (signed_in.sessions(ines)[0].seen == later) is moves


def test_a_page_is_shown_while_nothing_can_be_noted_about_the_session(client, ines, brand, monkeypatch):
    from django.db import OperationalError

    from rondpoint.accounts import sessions

    enter(client, PASSWORD)
    client.get("/inbox")
    later = clock.now() + 6 * clock.MINUTE
    asked = []

    def full(*_, **__):
        asked.append(1)
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        patched.setattr(sessions.SessionStore, "save", full)
        assert client.get("/inbox").status_code == 200
    assert asked
