"""Querysets whose statement is made once answer as they always do."""

import threading
import uuid

import pytest
from django.db import connection
from django.db.models import Count, Q
from django.test.utils import CaptureQueriesContext

from rondpoint.accounts.models import AuditEntry, Team, User
from rondpoint.conversations.models import Conversation
from rondpoint.lib import prepared as made
from rondpoint.lib.db import write
from rondpoint.lib.prepared import prepared

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def people():
    with write():
        north = Team.objects.create(name="North")
        found = [User.objects.create(email=f"u{n}@example.com", name=f"U{n}", role="agent") for n in range(6)]
        north.members.add(*found[:3])
    return found


def test_it_answers_as_the_queryset_and_is_made_once_for_a_shape(people):
    times = []

    @prepared
    def named(numbers, name, /):
        times.append(numbers)
        return User.objects.filter(Q(id__in=numbers) | Q(name=name)).order_by("-id")

    ids = [row.id for row in people]
    assert named(ids[:3], "U5") == [people[5], people[2], people[1], people[0]]
    assert named({ids[0]}, "U0") == [people[0]]
    assert named([ids[1]], "U4") == [people[4], people[1]]
    assert named(iter(ids[2:5]), "") == people[4:1:-1]  # three have room where four have
    assert named([], "U3") == [people[3]]
    assert len(times) == 2 * 3  # twice each: what differs is the arguments


def test_rows_come_in_the_form_that_was_asked_for(people):
    @prepared
    def related(team, /):
        return Team.members.through.objects.filter(team__name=team).select_related("user").order_by("user_id")

    @prepared
    def counted(name, /):
        return Team.objects.filter(name=name).values_list("name").annotate(number=Count("members"))

    @prepared
    def numbers(after, /, *, limit):
        return User.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:limit]

    related("North")
    with CaptureQueriesContext(connection) as asked:
        assert [row.user.name for row in related("North")] == ["U0", "U1", "U2"]
    assert len(asked) == 1
    assert counted("North") == [("North", 3)]
    assert numbers(people[1].id, limit=2) == [people[2].id, people[3].id]
    assert numbers(people[1].id, limit=1) == [people[2].id]


def test_nothing_where_nothing_can_fit(people):
    @prepared
    def among(numbers, /):
        return User.objects.filter(id__in=numbers)

    with CaptureQueriesContext(connection) as asked:
        assert among([]) == []
    assert len(asked) == 0


def test_none_and_unique_ids_are_values_too():
    with write():
        entry = AuditEntry.objects.create(actor="a", action="b", target="c")

    @prepared
    def entries(public_id, before, /):
        rows = AuditEntry.objects.filter(public_id=public_id)
        return rows if before is None else rows.filter(at__lt=before)

    assert entries(entry.public_id, None) == [entry]
    assert entries(entry.public_id, entry.at + 1) == [entry]
    assert entries(entry.public_id, entry.at) == []
    assert entries(uuid.uuid4(), None) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda name: User.objects.filter(name__icontains=name),  # within a pattern
        lambda name: User.objects.filter(name=f"{name}!"),
    ],
)
def test_what_changes_a_value_is_refused_at_once(ask):
    with pytest.raises(LookupError, match="an argument is changed on its way"):
        prepared(ask)("U1")


def test_a_limit_belongs_to_the_statement():
    with pytest.raises(LookupError, match="a part of the statement"):
        prepared(lambda limit: User.objects.all()[:limit])(3)


@pytest.mark.parametrize("value", [-(2**70), -5, 0, 3, 40_000, 2**40, 2**63, 10**30])
def test_numbers_are_compared_with_small_columns_too(value):
    """Django compares a column with no number that is beyond it: that must not become part of the statement."""
    with write():
        conversations = [
            Conversation.objects.create(profile_id=n, customer_id=n, priority=n, last_message_at=n) for n in (-1, 0, 2)
        ]

    @prepared
    def above(number, /):
        rows = Conversation.objects.filter(Q(priority__gt=number) | Q(last_message_at__gt=number) | Q(priority=number))
        return rows.order_by("id").values_list("priority", flat=True)

    above(1)
    assert above(value) == [row.priority for row in conversations if row.priority >= value]


def test_a_constant_is_no_argument(people):
    @prepared
    def named(number, /):
        return User.objects.filter(Q(id=number) | Q(id=10_000) | Q(id=20_000)).values_list("id", flat=True)

    assert named(people[0].id) == [people[0].id]
    with write():
        User.objects.create(id=10_000, email="far@example.com", name="Far")
    assert named(people[0].id) == [people[0].id, 10_000]


@pytest.mark.parametrize("value", [True, 1.5, b"x"])
def test_what_cannot_vary_is_named(value):
    with pytest.raises(TypeError, match="give it by its name"):
        prepared(lambda value: User.objects.filter(name=value))(value)


def test_few_statements_are_kept(people, monkeypatch):
    monkeypatch.setattr(made, "MOST", 2)
    times = []

    @prepared
    def first(*, limit):
        times.append(limit)
        return User.objects.order_by("id")[:limit]

    for limit in (1, 2, 3, 1):
        assert first(limit=limit) == people[:limit]
    assert times == [1, 1, 2, 2, 3, 3, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection(people):
    @prepared
    def names(numbers, /):
        return User.objects.filter(id__in=numbers).order_by("id").values_list("name", flat=True)

    ids, heard = [row.id for row in people], []

    def ask():
        heard.append(names(ids[:2]))
        connection.close()

    names(ids[:2])
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [["U0", "U1"]] * 3
