"""Second factors: codes of an app, recovery codes, the rules of the house, and what nobody gets past."""

import base64

import pytest
from django.test import Client

from rondpoint.accounts import actions, limits, signed_in
from rondpoint.accounts.factors import actions as factors
from rondpoint.accounts.factors import queries, recovery, totp
from rondpoint.accounts.models import AuditEntry, Factor, User
from rondpoint.accounts.types import Role
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PASSWORD = "roundabout-of-the-north-9"
SECRET = base64.b32encode(b"12345678901234567890").decode()  # of RFC 6238, appendix B


@pytest.fixture
def ines(brand):
    return actions.create_user("ines@example.com", "Inès", PASSWORD, Role.ADMINISTRATOR)


@pytest.fixture
def app(ines):
    """Her authenticator app; gives the code of now, or of some steps away."""
    factors.add_totp(ines, SECRET, "Telephone", 0)
    return lambda away=0: totp.code(SECRET, totp.step_at(clock.now()) + away)


def enter(client, **more):
    return client.post("/login", {"email": "ines@example.com", "password": PASSWORD, **more})


@pytest.fixture
def desk(client, ines):
    enter(client)
    return client


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
        (2000000000, "69279037"), (20000000000, "65353130"),
    ],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert totp.code(SECRET, totp.step_at(seconds * 1_000_000), digits=8) == code


@pytest.mark.parametrize(("away", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(away, fits):
    now = 1_700_000_000_000_000
    typed = totp.code(SECRET, totp.step_at(now) + away)
    assert (totp.matching_step(SECRET, typed, now, 0) is not None) is fits


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "é"])
def test_what_is_no_code_matches_nothing(typed):
    assert totp.matching_step(SECRET, typed, 1_700_000_000_000_000, 0) is None


def test_recovery_codes_are_read_however_they_are_typed():
    code = recovery.new_codes()[0]
    assert recovery.normal(f" {code.lower().replace('-', ' ')} ") == code.replace("-", "")
    assert recovery.normal("ABC") == ""


def test_the_password_alone_opens_nothing_any_more(client, app):
    assert enter(client, next="/customers")["Location"] == "/login/factor"
    assert client.get("/inbox")["Location"].startswith("/login")
    assert client.post("/login/factor", {"code": app()})["Location"] == "/customers"
    assert client.get("/inbox").status_code == 200
    assert client.session["by"] == "password+totp"


def test_a_code_works_once(client, app, ines):
    code = app()
    assert factors.use_totp(ines, code)
    assert not factors.use_totp(ines, code)
    assert not factors.use_totp(ines, app(-1))  # nor one from before it
    enter(client)
    assert client.post("/login/factor", {"code": code}).status_code == 422


def test_of_two_requests_at_once_one_passes(app, ines, monkeypatch):
    code, seen = app(), []
    real = totp.matching_step

    def meanwhile(*arguments):
        step = real(*arguments)
        if not seen:
            seen.append(step)
            assert factors.use_totp(ines, code)
        return step

    monkeypatch.setattr(totp, "matching_step", meanwhile)
    assert not factors.use_totp(ines, code)


def test_five_wrong_codes_close_the_door_even_to_the_right_one(client, app):
    enter(client)
    for _ in range(limits.TRIES):
        assert client.post("/login/factor", {"code": "000000"}).status_code == 422
    assert client.post("/login/factor", {"code": app()}).status_code == 429
    assert enter(Client())["Location"] == "/login/factor"  # passwords are counted apart


def test_waiting_for_a_factor_ends(client, app, ines, monkeypatch):
    enter(client)
    later = clock.now() + signed_in.PENDING_LASTS + clock.SECOND
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert client.get("/login/factor")["Location"] == "/login"
    for column, value in (("is_active", False), ("password", "changed")):
        enter(client)
        with write():
            before = getattr(User.objects.get(), column)
            User.objects.update(**{column: value})
        assert client.post("/login/factor", {"code": app()})["Location"] == "/login"
        with write():
            User.objects.update(**{column: before})


def test_recovery_codes_open_the_door_once_each(client, app, ines):
    codes = factors.new_recovery(ines)
    enter(client)
    client.post("/login/factor", {"code": codes[3].lower()})
    assert client.session["by"] == "password+recovery"
    assert queries.codes_left(ines) == 9
    assert not factors.use_recovery(ines, codes[3])
    stranger = actions.create_user("samir@example.com", "Samir", PASSWORD)
    assert not factors.use_recovery(stranger, codes[4])
    factors.new_recovery(ines)
    assert not factors.use_recovery(ines, codes[4])


