"""Rows in bulk are the rows a queryset reads and writes; shown with deliveries, which have all sorts of columns."""

import pytest
from django.db import IntegrityError

from rondpoint.channels import actions
from rondpoint.channels.models import Connection, Delivery
from rondpoint.lib import bulk
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
COLUMNS = [field.attname for field in Delivery._meta.concrete_fields]


@pytest.fixture
def mailbox(db):
    return actions.add_connection("email", "Help", {"address": "help@example.com"})


def made(mailbox: Connection, *names: str) -> list[Delivery]:
    return [
        Delivery(connection=mailbox, external_id=name, received=number, meta={"url": "é"}, body=b"\0\xff")
        for number, name in enumerate(names)
    ]


def same(left: Delivery, right: Delivery) -> bool:
    return all(getattr(left, name) == getattr(right, name) for name in COLUMNS)


def test_what_is_inserted_and_fetched_is_what_a_queryset_reads(mailbox):
    rows = made(mailbox, "a", "b", "c")
    with write():
        bulk.insert(rows)
    read = list(Delivery.objects.order_by("id"))
    assert [row.id for row in rows] == [row.id for row in read]
    fetched = bulk.fetch(Delivery, connection_id=[mailbox.id], external_id=["c", "a", "none"])
    assert [row.external_id for row in fetched] == ["a", "c"]
    assert same(fetched[0], read[0]) and same(fetched[1], read[2])
    assert bulk.fetch(Delivery, public_id=[read[1].public_id])[0].id == read[1].id


def test_a_fetched_row_is_saved_as_the_row_it_is(mailbox):
    rows = made(mailbox, "a")
    with write():
        bulk.insert(rows)
        rows[0].error = "first"
        rows[0].save()
        [fetched] = bulk.fetch(Delivery, id=[rows[0].id], lock=True)
        fetched.error += " and second"
        fetched.save()
    assert [row.error for row in Delivery.objects.all()] == ["first and second"]


def test_no_value_finds_no_row_and_no_row_is_no_statement(mailbox, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert bulk.fetch(Delivery, connection_id=[mailbox.id], external_id=[]) == []
        bulk.insert([])
        bulk.insert_new([])
        bulk.update([], ["error"])


def test_one_that_is_there_already_is_refused_or_left_out(mailbox):
    with write():
        bulk.insert(made(mailbox, "a"))
    with pytest.raises(IntegrityError), write():
        bulk.insert(made(mailbox, "b", "a"))
    assert Delivery.objects.count() == 1
    with write():
        bulk.insert_new(made(mailbox, "a", "b"))
    assert set(Delivery.objects.values_list("external_id", "received")) == {("a", 0), ("b", 1)}


def test_more_rows_than_one_statement_takes(mailbox):
    many = 2 * bulk.INSERTED + 1
    rows = made(mailbox, *(f"n{number}" for number in range(many)))
    with write():
        bulk.insert(rows)
        for row in rows:
            row.state, row.outcome = "done", [row.external_id]
        bulk.update(rows, ["state", "outcome"])
    found = Delivery.objects.filter(state="done").order_by("id")
    assert [(row.id, row.external_id, row.outcome) for row in found] == [
        (row.id, row.external_id, [row.external_id]) for row in rows
    ]
    assert found.count() == many
