"""Who looked at whom stands in the audit log, once an hour; a closed account sees no more."""

import pytest

from rondpoint.accounts import actions
from rondpoint.accounts.models import AuditEntry
from rondpoint.accounts.types import Role
from rondpoint.conversations.desk import stream
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers.models import Customer
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def desk(client, brand):
    user = actions.create_user("olivia@example.com", "Olivia", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


def test_a_look_is_noted_once_an_hour(desk, house, monkeypatch):  # noqa: F811
    conversation = house.text("+33199000042").conversation
    path = f"/conversations/{conversation.public_id}"
    for _ in range(3):
        assert desk.get(path).status_code == 200
    looks = AuditEntry.objects.filter(action="conversation.seen", actor="olivia@example.com")
    assert [entry.target for entry in looks] == [f"conversation:{conversation.public_id}"]
    later = clock.now() + clock.HOUR + clock.SECOND
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert desk.get(path).status_code == 200
    assert looks.all().count() == 2
    page = desk.get("/settings/audit?action=seen").content.decode()
    assert f'href="/conversations/{conversation.public_id}"' in page
    assert '<option value="conversation.seen">' in page


def test_the_page_of_a_customer_and_of_a_segment_are_noted_too(desk, house):  # noqa: F811
    customer = Customer.objects.get(id=house.text("+33199000042").conversation.customer_id)
    with write():
        segment = Segment.objects.create(name="VIP", definition={"version": 1, "trait": "city", "is": "Lyon"})
    for path in (f"/customers/{customer.public_id}", f"/segments/{segment.public_id}"):
        for _ in range(2):
            assert desk.get(path).status_code == 200
    seen = AuditEntry.objects.filter(actor="olivia@example.com").values_list("action", "target")
    assert sorted(seen) == [
        ("customer.seen", f"customer:{customer.public_id}"), ("segment.seen", f"segment:{segment.public_id}"),
    ]  # fmt: skip
    assert f'href="/segments/{segment.public_id}"' in desk.get("/settings/audit?action=seen").content.decode()


def test_what_one_may_not_see_is_not_noted_as_seen(desk):
    assert desk.get("/conversations/0198c0de-0000-7000-8000-000000000000").status_code == 404
    assert not AuditEntry.objects.filter(action="conversation.seen").exists()


def test_the_live_line_of_a_closed_account_ends_within_five_seconds(desk, monkeypatch):
    monkeypatch.setattr(stream, "close_old_connections", lambda: None)  # the connection of the test
    key = desk.session.session_key
    assert stream._may(desk.user.id, key)
    with write():
        desk.user.is_active = False
        desk.user.save(update_fields=["is_active"])
    assert not stream._may(desk.user.id, key)
    assert stream.HEARTBEAT < 5  # at each the stream asks
