"""The first start: who may begin, each step, and what is wrong with what was typed."""

import pytest
from django.test import Client

from rondpoint.accounts import actions, queries
from rondpoint.accounts.models import Brand, User
from rondpoint.channels import connections
from rondpoint.channels.models import Connection
from rondpoint.config.first_start import rules

PASSWORD = "roundabout-of-the-north-9"
pytestmark = pytest.mark.django_db


@pytest.fixture
def empty(brand, settings, tmp_path):
    settings.RONDPOINT_HOME = tmp_path
    return Client()


@pytest.fixture
def ada(empty):
    said = {"code": actions.setup_code(), "name": "Ada", "email": "Ada@Example.com", "password": PASSWORD}
    assert empty.post("/setup", said)["Location"] == "/setup/brand"
    return empty


def test_the_code_lies_in_the_home_for_its_owner_alone(empty, tmp_path):
    code = actions.setup_code()
    assert actions.setup_code() == code
    assert (tmp_path / "setup-code").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("code", ["", "wrong", "é"])
def test_without_the_code_nobody_begins(empty, code):
    said = {"code": code, "name": "Eve", "email": "eve@example.org", "password": PASSWORD}
    assert b"password" not in empty.post("/setup", said).content
    assert not User.objects.exists()


def test_the_first_account_administers_and_the_code_is_spent(ada, tmp_path):
    user = User.objects.get()
    assert (user.email, user.role) == ("ada@example.com", "administrator")
    assert ada.get("/setup/brand").status_code == 200
    assert not (tmp_path / "setup-code").exists()
    assert actions.setup_code() == ""
    assert Client().get("/setup?code=")["Location"] == "/setup/brand"
    assert Client().get("/setup/brand")["Location"].startswith("/login")


def test_of_two_browsers_one_makes_the_account(empty):
    actions.create_first_user("ada@example.com", "Ada", PASSWORD, "en")
    with pytest.raises(ValueError, match="meanwhile"):
        actions.create_first_user("eve@example.org", "Eve", PASSWORD, "en")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "e-name"), ({"email": "ada"}, "e-email"), ({"password": "short"}, "e-password")],
)
def test_a_wrong_account_is_told_by_its_field(empty, wrong, field):
    said = {"code": actions.setup_code(), "name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    answer = empty.post("/setup", said | wrong)
    assert answer.status_code == 422
    assert f'id="{field}"' in answer.content.decode()
    assert not User.objects.exists()


def test_each_step_is_done_or_left_out_and_the_next_follows(ada):
    brand = {"name": "Hirondelle", "colour": "#0b5cab", "language": "fr", "country": "fr", "timezone": "Europe/Paris"}
    assert ada.post("/setup/brand", brand)["Location"] == "/setup/mailbox"
    assert Brand.objects.get().name == "Hirondelle"
    for step, after in (("mailbox", "number"), ("number", "widget"), ("widget", "colleagues"), ("colleagues", "end")):
        assert ada.post(f"/setup/{step}", {"leave": "1"})["Location"] == f"/setup/{after}"
    assert queries.setting("setup") == {"brand": "done"} | dict.fromkeys(rules.STEPS[1:], "left")
    assert ada.get("/setup/end").status_code == 200
    assert ada.get("/setup")["Location"] == "/setup/end"


def test_a_mailbox_that_does_not_answer_is_kept_and_says_what_to_mend(ada, settings):
    box = {"address": "hello@example.com", "password": "p@ss/word", "imap_host": "127.0.0.1", "imap_port": "1"}
    box |= {"smtp_host": "", "smtp_port": "465"}
    page = ada.post("/setup/mailbox", box).content.decode()
    assert "callout bad" in page
    assert "p@ss/word" not in page
    row = Connection.objects.get(kind="email")
    assert row.problem.endswith("nobody listens at 127.0.0.1:1")
    assert "p@ss/word" not in str(row.settings)
    ada.post("/setup/mailbox", box | {"password": "", "imap_port": "2"})
    opened = connections.info(Connection.objects.get(kind="email"))
    assert rules.mailbox_of(opened.settings).password == "p@ss/word"
    assert "p@ss/word" not in ada.get("/setup/mailbox").content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [({"imap_port": "0"}, "imap_port"), ({"imap_host": "a b"}, "imap_host"), ({"address": "nobody"}, "address")],
)
def test_a_wrong_mailbox_is_told_by_its_field_and_not_kept(ada, said, field):
    box = {"address": "hello@example.com", "password": "x", "imap_host": "127.0.0.1", "imap_port": "1"}
    answer = ada.post("/setup/mailbox", box | {"smtp_host": "", "smtp_port": ""} | said)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.content.decode()
    assert not Connection.objects.exists()


def test_the_widget_shows_its_line_before_it_goes_on(ada):
    page = ada.post("/setup/widget", {"origins": "https://www.example.com"}).content.decode()
    assert str(Connection.objects.get(kind="chat").public_id) in page
    assert ada.post("/setup/widget", {"origins": "https://www.example.com"})["Location"] == "/setup/colleagues"


def test_colleagues_get_links_and_wrong_lines_are_named(ada):
    said = {"name": ["Samir", "", "Zoé"], "email": ["samir@example.com", "", "ada@example.com"], "role": ["agent"] * 3}
    page = ada.post("/setup/colleagues", said).content.decode()
    assert "/join/" in page
    assert "ada@example.com: " in page
    assert set(User.objects.values_list("email", flat=True)) == {"ada@example.com", "samir@example.com"}


def test_settings_and_mailbox_are_one_thing_said_twice():
    box = rules.Mailbox("a@example.com", "user@x", "p:/@?#", "imap.example.com", "993", "smtp.example.com", "587")
    assert rules.mailbox_of(rules.settings_of(box)) == box
    assert rules.settings_of(box)["smtp_url"].startswith("smtp://user%40x:p%3A%2F%40%3F%23@smtp.example.com:587")
    assert rules.settings_of(rules.Mailbox("a@example.com")) == {"address": "a@example.com"}
