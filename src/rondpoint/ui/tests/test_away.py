"""What people see while the database or the disk takes nothing."""

import errno
import json

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import translation

from rondpoint.ui import context, theme

AWAY = [
    OperationalError("database or disk is full"),
    InterfaceError("the connection is closed"),
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EIO, "Input/output error"),
]


@pytest.fixture
def broken(monkeypatch):
    """``broken(error)``: from now on the appearance can neither be shown nor changed."""

    def fail(error):
        def chosen(*_: object):
            raise error

        monkeypatch.setattr(theme, "keep", chosen)
        monkeypatch.setattr(context, "chosen", chosen)

    return fail


@pytest.fixture
def desk():
    with translation.override("en"):
        yield Client(raise_request_exception=False, headers={"accept-language": "en"})


def change(desk, **headers):
    return desk.post("/settings/appearance", {"theme": "dark"}, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_page_says_that_nothing_was_taken_and_when_to_come_back(desk, broken, error):
    broken(error)
    answer = change(desk)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)
    assert "What you just sent was not taken." in answer.content.decode()
    assert "Content-Security-Policy" in answer


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "no such file"), ValueError("of ours")], ids=repr)
def test_what_is_wrong_with_us_is_not_put_down_to_the_store(desk, broken, error):
    broken(error)
    answer = change(desk)
    assert answer.status_code == 500
    assert "Retry-After" not in answer


@pytest.mark.django_db
def test_our_scripts_get_the_sentence_that_they_show(desk, broken):
    broken(AWAY[0])
    answer = change(desk, **{"X-Requested-With": "fetch"})
    assert answer.status_code == 503
    assert "what you typed still stands here" in answer.json()["error"]


@pytest.mark.django_db
def test_a_form_of_htmx_stays_and_a_message_stands_beside_it(desk, broken):
    broken(AWAY[0])
    answer = change(desk, **{"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (503, b"")  # htmx swaps nothing at 503
    told = json.loads(answer["HX-Trigger"])["toast"]
    assert told["kind"] == "bad"
    assert "Nothing was sent" in told["text"]


@pytest.mark.django_db
def test_a_page_that_cannot_be_read_blames_nobody_for_typing(desk, broken):
    broken(AWAY[0])
    answer = desk.get("/login")
    assert answer.status_code == 503
    assert "load this page again in a moment" in answer.content.decode()
    assert "What you just sent" not in answer.content.decode()


@pytest.mark.django_db
def test_the_api_answers_as_a_problem_wherever_it_broke(desk, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rondpoint.accounts.api_auth.caller", fail)
    monkeypatch.setattr("rondpoint.accounts.api_auth.KeyAuth.authenticate", fail)
    answer = desk.get("/api/v1/conversations", headers={"authorization": "Bearer rp_x"})
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0
