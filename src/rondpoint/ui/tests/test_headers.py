"""What every answer carries."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rondpoint.ui.headers import POLICY, SafeAnswers


def break_down(request):
    raise RuntimeError("broken")


def own(request):
    headers = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "public, max-age=60"}
    return PlainTextResponse("x", headers=headers)


def client(https=False):
    inner = Starlette(routes=[Route("/own", own), Route("/broken", break_down)])
    return TestClient(SafeAnswers(inner, https), raise_server_exceptions=False)


@pytest.mark.parametrize(("path", "status"), [("/missing", 404), ("/broken", 500)])
def test_errors_too_are_no_pages_and_stay_out_of_caches(path, status):
    answer = client().get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"].startswith("private")
    assert "strict-transport-security" not in answer.headers


def test_what_an_answer_says_itself_stands():
    answer = client(https=True).get("/own")
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["strict-transport-security"].startswith("max-age=")
