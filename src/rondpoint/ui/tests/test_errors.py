"""The pages for what does not exist and for what broke."""

import io
import json
import logging

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from rondpoint.lib import logs


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_of_an_error_needs_no_request_and_speaks_the_language(language):
    with translation.override(language):
        page = render_to_string("500.html")
    assert f'<html lang="{language}"' in page
    assert 'href="/"' in page


@pytest.mark.django_db
def test_what_does_not_exist_says_what_to_do(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert b'class="btn go" href="/"' in answer.content


@pytest.mark.parametrize("host", ["a b", "desk.example.com/x", "x\\y", "[::1", "désk.example.com"])
def test_a_wrong_host_header_is_answered_with_400_and_one_line_in_the_log(client, host):
    client.raise_request_exception = False
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logs.JsonLines())
    logging.getLogger("django").addHandler(handler)
    try:
        answer = client.get("/login", headers={"host": host})
    finally:
        logging.getLogger("django").removeHandler(handler)
    assert answer.status_code == 400
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [line["logger"] for line in lines] == ["django.security.DisallowedHost"]
    assert "exception" not in lines[0]
    assert host not in lines[0]["event"]