def test_an_app_counts_once_its_code_was_typed(desk, ines):
    desk.post("/settings/factors/totp")
    page = desk.get("/settings/factors/totp").content.decode()
    assert "<svg" in page
    assert desk.post("/settings/factors/totp", {"code": "000000"}).status_code == 422
    assert not queries.has_any(ines)
    from django.conf import settings

    from rondpoint.lib import signing

    secret = signing.unseal(settings.SECRET_KEY, desk.session["new_totp"])["secret"]
    shown = desk.post("/settings/factors/totp", {"code": totp.code(secret, totp.step_at(clock.now())), "label": "Mine"})
    assert len(shown.content.decode().split('id="codes"')[1].split("</pre>")[0].split()) >= recovery.NUMBER
    row = Factor.objects.get()
    assert (row.label, row.kind) == ("Mine", "totp")
    assert secret not in row.sealed
    assert "new_totp" not in desk.session


@pytest.mark.parametrize("path", ["totp", "passkey/options", "passkey", "recovery"])
def test_factors_change_only_after_a_fresh_proof(desk, ines, path):
    with write():
        session = desk.session
        session["proved"] = clock.now() - 11 * clock.MINUTE
        session.save()
    assert desk.post(f"/settings/factors/{path}")["Location"] == "/settings/factors/proof"
    told = desk.post(f"/settings/factors/{path}", headers={"X-Requested-With": "fetch"})
    assert (told.status_code, told.json()["next"]) == (403, "/settings/factors/proof")
    assert desk.post("/settings/factors/proof", {"password": "wrong"}).status_code == 422
    assert desk.post("/settings/factors/proof", {"password": PASSWORD})["Location"] == "/settings/factors"
    assert desk.post("/settings/factors/totp")["Location"] == "/settings/factors/totp"


def test_a_fresh_proof_asks_for_the_factor_too(desk, app):
    assert desk.post("/settings/factors/proof", {"password": PASSWORD}).status_code == 422
    assert desk.post("/settings/factors/proof", {"password": PASSWORD, "code": app()}).status_code == 302


def test_whoever_must_prove_and_has_nothing_is_led_there(desk, ines):
    actions.set_setting("test", "second_factor", "administrators")
    assert desk.get("/inbox")["Location"] == "/settings/factors"
    assert desk.get("/desk/ticket")["Location"] == "/settings/factors"
    assert desk.get("/inbox", headers={"HX-Request": "true"})["HX-Redirect"] == "/settings/factors"
    assert desk.get("/settings/factors").status_code == 200
    factors.add_totp(ines, SECRET, "Telephone", 0)
    assert desk.get("/inbox").status_code == 200


def test_an_agent_is_asked_only_when_everybody_is(client, brand):
    actions.create_user("ines@example.com", "Inès", PASSWORD, Role.AGENT)
    actions.set_setting("test", "second_factor", "administrators")
    enter(client)
    assert client.get("/inbox").status_code == 200
    actions.set_setting("test", "second_factor", "everybody")
    assert client.get("/inbox").status_code == 302


def test_the_last_factor_stays_while_the_house_asks_for_it(desk, app, ines):
    row = Factor.objects.get()
    actions.set_setting("test", "second_factor", "everybody")
    assert desk.post(f"/settings/factors/{row.public_id}/removal").status_code == 422
    actions.set_setting("test", "second_factor", "nobody")
    factors.new_recovery(ines)
    assert desk.post(f"/settings/factors/{row.public_id}/removal").status_code == 302
    assert (queries.has_any(ines), queries.codes_left(ines)) == (False, 0)


def test_foreign_factors_are_not_there(desk, brand):
    samir = actions.create_user("samir@example.com", "Samir", PASSWORD)
    row = factors.add_totp(samir, SECRET, "His", 0)
    assert desk.post(f"/settings/factors/{row.public_id}/removal").status_code == 404
    assert desk.post(f"/settings/factors/{row.public_id}/label", {"label": "x"}).status_code == 404


def test_who_asks_it_of_others_has_one_herself(desk, ines):
    assert desk.post("/settings/house", {"second_factor": "everybody"}).status_code == 422
    assert desk.post("/settings/house", {"second_factor": "whoever"}).status_code == 422
    factors.add_totp(ines, SECRET, "Telephone", 0)
    assert desk.post("/settings/house", {"second_factor": "everybody"}).status_code == 302
    assert AuditEntry.objects.get(action="setting.changed").detail == {"value": "everybody"}


def test_a_lost_telephone_is_taken_away_with_every_session(desk, brand):
    samir = actions.create_user("samir@example.com", "Samir", PASSWORD)
    factors.add_totp(samir, SECRET, "His", 0)
    other = Client()
    with write():
        other.force_login(samir, backend="django.contrib.auth.backends.ModelBackend")
    assert desk.post(f"/settings/people/{samir.pk}/factors").status_code == 302
    assert not queries.has_any(samir)
    assert other.get("/inbox").status_code == 302
    assert AuditEntry.objects.get(action="factor.reset").target == "samir@example.com"


def test_an_administrator_does_not_take_her_own_away_without_a_proof(desk, app, ines):
    assert desk.post(f"/settings/people/{ines.pk}/factors")["Location"] == "/settings/factors"
    assert queries.has_any(ines)
