"""Rules of writing, without a database: mentions, variables, signatures, times to come back."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rondpoint.conversations.rules import later, variables
from rondpoint.conversations.rules.mentions import mentioned
from rondpoint.conversations.rules.signature import sign, unsign

PARIS = ZoneInfo("Europe/Paris")
NAMES = {1: "Inès", 2: "Inès Martin", 3: "Samir", 4: "Jean-Baptiste Roy"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Samir regarde", [3]),
        ("@samir, @inès martin ?", [2, 3]),
        ("@Inès peux-tu", [1]),
        ("écrire à samir@samir.example.com", []),
        ("@Samira n'est pas Samir", []),
        ("(@Jean-Baptiste Roy)", [4]),
        ("@ Samir", []),
        ("personne", []),
    ],
)
def test_who_is_named(text, expected):
    assert mentioned(text, NAMES) == expected


def test_values_are_never_read_for_variables():
    said = variables.fill("{{ customer.name }}!", {"customer.name": "{{ agent.name }}", "agent.name": "Inès"})
    assert said.text == "{{ agent.name }}!"
    assert said.unknown == said.missing == ()


def test_what_cannot_be_filled_is_named_once():
    said = variables.fill("{{a}} {{ a }} {{ customer.name }} {{ customer.name}}", {})
    assert (said.unknown, said.missing) == (("a",), ("customer.name",))


@pytest.mark.parametrize(
    ("name", "first"),
    [("Awa Diallo", "Awa"), ("Mme Awa Diallo", "Awa"), ("Mr. John Smith", "John"), ("awa@example.org", ""), ("", "")],
)
def test_first_names(name, first):
    assert variables.first_name(name) == first


def test_a_signature_comes_off_as_it_went_on():
    signed = sign("Bonjour", "Inès\nMaison Hirondelle ")
    assert signed == "Bonjour\n\n-- \nInès\nMaison Hirondelle"
    assert unsign(signed, "Inès\nMaison Hirondelle") == "Bonjour"
    assert sign("Bonjour", " ") == "Bonjour"
    assert unsign("Bonjour", "") == "Bonjour"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (
            (2026, 11, 18, 10, 30),
            {"later_today": "18 13:00", "tomorrow": "19 09:00", "monday": "23 09:00", "week": "25 09:00"},
        ),
        ((2026, 11, 18, 17, 30), {"tomorrow": "19 09:00", "monday": "23 09:00", "week": "25 09:00"}),
        ((2026, 11, 22, 9, 0), {"later_today": "22 12:00", "tomorrow": "23 09:00", "week": "29 09:00"}),
        ((2026, 11, 23, 23, 50), {"tomorrow": "24 09:00", "monday": "30 09:00"}),
    ],
)
def test_times_to_come_back(now, expected):
    found = later.choices(datetime(*now, tzinfo=PARIS))
    assert {choice.name: choice.at.strftime("%d %H:%M") for choice in found} == expected


def test_nine_in_the_morning_is_nine_also_when_the_clocks_change():
    [tomorrow] = [c for c in later.choices(datetime(2026, 3, 28, 20, tzinfo=PARIS)) if c.name == "tomorrow"]
    assert (tomorrow.at.hour, tomorrow.at.utcoffset().total_seconds()) == (9, 7200)
