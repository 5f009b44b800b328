"""No cell of anything that leaves as CSV is a formula to a spreadsheet."""

import ast
import csv
import io
from pathlib import Path

from django.test import Client

import rondpoint
from rondpoint.accounts import actions
from rondpoint.accounts.rules.cells import harmless
from rondpoint.accounts.types import Role
from rondpoint.lib.db import write

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
BEFORE = ("", " ", "\t", "\r", "\n", "\u00a0", "\u200b", "\ufeff", "\u202e", "\x00", "  \u2003", " " * 30)
FORMULAS = [f"{before}{sign}cmd|' /C calc'!A1" for before in BEFORE for sign in SIGNS]
FORMULAS += ["\tx", "\rx", "\nx", "\t=x"]
PLAIN = ("Inès", "ines@example.com", "a=b", "1-2", "'x", "", "{'role': 'agent'}", "2026-01-01T00:00:00+00:00", "é")


def test_a_formula_becomes_text_and_all_else_stays():
    assert [text for text in FORMULAS if harmless(text) != f"'{text}"] == []
    assert [text for text in PLAIN if harmless(text) != text] == []


def test_the_audit_log_leaves_without_formulas(db, brand):
    ada = actions.create_user("ada@example.com", "Ada", "roundabout-of-the-north-9", Role.ADMINISTRATOR)
    client = Client()
    with write():
        client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    for text in FORMULAS:
        actions.audit(text, text.strip()[:60] or "x", text, {"said": text})
    answer = client.get("/settings/audit?format=csv")
    assert answer["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))[1:]
    cells = [cell for row in rows for cell in row[1:]]
    assert len(rows) >= len(FORMULAS)
    for cell in cells:
        assert harmless(cell) == cell, ascii(cell)
    print(f"cells of CSV: {len(cells)} read, 0 formulas")


# Writers of what nobody else said: the names and examples of our own columns, and rows that only we read again.
OWN = {"hub/commands.py", "hub/imports/views.py", "hub/imports/rules/writing.py"}


def test_every_writer_of_csv_asks_first():
    """A new export that forgets :func:`harmless` fails here."""
    source = Path(rondpoint.__file__).parent
    files = [path for path in source.rglob("*.py") if "tests" not in path.parts]
    writers = [path for path in files if {"csv.writer", "csv.DictWriter"} & _called(path)]
    assert writers
    asking = {str(path.relative_to(source)) for path in writers if "harmless" in path.read_text()}
    assert {str(path.relative_to(source)) for path in writers} - asking == OWN


def _called(path):
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {ast.unparse(call.func) for call in calls}
