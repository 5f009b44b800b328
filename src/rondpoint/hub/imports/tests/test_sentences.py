"""Reasons are read in the reader's language."""

import pytest
from django.utils import translation

from rondpoint.hub.imports.kinds import consents, customers, events, orders
from rondpoint.hub.imports.rules import cells
from rondpoint.hub.imports.sentences import said
from rondpoint.hub.imports.types import Context, Unfit

CONTEXT = Context("import:file", "file", "FR", 1_770_000_000_000_000)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (customers, {}),
        (customers, {"id": "null"}),
        (customers, {"email": "nobody"}),
        (customers, {"email": "a@b"}),
        (customers, {"phone": "12"}),
        (customers, {"phone": "call me"}),
        (customers, {"id": "1", "birthday": "soon"}),
        (customers, {"id": "1", "number:points": "many"}),
        (customers, {"id": "1", "truth:vip": "perhaps"}),
        (customers, {"id": "1", "json:x": "{"}),
        (events, {"id": "1"}),
        (events, {"id": "1", "type": "x"}),
        (events, {"id": "1", "type": "message.received"}),
        (events, {"id": "1", "type": "x", "occurred_at": "1492-10-12"}),
        (consents, {"action": "perhaps"}),
        (consents, {"action": "yes", "id": "1"}),
        (consents, {"action": "yes", "id": "1", "said_at": "2026-01-01"}),
        (consents, {"action": "yes", "id": "1", "said_at": "2199-01-01", "page": "x"}),
        (consents, {"action": "no", "id": "1", "wording": "two"}),
        (orders, {"id": "1"}),
        (orders, {"id": "1", "number": "1", "status": "lost"}),
        (orders, {"id": "1", "number": "1", "ordered_at": "2026-03-04", "total": "1", "currency": "ducats"}),
    ],
)
def test_what_a_row_is_refused_for_is_read_in_french(kind, cells):
    with pytest.raises(Unfit) as unfit:
        kind.read(cells, CONTEXT)
    with translation.override("fr"):
        assert said(str(unfit.value)) != str(unfit.value)
    with translation.override("en"):
        assert said(str(unfit.value)) == str(unfit.value)


def test_what_nobody_knows_stays_as_it_is():
    assert said("row 3: line contains NUL") == "row 3: line contains NUL"


@pytest.mark.parametrize("text", ["NaN", '{"a": Infinity}', "[" * 10_000])
def test_json_that_no_database_holds_is_refused(text):
    with pytest.raises(Unfit, match="is not JSON"):
        cells.typed("json", text)


def test_json_loses_what_no_database_holds():
    assert cells.typed("json", r'{"a\u0000": ["b\u0000", "\ud800", 1, null]}') == {"a": ["b", "\ufffd", 1, None]}
