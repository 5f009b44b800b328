"""The screen of probable links, and what waits in the queue because of them."""

import pytest

from rondpoint.accounts.models import AuditEntry, User
from rondpoint.customers.matching import weighing, working
from rondpoint.customers.matching.models import MatchRun
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def browser(client):
    def sign_in(role="administrator", language="en"):
        user = User.objects.create(email=f"{role}@example.com", name="Inès", role=role, language=language)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def inside(*given, **named):
        with write():
            return sign_in(*given, **named)

    return inside


def test_what_is_allowed_is_chosen_on_the_screen(browser):
    page = browser()
    shown = page.get("/matching").content.decode()
    assert "Look for probable links" in shown and '<option value="0.8" selected>' in shown
    assert page.post("/matching", {"on": "1", "suggest_from": "0.9", "open_from": "0.99"}).status_code == 302
    choice = weighing.choice()
    assert (choice.on, choice.suggest_from, choice.open_from) == (True, 0.9, 0.99)
    page.post("/matching", {"suggest_from": "0.9", "open_from": ""})
    choice = weighing.choice()
    assert (choice.on, choice.open_from) == (False, None)
    assert AuditEntry.objects.filter(action="matching.chosen", actor="administrator@example.com").count() == 2


@pytest.mark.parametrize("wrong", [{"suggest_from": "0.83"}, {"suggest_from": ""}, {"open_from": "0"}])
def test_what_cannot_be_is_said(browser, wrong):
    answer = browser().post("/matching", {"on": "1", "suggest_from": "0.8", "open_from": "", **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert weighing.choice().suggest_from == 0.8


def test_a_comparison_is_asked_for_by_a_button(browser):
    page = browser()
    assert page.post("/matching/runs").status_code == 302
    assert MatchRun.objects.get().by == "administrator@example.com"
    shown = page.get("/matching").content.decode()
    assert "Is being compared</b> · It begins in a moment" in shown and 'hx-trigger="every 2s"' in shown
    assert page.get("/matching/runs").status_code == 405


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "step 4 of 5, records are compared · 37 %"),
     ("fr", "étape 4 sur 5, les fiches sont comparées · 37 %")],
)  # fmt: skip
def test_who_waits_sees_how_far_it_is_and_then_the_new_figures(browser, language, sentence):
    page, live = browser(language=language), {"HX-Request": "true", "HX-Target": "matching-state"}
    with write():
        row = MatchRun.objects.create(train=True, state="running", step="comparing", percent=37)
    part = page.get("/matching", headers=live)
    assert sentence in part.content.decode() and "<progress" in part.content.decode()
    assert 'hx-get="/matching"' in part.content.decode() and "HX-Refresh" not in part and b"<h1" not in part.content
    with write():
        MatchRun.objects.filter(id=row.id).update(state="done", step="", percent=None)
    part = page.get("/matching", headers=live)
    assert part["HX-Refresh"] == "true" and "hx-get" not in part.content.decode()


def test_how_often_is_chosen_on_the_screen(browser):
    page, form = browser(), {"on": "1", "suggest_from": "0.8", "open_from": ""}
    assert '<option value="weekly" selected>every week</option>' in page.get("/matching").content.decode()
    page.post("/matching", {**form, "often": "weekly", "day": "tuesday"})
    assert (weighing.choice().often, weighing.choice().day) == ("weekly", "tuesday")
    assert "They are compared next" in page.get("/matching").content.decode()
    page.post("/matching", {**form, "often": "never", "day": "tuesday"})
    assert "They are compared when somebody asks for it." in page.get("/matching").content.decode()
    assert page.post("/matching", {**form, "often": "hourly", "day": "tuesday"}).status_code == 422
    assert weighing.choice().often == "never"


def test_agents_have_no_say_in_it(browser):
    page = browser("agent")
    assert page.get("/matching").status_code in (403, 404)
    assert page.post("/matching/runs").status_code in (403, 404) and not MatchRun.objects.exists()


def test_the_queue_shows_how_likely_it_is_and_why(browser, two):
    working.look()
    page = browser("supervisor")
    shown = page.get("/review").content.decode()
    assert "%" in shown and "First name: short form" in shown and "Birth date: the same" in shown
    assert "more likely" in shown


def test_the_queue_speaks_french(browser, two):
    working.look()
    shown = browser("supervisor", "fr").get("/review").content.decode()
    assert "Prénom: forme abrégée" in shown and "Date de naissance" in shown
