"""What to do next follows from the figures alone."""

import pytest
from django.utils import translation

from rondpoint.hub.silos import sentences
from rondpoint.hub.silos.rules.advising import MOST, advise, verdict
from rondpoint.hub.silos.types import Audit, Conflict, Feed, Silo
from rondpoint.lib import clock

NOW = 1_790_000_000_000_000


def silo(key, customers=100, alone=0, **more):
    said = {
        "alone_email": 0, "alone_phone": 0, "alone_alike": 0, "age": clock.DAY, "newest": NOW,
        "filled": {"consent": customers}, **more,
    }  # fmt: skip
    return Silo(key=key, customers=customers, alone=alone, **said)


def audit(silos=(), feeds=(), conflicts=(), customers=1000, shared=600, waiting=0, differing=0):
    return Audit(
        at=NOW, customers=customers, shared=shared, waiting=waiting, feeds=list(feeds), silos=list(silos), overlaps=[],
        conflicts=list(conflicts), seers=[], looks=[], differing=differing,
    )  # fmt: skip


def feed(key="import:crm", kind="sync", **more):
    return Feed(**{"key": key, "kind": kind, "name": "CRM", "place": "/syncs/1", "last": NOW, **more})


BOTH = (silo("shop"), silo("import:till"))


def codes(*given, **more):
    return [each.code for each in advise(audit(*given, **more))]


def test_a_house_where_all_is_well_is_left_alone():
    assert codes(BOTH, [feed()]) == []


def test_types_of_events_that_differ_come_after_what_is_broken():
    assert codes(BOTH, [feed(problem="it answers 503")], differing=2) == ["broken", "differing"]


@pytest.mark.parametrize(
    ("silos", "feeds", "code", "place"),
    [
        (BOTH, [feed(problem="it answers 503")], "broken", "/syncs/1"),
        (BOTH, [feed(last=None)], "mute", "/syncs/1"),
        (BOTH, [feed(kind="channel", last=NOW - 40 * clock.DAY, before=20)], "silent", "/syncs/1"),
        (BOTH, [feed("import:till", kind="files", last=NOW - 40 * clock.DAY, place="/imports")], "by_hand", "/syncs"),
        ((BOTH[0], silo("x", alone=60, alone_phone=40)), [], "alone_phone", "/matching"),
        ((BOTH[0], silo("x", alone=60, alone_email=40, alone_phone=10)), [], "alone_email", "/matching"),
        ((BOTH[0], silo("x", alone=60, alone_email=4)), [], "alone_nameless", "/sources"),
        ((BOTH[0], silo("x", alone=10, alone_alike=9)), [], "alike", "/review"),
        ((BOTH[0], silo("x", age=500 * clock.DAY)), [], "old", "/syncs"),
        ((BOTH[0], silo("x", filled={"consent": 10})), [], "unasked", "/purposes"),
    ],
)
def test_each_fault_has_its_sentence_and_its_place(silos, feeds, code, place):
    [found] = advise(audit(silos, feeds))
    assert (found.code, found.place) == (code, place)
    called = {"x": "The till", "shop": "Shop", "import:till": "Till", "import:crm": "CRM"}
    said = set()
    for language in ("en", "fr"):
        with translation.override(language):
            text = sentences.advice(found, called, NOW)
            assert "%(" not in text and sentences.action(code)
            assert any(name in text for name in called.values())
            said.add(text)
    assert len(said) == 2


def test_silence_that_was_never_otherwise_is_no_fault():
    assert codes(BOTH, [feed(before=20, lately=0)]) == [], "it was fetched, and was the same"
    assert codes(BOTH, [feed(kind="channel", last=NOW - 40 * clock.DAY, before=1)]) == []
    assert codes(BOTH, [feed(last=None, active=False), feed(kind="api", last=None)]) == []


def test_contradictions_count_once_they_are_many_but_not_those_of_addresses():
    conflicts = [
        Conflict("shop", "x", "city", 100, 30, []), Conflict("shop", "x", "name", 100, 4, []),
        Conflict("shop", "x", "phone", 100, 90, []), Conflict("shop", "x", "country", 1000, 40, []),
    ]  # fmt: skip
    [found] = advise(audit(BOTH, conflicts=conflicts))
    assert (found.about["trait"], found.about["share"]) == ("city", 0.3)


def test_what_is_broken_comes_first_and_one_sort_does_not_fill_the_list():
    silos = [silo(f"s{n}", alone=90, alone_phone=80, filled={"consent": 0}) for n in range(20)]
    found = codes(silos, [feed(problem="away")], waiting=3)
    assert found[0] == "broken" and len(found) <= MOST
    assert found.count("alone_phone") == 3 and found.count("unasked") == 1 and "waiting" in found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (audit(), "nothing"),
        (audit([silo("shop")], customers=0, shared=0), "nothing"),
        (audit([silo("shop")]), "one"),
        (audit(BOTH, [feed(problem="away")]), "broken"),
        (audit(BOTH, [feed(problem="away", active=False)]), "joined"),
        (audit(BOTH, shared=300), "partly"),
        (audit(BOTH, shared=3), "apart"),
    ],
)
def test_the_verdict(given, found):
    assert verdict(given) == found
    assert sentences.headline(given)


def test_names_differ_where_two_systems_are_called_alike():
    two = [feed(), feed("track:1", kind="site"), feed("email", kind="channel"), feed("staff", kind="staff")]
    called = sentences.names(audit([silo("import:crm"), silo("track:1"), silo("email"), silo("else")], two))
    assert called["import:crm"] == "CRM" and called["track:1"] == "CRM (track:1)" and called["else"] == "else"
    assert len(set(called.values())) == 5
