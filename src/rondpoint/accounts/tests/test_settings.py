"""The settings of staff, teams, brands and keys, and what they refuse."""

import contextlib
import re

import pytest
from django.db import OperationalError
from django.test import Client

from rondpoint.accounts import actions, staff
from rondpoint.accounts.models import ApiKey, AuditEntry, Brand, Team, User
from rondpoint.accounts.types import Role
from rondpoint.files import actions as files
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = pytest.mark.data
PASSWORD = "roundabout-of-the-north-9"
PAGES = ("me", "people", "people/new", "teams", "teams/new", "brands", "brands/new", "keys", "audit")


@pytest.fixture
def olivia(db, brand):
    return actions.create_user("olivia@example.com", "Olivia", PASSWORD, Role.ADMINISTRATOR, "en")


@pytest.fixture
def desk(olivia):
    client = Client()
    client.post("/login", {"email": olivia.email, "password": PASSWORD}, headers={"user-agent": "Firefox/1 (Linux)"})
    return client


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_to_an_administrator_and_not_to_strangers(desk, client, page):
    assert desk.get(f"/settings/{page}").status_code == 200
    assert client.get(f"/settings/{page}").status_code == 302


@pytest.mark.parametrize("page", [page for page in PAGES if page != "me"])
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.READ_ONLY])
def test_whoever_does_not_administer_finds_nothing(client, db, page, role):
    with write():
        client.force_login(User.objects.create(email="sam@example.com", name="Sam", role=role))
    assert client.get(f"/settings/{page}").status_code == 404
    assert client.post(f"/settings/{page}").status_code in (404, 405)


def test_an_invitation_opens_once_and_leads_in(desk, client):
    said = {"email": "New@example.com", "name": "Noé", "role": "agent"}
    page = desk.post("/settings/people/new", said).content.decode()
    link = re.search(r"/join/[^\"]+", page)[0]
    assert client.get(link).status_code == 200
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": PASSWORD}).status_code == 302
    assert client.get(link).status_code == 404
    assert client.post("/login", {"email": "new@example.com", "password": PASSWORD})["Location"] == "/"
    assert AuditEntry.objects.filter(action="staff.invited", target="new@example.com").exists()


def test_a_forged_invitation_opens_nothing(client, db):
    assert client.get("/join/eyJ1c2VyIjoxfQ.AAAA").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"email": "no address"}, {"email": "olivia@example.com"}, {"name": " "}, {"role": "king"}]
)
def test_a_wrong_invitation_is_refused_and_nothing_typed_is_lost(desk, wrong):
    answer = desk.post("/settings/people/new", {"email": "a@example.com", "name": "Ana", "role": "agent", **wrong})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert User.objects.count() == 1


def test_somebody_administers_always(desk, olivia):
    assert desk.post(f"/settings/people/{olivia.pk}/activity").status_code == 422
    assert desk.post(f"/settings/people/{olivia.pk}", {"name": "Olivia", "role": "agent"}).status_code == 422
    olivia.refresh_from_db()
    assert (olivia.is_active, olivia.role) == (True, Role.ADMINISTRATOR)


def test_a_closed_account_opens_nothing_from_the_next_request_on(desk, client, olivia):
    samir = actions.create_user("samir@example.com", "Samir", PASSWORD)
    client.post("/login", {"email": samir.email, "password": PASSWORD})
    assert client.get("/settings/me").status_code == 200
    desk.post(f"/settings/people/{samir.pk}/activity")
    assert client.get("/settings/me").status_code == 302


def test_sessions_are_listed_and_ended(desk, client, olivia):
    client.post("/login", {"email": olivia.email, "password": PASSWORD})
    assert "Firefox, Linux" in desk.get("/settings/me").content.decode()
    desk.post("/settings/me/sessions")
    assert client.get("/settings/me").status_code == 302
    assert desk.get("/settings/me").status_code == 200


def test_a_new_password_ends_the_other_sessions(desk, client, olivia):
    client.post("/login", {"email": olivia.email, "password": PASSWORD})
    assert desk.post("/settings/me/password", {"old": "wrong", "password": "x"}).status_code == 422
    desk.post("/settings/me/password", {"old": PASSWORD, "password": "another-road-to-town-7"})
    assert desk.get("/settings/me").status_code == 200
    assert client.get("/settings/me").status_code == 302


