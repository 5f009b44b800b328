"""What a page asks the database for: few questions, as many in a long conversation as in a short one, and none that
reads a whole table, to count or by the wrong index."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rondpoint.accounts import actions
from rondpoint.accounts.types import Role
from rondpoint.consent import suppressing
from rondpoint.conversations.queries.inbox import counts, get
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers.queries import of_profile
from rondpoint.events.actions import record
from rondpoint.events.types import Fact
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
# The most queries of each page. One that needs more asks something twice, or what belongs to another question.
CONVERSATION, INBOX, CUSTOMER = 34, 12, 33
AWA = "+33199001234"
LARGE = {
    "customers_profile", "customers_identifier", "events_event", "conversations_message", "conversations_conversation",
}  # fmt: skip
COARSE = {"kind", "state", "direction", "channel", "type"}  # many rows have the same


@pytest.fixture
def desk(client, brand, monkeypatch):
    # A process reads this key once; a test's, whose transaction will be undone, would each time.
    monkeypatch.setattr(suppressing, "_known_key", suppressing._key())
    user = actions.create_user("olivia@example.com", "Olivia", "roundabout-of-the-north-9", Role.AGENT)
    with write():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


def asked(desk, address):
    """The queries that a page makes when it is opened for the second time."""
    assert desk.get(address).status_code == 200
    with CaptureQueriesContext(connection) as made:
        assert desk.get(address).status_code == 200
    return [query["sql"] for query in made]


def test_a_conversation_asks_little_however_long_it_is(desk, house):  # noqa: F811
    conversation = house.text(AWA).conversation
    house.mail("awa@example.com")
    few = asked(desk, f"/conversations/{conversation.public_id}")
    for number in range(30):
        house.text(AWA, f"Encore {number}")
        house.text(f"+3319900{number:04d}")
    many = asked(desk, f"/conversations/{conversation.public_id}")
    assert len(many) <= len(few) + 1  # a page back has a question of its own
    assert len(many) <= CONVERSATION, "\n".join(many)


def test_the_inbox_asks_little_however_full_it_is(desk, house):  # noqa: F811
    house.text(AWA)
    few = asked(desk, "/inbox?view=open")
    for number in range(30):
        house.text(f"+3319900{number:04d}")
    assert len(asked(desk, "/inbox?view=open")) <= len(few) <= INBOX


def test_a_customer_asks_little_however_much_there_is_of_her(desk, house):  # noqa: F811
    conversation = house.text(AWA).conversation
    address = f"/customers/{of_profile(conversation.profile_id).public_id}"
    few = asked(desk, address)
    for number in range(30):
        house.text(AWA, f"Encore {number}")
        with write():
            record([Fact(conversation.profile_id, "page.viewed", number, "shop", str(number), "web")])
    many = asked(desk, address)
    assert len(many) <= len(few) + 1  # what she read and ordered is a question of its own
    assert len(many) <= CUSTOMER, "\n".join(many)


def test_what_one_may_see_is_one_question(desk, house):  # noqa: F811
    """Her teams and brands are part of it: a page asks it many times."""
    conversation = house.text(AWA).conversation
    from rondpoint.conversations.queries.permitted import may_see

    with CaptureQueriesContext(connection) as made:
        assert may_see(desk.user, get(conversation.public_id))
    assert len(made) == 2


def plan(statement):
    """The steps by which SQLite answers a statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement.replace('%', '%%')}")
        return [row[3] for row in cursor.fetchall()]


def wide(step):
    """Whether a step goes through all rows of a large table, or all of one sort."""
    how = re.match(r"(SCAN|SEARCH) (\w+)(?: USING.*\((.*)\))?", step)
    if how is None or how[2] not in LARGE:
        return False
    return how[1] == "SCAN" and "USING" not in step or how[1] == "SEARCH" and set(re.findall(r"\w+", how[3])) <= COARSE


@pytest.mark.sqlite  # PostgreSQL plans by what the tables hold
@pytest.mark.parametrize(
    "address", ["/customers/{customer}", "/conversations/{conversation}", "/inbox?view=open", "/customers"]
)
def test_no_page_goes_through_a_large_table(desk, house, address):  # noqa: F811
    house.text(AWA)
    conversation = house.mail("awa@example.com").conversation
    customer = of_profile(conversation.profile_id).public_id
    steps = [
        (step, statement)
        for statement in asked(desk, address.format(customer=customer, conversation=conversation.public_id))
        if statement.startswith(("SELECT", "WITH", "\nWITH"))
        for step in plan(statement)
    ]
    assert len(steps) > 5
    assert [found for found in steps if wide(found[0])] == []


@pytest.mark.sqlite  # PostgreSQL plans by what the tables hold
def test_counting_the_views_reads_an_index_alone(desk, house):  # noqa: F811
    house.text(AWA)
    with CaptureQueriesContext(connection) as made:
        assert counts(desk.user)["open"] == 1
    steps = plan(next(query["sql"] for query in made if "FILTER" in query["sql"]))
    assert any("COVERING INDEX conversation_counts" in step for step in steps), steps
