"""What ends a session, and what a session can be made to do: by a new password or role, from another site, by a key
that somebody else chose."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from rondpoint.accounts import actions, queries, signed_in, staff
from rondpoint.accounts.models import ApiKey, User
from rondpoint.accounts.types import Role
from rondpoint.conversations.desk import stream
from rondpoint.conversations.desk.thread import uploads
from rondpoint.lib.db import write
from tests.journeys.test_permissions import addresses, fill

PASSWORD, OTHER = "roundabout-of-the-north-9", "roundabout-of-the-south-8"


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch, settings):
    """The transaction of a test stays open where a thread would look after its connection; and what makes a password
    slow is left out."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for module in (stream, uploads):
        monkeypatch.setattr(module, "close_old_connections", lambda: None)


@pytest.fixture
def ines(db, brand):
    return actions.create_user("ines@example.com", "Inès", PASSWORD)


@pytest.fixture
def admin(db, brand):
    return actions.create_user("ada@example.com", "Ada", PASSWORD, Role.ADMINISTRATOR)


def enter(email="ines@example.com"):
    client = Client()
    assert client.post("/login", {"email": email, "password": PASSWORD}).status_code == 302
    return client


def lives(client, user):
    """What a browser's session opens: pages, its stream, uploads."""
    key = client.cookies["rondpoint_session"].value
    return (
        client.get("/settings/me").status_code == 200,
        stream._may(user.id, key),
        uploads._may(uploads.ticket(user, key)),
    )


