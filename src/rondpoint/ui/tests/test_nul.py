"""NUL in an address, a query or a form is told to whoever sent it, before any view or database sees it."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.mark.parametrize("address", ["/files/%00/%00", "/files/a/%00", "/%00", "/login%00"])
def test_an_address(client, address):
    assert client.get(address).status_code == 404


def test_a_query(client):
    answer = client.get("/login?next=%00")
    assert answer.status_code == 400
    assert answer.content.startswith(b"next:")


@pytest.mark.parametrize("body", ["email=a%00b&password=x", "a%00=b"])
def test_a_form(client, body):
    answer = client.post("/login", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_form_in_parts(client):
    assert client.post("/login", {"email": "a\0b"}).status_code == 400


def test_all_else_passes(client):
    assert client.get("/login?next=/inbox").status_code == 200
    assert client.post("/login", {"email": "ann@example.org", "password": "wrong"}).status_code == 422


def test_the_api_names_the_field_itself(client):
    assert client.get("/api/v1/customers?q=%00").headers["content-type"].startswith("application/problem+json")
