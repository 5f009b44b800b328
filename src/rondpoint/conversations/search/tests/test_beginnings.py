"""Beginnings of words are found like words: all of them, newest first, and without reading the whole index."""

import pytest
from django.db import connection

from rondpoint.conversations.search import beginnings, engine, filters, schema
from rondpoint.conversations.search.finds import Search
from rondpoint.conversations.search.question import read

pytestmark = [pytest.mark.data, pytest.mark.django_db]
AWA = "+33199001234"
OCTOBER = 1_790_000_000_000_000


def found(text):
    return [row.text for row in Search(read(text), None).messages().rows]


def test_every_word_that_begins_so_is_found(house):
    for number, text in enumerate(["Commande", "commandée hier", "commandes", "COMMANDÉ", "recommandé", "comma"]):
        house.text(AWA, text, OCTOBER + number)
    assert found("command") == ["COMMANDÉ", "commandes", "commandée hier", "Commande"]
    assert found("commandant") == []


def test_more_words_than_are_asked_for_one_by_one(house, monkeypatch):
    monkeypatch.setattr(beginnings, "MOST", 2)
    texts = [f"livra{ending}" for ending in ("ison", "ble", "isons", "nt")]
    for number, text in enumerate(texts):
        house.text(AWA, text, OCTOBER + number)
    assert found("livra") == texts[::-1]
    assert found("livrai") == ["livraisons", "livraison"]


@pytest.mark.sqlite
def test_the_words_of_the_index_in_order(house):
    for number, text in enumerate(["mercredi", "merci", "mer", "Mercé", "autre"]):
        house.text(AWA, text, OCTOBER + number)
    assert beginnings.words(schema.MESSAGES, "merc") == ["merce", "merci", "mercredi"]
    assert beginnings.words(schema.MESSAGES, "rien") == []
    assert beginnings.words(schema.MESSAGES, "mer") is None


@pytest.mark.sqlite
def test_a_common_beginning_is_asked_for_as_its_words(house, monkeypatch):
    """What FTS5 reads to its end before the first answer is not asked for: the speed of the search hangs on it."""
    house.text(AWA, "bonjour", OCTOBER)
    asked = []
    newest = engine._newest
    monkeypatch.setattr(engine, "_newest", lambda *args: asked.append(args[2]) or newest(*args))
    assert found("bonj") == ["bonjour"]
    assert "*" not in asked[0] and '"bonjour"' in asked[0]


def test_a_month_that_only_borders_on_the_days_asked_for_is_not_read():
    tags = filters.bounds(read("colis before:2024-03"), None).tags[0]
    assert "xm202402" in tags and "xm202403" not in tags
    assert "xm202403" in filters.bounds(read("colis before:2024-03-02"), None).tags[0]
    assert "xm202402" in filters.bounds(read("colis after:2024-02-10"), None).tags[0]


def test_the_index_of_words_is_there():
    assert connection.vendor != "sqlite" or set(schema.TERMS.values()) <= set(_tables())


def _tables():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in cursor.fetchall()]
