"""One record scores in Python as all of them do in Splink: the same degrees, and the same bits to a millionth."""

import random

import duckdb
import pytest

from rondpoint.customers.matching.linker import Matcher
from rondpoint.customers.matching.rules import levels, near, reading, scoring

FIRSTS = ("Catherine", "Cathy", "Jean-Pierre", "JP", "Jean Pierre", "J.", "Marie", "Mary", "Jo", "Joseph", "Girard", "")
LASTS = ("Girard", "Girart", "Girrad", "de la Tour", "Tour", "Dupont", "Dupond", "Dupont-Girard", "Catherine", "")
BORN = ("1980-04-03", "1980-03-04", "1980-04-08", "1980-11-12", "1979-04-03", "")
MAILS = ("awa@example.com", "awa@example.org", "awaa@example.com", "awadiop12@example.com", "awadiop21@example.net", "")
PHONES = ("+33199001234", "0199001234", "+33199001235", "+33199009999", "")
STREETS = ("12 rue Saint-Michel", "12 bd St Michel", "12 rue Saint-Michal", "14 rue Saint Michel", "3 rue Neuve", "")
CODES = ("75001", "75002", "69001", "")


@pytest.fixture(scope="module")
def records():
    """Invented records that agree in all degrees there are."""
    chance = random.Random(3)
    crossed = (("Catherine", "Girard"), ("Girard", "Catherine"), ("Jean", "Dupont"), ("Jean-Pierre", "Dupont"))
    return {
        number: reading.read(
            {
                **dict(zip(("first_name", "last_name"), crossed[number % 4] if number > 120 else (
                    chance.choice(FIRSTS), chance.choice(LASTS)), strict=True)),
                "birth_date": chance.choice(BORN),
                "address": {"street": chance.choice(STREETS), "postcode": chance.choice(CODES)},
            },
            [chance.choice(MAILS)],
            [chance.choice(PHONES)],
        )
        for number in range(1, 141)
    }  # fmt: skip


@pytest.fixture(scope="module")
def weights():
    """Every degree weighs something of its own."""
    chance = random.Random(4)
    degrees = {
        comparison.name: {
            name: scoring.Degree(chance.uniform(0.01, 0.9), chance.uniform(0.0001, 0.9))
            for name in (*(level.name for level in comparison.levels), levels.ELSE)
        }
        for comparison in levels.COMPARISONS
    }
    return scoring.Weights(0.003, degrees)


def test_python_and_splink_give_the_same_score(records, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FULLEST", 10_000)  # of so few records many share a key
    packed = [(list(records), [reading.pack(record) for record in records.values()])]
    matcher = Matcher(tmp_path, packed)
    shares = {(field, name): share for field, name, share in matcher.shares()}
    found = matcher.pairs(weights, -200.0).fetchall()
    seen = set()
    for left, right, bits in found:
        ours = scoring.score(records[left], records[right], weights, shares)
        assert ours.weight == pytest.approx(bits, abs=1e-6), (records[left], records[right], ours)
        seen |= {(each.comparison, each.degree) for each in ours.agreements}
    assert len(found) > 2000
    missed = {(c.name, name) for c in levels.COMPARISONS for name in (*(each.name for each in c.levels), levels.ELSE)}
    assert missed - seen <= {("last_name", "near"), ("first_name", "near"), ("address", "other_postcode")}


def test_the_pairs_are_those_that_share_a_key(records, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FULLEST", 10_000)
    matcher = Matcher(tmp_path, [(list(records), [reading.pack(record) for record in records.values()])])
    found = {(left, right) for left, right, _ in matcher.pairs(weights, -200.0).fetchall()}
    keys = {number: {key for key in reading.keys(record) if key} for number, record in records.items()}
    assert found == {(a, b) for a in keys for b in keys if a < b and keys[a] & keys[b]}


def test_nearness_is_what_duckdb_measures():
    chance = random.Random(5)
    words = ["".join(chance.choices("abcde", k=chance.randint(1, 9))) for _ in range(400)]
    pairs = [(chance.choice(words), chance.choice(words)) for _ in range(4000)]
    pairs += [(word, word[:1] + word[2:]) for word in words if len(word) > 1]
    pairs += [(word, word[:2] + word[3:4] + word[2:3] + word[4:]) for word in words if len(word) > 3]
    database = duckdb.connect(":memory:")
    given = ", ".join(f"('{left}', '{right}')" for left, right in pairs)
    for left, right, distance, alike in database.execute(
        f"SELECT a, b, damerau_levenshtein(a, b), jaro_winkler_similarity(a, b) FROM (VALUES {given}) AS t(a, b)"
    ).fetchall():
        assert near.slip(left, right) == (distance <= 1), (left, right)
        assert near.alike(left, right) == pytest.approx(alike, abs=1e-9), (left, right)
