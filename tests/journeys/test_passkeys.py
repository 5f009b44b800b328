"""Passkeys, with an authenticator in software that can also lie."""

import json

import pytest
from django.test import Client
from tests.peers.authenticator import PRESENT, Authenticator

from rondpoint.accounts import actions, limits
from rondpoint.accounts.factors import actions as factors
from rondpoint.accounts.factors import passkeys, totp
from rondpoint.accounts.models import AuditEntry, Factor, User
from rondpoint.accounts.sso import actions as sso
from rondpoint.accounts.sso.rules import Provider
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PASSWORD = "roundabout-of-the-north-9"
HOUSE = "https://desk.example.com"


@pytest.fixture
def desk(client, brand, settings):
    settings.RONDPOINT_URL = HOUSE
    actions.create_user("ines@example.com", "Inès", PASSWORD)
    client.post("/login", {"email": "ines@example.com", "password": PASSWORD})
    return client


@pytest.fixture
def key():
    return Authenticator("desk.example.com", HOUSE)


def register(desk, key, **more):
    options = desk.post("/settings/factors/passkey/options").json()
    return desk.post("/settings/factors/passkey", {"answer": json.dumps(key.make(options)), **more})


def sign_in(client, key, **more):
    options = client.post("/login/passkey/options").json()
    return client.post("/login/passkey", {"answer": json.dumps(key.sign(options)), **more})


def test_a_passkey_signs_in_alone(desk, key):
    assert register(desk, key, label="My telephone").json() == {"next": "/settings/factors"}
    row = Factor.objects.get()
    assert (row.label, row.kind) == ("My telephone", "passkey")
    stranger = Client()
    assert sign_in(stranger, key, next="/customers").json() == {"next": "/customers"}
    assert stranger.get("/inbox").status_code == 200
    assert stranger.session["by"] == "passkey"
    assert sign_in(Client(), key, next="https://evil.example.org").json() == {"next": "/"}


def test_a_passkey_is_the_second_factor_too(desk, key):
    register(desk, key)
    client = Client()
    page = client.post("/login", {"email": "ines@example.com", "password": PASSWORD}, follow=True).content.decode()
    assert "data-passkey" in page
    assert sign_in(client, key).status_code == 200
    assert client.session["by"] == "password+passkey"


def wrong_origin(key):
    key.origin = "https://desk.example.org"


def other_house(key):
    key.rp_id = "example.com"


def nobody_verified(key):
    key.flags = PRESENT


def copied(key):
    key.counter = 0


def forged(key):
    key.key = Authenticator("", "").key


def unknown(key):
    key.id = b"x" * 16


@pytest.mark.parametrize("lie", [wrong_origin, other_house, nobody_verified, copied, forged, unknown])
def test_a_lie_opens_nothing_and_is_written_down(desk, key, lie):
    register(desk, key)
    assert sign_in(Client(), key).status_code == 200
    lie(key)
    client = Client()
    assert sign_in(client, key).status_code == 422
    assert client.get("/inbox").status_code == 302
    assert AuditEntry.objects.filter(action="passkey.refused").exists()


@pytest.mark.parametrize("lie", [wrong_origin, other_house, nobody_verified])
def test_a_lie_registers_nothing(desk, key, lie):
    lie(key)
    assert register(desk, key).status_code == 422
    assert not Factor.objects.exists()


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"id": 7}', '{"id": "eA", "response": "x"}', "x" * 30_000])
def test_what_is_no_answer_is_refused(desk, key, answer):
    register(desk, key)
    client = Client()
    client.post("/login/passkey/options")
    assert client.post("/login/passkey", {"answer": answer}).status_code == 422


def test_a_challenge_is_answered_once_and_in_time(desk, key, monkeypatch):
    register(desk, key)
    client = Client()
    options = client.post("/login/passkey/options").json()
    answer = {"answer": json.dumps(key.sign(options))}
    assert client.post("/login/passkey", answer).status_code == 200
    assert client.post("/login/passkey", answer).status_code == 422
    client = Client()
    options = client.post("/login/passkey/options").json()
    later = clock.now() + 6 * clock.MINUTE
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert client.post("/login/passkey", {"answer": json.dumps(key.sign(options))}).status_code == 422


def test_somebody_elses_passkey_is_no_second_factor(desk, key, brand):
    register(desk, key)
    samir = actions.create_user("samir@example.com", "Samir", PASSWORD)
    other = Authenticator("desk.example.com", HOUSE)
    his = Client()
    with write():
        his.force_login(samir, backend="django.contrib.auth.backends.ModelBackend")
        session = his.session
        session["proved"] = clock.now()
        session.save()
    register(his, other)
    client = Client()
    client.post("/login", {"email": "ines@example.com", "password": PASSWORD})
    assert sign_in(client, other).status_code == 422


def test_a_passkey_is_a_fresh_proof(desk, key):
    register(desk, key)
    with write():
        session = desk.session
        session["proved"] = 0
        session.save()
    assert desk.post("/settings/factors/totp")["Location"] == "/settings/factors/proof"
    desk.post("/settings/factors/proof", {"password": PASSWORD})  # she has a factor: a password is not enough
    assert desk.session["proved"] == 0
    stranger = Authenticator("desk.example.com", HOUSE)
    assert prove(desk, stranger).status_code == 422
    assert prove(desk, key).json() == {"next": "/settings/factors"}
    assert desk.post("/settings/factors/totp")["Location"] == "/settings/factors/totp"


def prove(desk, key):
    options = desk.post("/settings/factors/proof/passkey/options").json()
    return desk.post("/settings/factors/proof/passkey", {"answer": json.dumps(key.sign(options))})


def test_one_sender_who_fails_shuts_out_nobody_else(desk, key):
    register(desk, key)
    wrong = Authenticator("desk.example.com", HOUSE)
    for _ in range(limits.TRIES):
        assert sign_in(Client(), wrong).status_code == 422
    assert sign_in(Client(), key).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), key).status_code == 200


def test_where_only_the_provider_lets_in_a_passkey_does_not(desk, key):
    register(desk, key)
    sso.keep("test", Provider("https://id.example.org", "rondpoint", "secret", passwords_off=True))
    client = Client()
    assert sign_in(client, key).status_code == 403
    assert client.get("/inbox").status_code == 302


def test_a_changed_secret_of_the_installation_loses_factors_and_breaks_nothing(desk, key, settings):
    register(desk, key)
    ines = User.objects.get()
    factors.add_totp(ines, totp.new_secret(), "Telephone", 0)
    settings.SECRET_KEY = "another secret altogether, of forty letters"
    assert not factors.use_totp(ines, "000000")
    assert sign_in(Client(), key).status_code == 422


def test_a_closed_account_has_no_passkey(desk, key):
    register(desk, key)
    with write():
        User.objects.update(is_active=False)
    assert sign_in(Client(), key).status_code == 422


@pytest.mark.parametrize(
    ("url", "possible"), [(HOUSE, True), ("http://localhost:8000", True), ("http://127.0.0.1", False)]
)
def test_a_passkey_belongs_to_a_domain(settings, url, possible):
    settings.RONDPOINT_URL = url
    assert passkeys.possible() is possible