def test_a_key_is_shown_once_and_revoked(desk):
    answer = desk.post("/settings/keys", {"name": "shop"})
    text = re.search(r"rp_[\w-]+", answer.content.decode().partition('id="key"')[2])[0]
    assert answer["Cache-Control"] == "no-store"
    assert text not in desk.get("/settings/keys").content.decode()
    key = ApiKey.objects.get(digest=actions.key_digest(text))
    desk.post(f"/settings/keys/{key.id}/revocation")
    key.refresh_from_db()
    assert key.revoked


def test_when_a_key_was_last_used_is_noted_once_an_hour(desk, monkeypatch):
    key, text = actions.create_api_key("till")
    page = desk.get("/settings/keys").content.decode()
    assert "never" in page.partition("till")[2]
    now, opened = clock.now(), []
    for passed in (0, 59 * clock.MINUTE, 61 * clock.MINUTE):
        monkeypatch.setattr(clock, "now", lambda passed=passed: now + passed)
        assert desk.get("/api/v1/purposes", headers={"Authorization": f"Bearer {text}"}).status_code == 200
        opened.append(ApiKey.objects.get(id=key.id).used - now)
    assert opened == [0, 0, 61 * clock.MINUTE]
    assert "never" not in desk.get("/settings/keys").content.decode().partition("till")[2]


def test_a_key_opens_where_nothing_can_be_written(desk, monkeypatch):
    _, text = actions.create_api_key("till")

    @contextlib.contextmanager
    def full():
        raise OperationalError("database or disk is full")
        yield

    monkeypatch.setattr(actions, "write", full)
    assert desk.get("/api/v1/purposes", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_team_has_a_name_of_its_own(desk, olivia):
    assert desk.post("/settings/teams/new", {"name": "North", "members": [olivia.pk]}).status_code == 302
    assert desk.post("/settings/teams/new", {"name": "North"}).status_code == 422
    assert list(Team.objects.get().members.all()) == [olivia]


def said_of(brand, **more):
    return {
        "name": brand.name,
        "colour": "#0b5cab",
        "language": "fr",
        "country": "fr",
        "timezone": "Europe/Paris",
    } | more


def test_a_brand_keeps_its_hours(desk, brand):
    said = said_of(brand, mon="9:00-12:30, 14h-18h", closed="2026-12-25")
    assert desk.post(f"/settings/brands/{brand.id}", said).status_code == 302
    brand.refresh_from_db()
    assert brand.hours == {"mon": [["09:00", "12:30"], ["14:00", "18:00"]], "closed": ["2026-12-25"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"colour": "red"}, {"country": "France"}, {"language": "xx"}, {"timezone": "Mars/Base"},
        {"tue": "morning"}, {"closed": "Christmas"}, {"greeting-fr": "x" * 501},
    ],
)  # fmt: skip
def test_a_wrong_brand_is_refused_and_nothing_typed_is_lost(desk, brand, wrong):
    answer = desk.post(f"/settings/brands/{brand.id}", said_of(brand, **{"wed": "10:00-11:00"} | wrong))
    assert answer.status_code == 422
    assert "10:00-11:00" in answer.content.decode()
    assert Brand.objects.get(id=brand.id).hours == brand.hours


def test_the_log_is_searched_and_taken_away_harmless(desk, olivia):
    actions.audit("=cmd()", "thing.done", "there")
    assert "<code>thing.done" in desk.get("/settings/audit?action=thing").content.decode()
    assert "<code>thing.done" not in desk.get("/settings/audit?actor=nobody").content.decode()
    sheet = desk.get("/settings/audit?action=thing&format=csv").content.decode()
    assert ",'=cmd()," in sheet


def test_a_link_made_before_a_change_of_password_is_over(olivia):
    link = staff.invitation(olivia, olivia).rpartition("/")[2]
    assert staff.invited(link) == olivia
    staff.set_password(olivia, "another-road-to-town-7")
    assert staff.invited(link) is None


def test_the_logo_of_the_house_stands_on_the_desk_and_before_it(desk, brand):
    assert Client().get("/brand/logo").status_code == 404
    assert "/brand/logo" not in desk.get("/inbox").content.decode()
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40)
    with write():
        brand.logo = files.save(picture)
        files.register(brand.logo, len(picture))
        brand.save()
    answer = Client().get("/brand/logo")
    assert (answer.content, answer["Content-Type"]) == (picture, "image/png")
    for page in (desk.get("/inbox"), Client().get("/login")):
        assert f"/brand/logo?{brand.logo[:8]}" in page.content.decode()
