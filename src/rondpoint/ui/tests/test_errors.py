"""The pages for what does not exist and for what broke."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation


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
