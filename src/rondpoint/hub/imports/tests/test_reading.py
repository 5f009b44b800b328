"""Rows of large files are read in a child, and mean there what they mean here."""

import os
import signal

import pytest

from rondpoint.hub.imports import kinds, reading
from rondpoint.hub.imports.types import Context
from rondpoint.hub.models import Import

pytestmark = pytest.mark.django_db
CONTEXT = Context("import:crm", "crm", "FR", 1_770_000_000_000_000, "ada@example.com", "Europe/Paris")
CELLS = {
    "customers": {"id": "C1", "email": "Awa@Example.com", "phone": "0199001234", "number:points": "1 234,5",
                  "json:shop": '{"town": "Lyon", "floors": [1, null]}', "birthday": "04/03/1988"},
    "events": {"id": "C1", "type": "Store Visited", "occurred_at": "04/03/2026 14:05",
               "properties": '{"shop": "Lyon"}'},
    "orders": {"email": "awa@example.com", "number": "F-1", "ordered_at": "2026-03-04", "total": "19,90"},
    "consents": {"email": "awa@example.com", "purpose": "newsletter", "channel": "email", "action": "confirmed",
                 "said_at": "2026-01-04T14:05:00Z", "text": "Oui, envoyez-moi la lettre."},
    "messages": {"email": "awa@example.com", "sent_at": "2026-01-04T14:05:00Z", "text": "Bonjour"},
    "customer": {"part": "events", "said": '{"customer": "1", "email": "awa@example.com", "type": "Store Visited",'
                 ' "occurred_at": "2026-03-04T14:05:00Z", "source": "shop", "message_id": "1"}'},
}  # fmt: skip


@pytest.fixture
def ahead(monkeypatch):
    """Readers with a child, whatever the size; it is ended."""
    monkeypatch.setattr(reading, "WORTH_IT", 0)
    yield
    reading.let_go()


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.every()])
def test_a_child_reads_what_is_read_here(kind, ahead):
    fields = list(CELLS[kind])
    rows = [(2, list(CELLS[kind].values())), (3, ["", *["x"] * (len(fields) - 1)]), (4, ["x"] * (len(fields) + 1))]
    here = reading.read(reading.Asked(kind, fields, CONTEXT, rows))
    assert (here[1], [line for line, _, _ in here[2]]) == ([2], [3, 4])
    assert reading.reader(kind, fields, CONTEXT, 1).begin(rows)() == here


def test_the_child_goes_on_from_turn_to_turn_and_its_death_loses_nothing(ahead):
    rows = [(2, ["C1"]), (3, ["C2"])]
    first = reading.reader("customers", ["id"], CONTEXT, 1)
    assert [record.person.key for record in first.begin(rows)()[0]] == ["id:C1", "id:C2"]
    assert reading.reader("customers", ["id"], CONTEXT, 1) is first
    os.kill(first._child._child.pid, signal.SIGKILL)
    assert [record.person.key for record in first.begin(rows)()[0]] == ["id:C1", "id:C2"]
    assert reading.reader("customers", ["email"], CONTEXT, 1) is not first


def test_a_large_file_comes_in_as_a_small_one_does(bring, ahead, monkeypatch):
    monkeypatch.setattr("rondpoint.hub.imports.working.AT_ONCE", 7)
    lines = [f"C{number},c{number}@example.com,{'x' if number == 20 else ''}" for number in range(50)]
    row = bring("id,email,phone\n" + "\n".join(lines) + "\n")
    assert (row.state, row.new, row.refused, row.line) == ("done", 49, 1, 51)
    assert Import.objects.get().refused == 1
    assert not reading._kept, "the child ends with the import"


def test_what_stands_before_a_fault_comes_in(bring, monkeypatch):
    monkeypatch.setattr("rondpoint.hub.imports.working.AT_ONCE", 7)
    good = "".join(f"C{number}\n" for number in range(56))
    row = bring("id\n" + good + '"never closed\n' + "x\n" * 300)
    assert (row.state, row.new) == ("failed", 56)
    assert "does not end" in row.error
