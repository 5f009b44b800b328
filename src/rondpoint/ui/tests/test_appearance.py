"""Light, dark or as the system; the page of the design system; the way into the settings."""

import pytest
from django.contrib.auth import get_user_model

from rondpoint.lib.db import write

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    with write():
        user = get_user_model().objects.create(email="reader@example.com", name="Lise", role="read_only", language="en")
        client.force_login(user)
    return user


def test_the_choice_is_kept_with_the_person_and_in_the_browser(client, reader):
    answer = client.post("/settings/appearance", {"theme": "dark"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 204
    reader.refresh_from_db()
    assert reader.theme == "dark"
    assert client.cookies["rondpoint_theme"].value == "dark"
    assert b'data-theme="dark"' in client.get("/design").content
    with write():
        client.logout()
    client.cookies["rondpoint_theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/login").content


def test_as_the_system_leaves_no_mark(client, reader):
    client.post("/settings/appearance", {"theme": "light"})
    client.post("/settings/appearance", {"theme": ""})
    assert b"data-theme=" not in client.get("/design").content


def test_without_the_script_it_leads_back_but_never_to_another_site(client, reader):
    back = client.post("/settings/appearance", {"theme": "light"}, headers={"Referer": "http://testserver/design"})
    assert back.headers["Location"] == "http://testserver/design"
    away = client.post("/settings/appearance", {"theme": "light"}, headers={"Referer": "https://example.net/"})
    assert away.headers["Location"] == "/"


def test_another_theme_is_refused_and_a_get_changes_nothing(client, reader):
    assert client.post("/settings/appearance", {"theme": "pink"}).status_code == 422
    assert client.get("/settings/appearance").status_code == 405


def test_a_forged_cookie_is_no_theme(client):
    client.cookies["rondpoint_theme"] = '"><script>'
    assert b"data-theme=" not in client.get("/login").content


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_design_page_opens_in_both_languages(client, reader, language):
    reader.language = language
    with write():
        reader.save()
    answer = client.get("/design")
    assert answer.status_code == 200
    assert f'<html lang="{language}"'.encode() in answer.content


@pytest.mark.parametrize("path", ["/design", "/settings"])
def test_strangers_are_led_to_the_sign_in(client, path):
    assert client.get(path).headers["Location"].startswith("/login")


def test_no_page_has_a_style_or_script_of_its_own(client, reader):
    page = client.get("/design").content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