ENDINGS = {
    "her new password": lambda ines, admin: staff.set_password(ines, OTHER),
    "another role": lambda ines, admin: staff.change(admin, ines, "Inès", Role.READ_ONLY, [], []),
    "sent away": lambda ines, admin: staff.set_active(admin, ines, False),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_her_browsers_streams_and_uploads_end_and_keys_of_the_api_do_not(ines, admin, ending):
    browsers = [enter() for _ in range(3)]
    _key, text = actions.create_api_key("shop")
    assert [lives(client, ines) for client in browsers] == [(True, True, True)] * 3
    ENDINGS[ending](ines, admin)
    assert [lives(client, ines) for client in browsers] == [(False, False, False)] * 3
    assert signed_in.sessions(ines) == []
    assert queries.api_key(text) == ApiKey.objects.get()


def test_sessions_that_ended_do_not_come_back_with_her(ines, admin):
    browser = enter()
    staff.set_active(admin, ines, False)
    staff.set_active(admin, ines, True)
    assert lives(browser, ines) == (False, False, False)


def test_a_stream_ends_even_where_the_row_of_the_session_was_left(ines):
    browser = enter()
    ines.set_password(OTHER)
    with write():
        ines.save()
    assert lives(browser, ines) == (False, False, False)


def test_changing_her_own_password_keeps_only_the_browser_she_does_it_in(ines):
    here, there = enter(), enter()
    assert here.post("/settings/me/password", {"old": PASSWORD, "password": OTHER}).status_code == 302
    assert lives(here, ines) == (True, True, True)
    assert lives(there, ines) == (False, False, False)


def test_a_name_changed_by_an_administrator_ends_nothing(ines, admin):
    browser = enter()
    staff.change(admin, ines, "Inès Autre", ines.role, [], [])
    assert lives(browser, ines) == (True, True, True)


def test_a_session_key_chosen_by_somebody_else_is_never_taken(ines):
    client = Client()
    for fixed in ("a" * 32, "0123456789abcdefghijklmnopqrstuv"):
        client.cookies["rondpoint_session"] = fixed
        client.post("/login", {"email": "ines@example.com", "password": PASSWORD})
        assert client.cookies["rondpoint_session"].value != fixed
        client.post("/logout")
    before = enter()
    known = before.cookies["rondpoint_session"].value
    before.post("/logout")
    client.cookies["rondpoint_session"] = known
    assert client.get("/settings/me").status_code == 302


def test_the_key_changes_with_the_right(ines):
    client = Client()
    client.get("/login")
    anonymous = client.session  # a session somebody may have planted before she signed in
    with write():
        anonymous["planted"] = 1
        anonymous.save()
    planted = client.cookies["rondpoint_session"].value
    client.post("/login", {"email": "ines@example.com", "password": PASSWORD})
    assert client.cookies["rondpoint_session"].value != planted
    held = client.cookies["rondpoint_session"]
    assert (held["httponly"], held["samesite"]) == (True, "Lax")
    stranger = Client()
    stranger.cookies["rondpoint_session"] = planted
    assert stranger.get("/settings/me").status_code == 302


def doors():
    """Every address outside the API, and the demo's stage too."""
    return sorted(address for address in addresses(get_resolver().url_patterns) if not address.startswith("api/v1/"))


METHODS = ("post", "put", "patch", "delete")
# Opened by the signed token in their address, whoever is signed in: mail programs post there (RFC 8058).
BY_TOKEN = {"u/<str:token>", "u/confirmation/<str:token>"}
BY_TOKEN |= {"forms/<str:key>"}  # a form of another site, which names a chat: nobody's session counts there


def test_no_door_takes_a_write_without_the_token_of_the_page(ines, admin):
    with write():
        User.objects.filter(pk=admin.pk).update(role=Role.ADMINISTRATOR)
    signed, strange = enter("ada@example.com"), Client(enforce_csrf_checks=True)
    signed.handler.enforce_csrf_checks = True
    tries, taken = 0, {}
    for address in doors():
        for client in (signed, strange):
            for method in METHODS:
                tries += 1
                answer = getattr(client, method)(fill(address, number=admin.pk))
                if answer.status_code not in ((404, 405) if address in BY_TOKEN else (403,)):
                    taken[f"{method} {address}"] = answer.status_code
    assert taken == {}
    print(f"writes without a token: {tries} tries, {len(taken)} taken")
    assert tries > 300


FORGED = {
    "another site's origin": {"HTTP_ORIGIN": "https://evil.example.net"},
    "no origin at all": {"HTTP_ORIGIN": "null"},
    "a prefix of ours": {"HTTP_ORIGIN": "http://127.0.0.1:8000.evil.example.net"},
}


@pytest.mark.parametrize("forged", FORGED)
def test_another_sites_form_is_refused_even_with_a_token(ines, forged):
    client = enter()
    client.handler.enforce_csrf_checks = True
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/settings/me").content.decode())[1]
    form = {"csrfmiddlewaretoken": token, "theme": "dark"}
    assert client.post("/settings/appearance", form, **FORGED[forged]).status_code == 403
    assert client.post("/settings/appearance", form).status_code == 302


OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")


@pytest.mark.parametrize("header", OVERRIDES)
def test_no_get_becomes_a_write(ines, header):
    client = enter()
    for query in ("", "?_method=POST", "?_method=DELETE"):
        assert client.get(f"/logout{query}", **{header: "POST"}).status_code == 405
        assert client.post(f"/settings/me{query}", {"_method": "GET"}, **{header: "GET"}).status_code == 422
    assert client.get("/settings/me").status_code == 200


HOSTS = ("evil.example.net", "evil.example.net:80", "127.0.0.1:8000@evil.example.net", "[::1]:99", "desk.example.com")


def test_links_come_from_the_houses_address_whatever_the_request_says(ines, admin):
    client = enter("ada@example.com")
    tries = 0
    for host in HOSTS:
        for more in ({"HTTP_HOST": host}, {"HTTP_X_FORWARDED_HOST": host, "HTTP_FORWARDED": f"host={host}"}):
            tries += 1
            page = client.post(f"/settings/people/{ines.pk}/link", **more)
            assert page.status_code in (200, 400)
            if page.status_code == 200:
                assert "http://127.0.0.1:8000/join/" in page.content.decode()
            for path in ("/inbox", "/login", "/settings/me", "/me", "/api/v1/openapi.json"):
                for asking in (client, Client()):
                    answer = asking.get(path, **more)
                    said = answer.content.decode() + str(dict(answer.headers))
                    assert "evil.example.net" not in said, path
                    assert "desk.example.com" not in said or host != "desk.example.com", path
    print(f"foreign hosts: {tries} tries, 0 links")
