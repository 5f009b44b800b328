"""What each role may open; what one may not see does not exist."""

import pytest

from rondpoint.accounts import actions
from rondpoint.accounts.types import Role

OPENED = {
    "/inbox": set(Role),
    "/customers": set(Role),
    "/quarantine": {Role.ADMINISTRATOR, Role.SUPERVISOR},
    "/connections": {Role.ADMINISTRATOR},
}


@pytest.fixture
def signed_in(client, brand):
    def sign_in(role):
        email = f"{role.value}@example.com"
        actions.create_user(email, role.value, "roundabout-of-the-north-9", role)
        client.post("/login", {"email": email, "password": "roundabout-of-the-north-9"})
        return client

    return sign_in


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("path", list(OPENED))
def test_a_door_opens_to_its_roles_alone(signed_in, role, path):
    assert signed_in(role).get(path).status_code == (200 if role in OPENED[path] else 404)


@pytest.mark.parametrize("path", list(OPENED))
def test_a_stranger_is_asked_to_sign_in(client, db, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?next=")


def test_pages_forbid_foreign_and_inline_scripts(signed_in):
    policy = signed_in(Role.AGENT).get("/inbox")["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
