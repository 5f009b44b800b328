"""The doors of the desk: who sees which, and behind which one stands."""

import pytest

from rondpoint.ui import navigation
from rondpoint.ui.navigation import Door


@pytest.fixture(autouse=True)
def doors(monkeypatch):
    monkeypatch.setattr(navigation, "_doors", {})
    monkeypatch.setattr(navigation, "_headings", {})
    navigation.register(Door("/b", lambda: "B", "plug", "administer", "settings", 10))
    navigation.register(Door("/b/deep", lambda: "Deep", "plug", "read", "settings", 20))
    navigation.register(Door("/a", lambda: "A", "inbox", position=20, also=("/conversations",)))
    navigation.register(Door("/c", lambda: "C", "people", position=10))


def anybody(permission):
    return permission == "read"


def test_doors_stand_in_order_and_only_those_that_open():
    assert [door.label for door in navigation.shown("main", anybody, "/")] == ["C", "A"]
    assert [door.label for door in navigation.shown("settings", anybody, "/")] == ["Deep"]


def test_a_door_registered_again_replaces_the_first():
    navigation.register(Door("/c", lambda: "C2", "people"))
    assert [door.label for door in navigation.shown("main", anybody, "/")] == ["A", "C2"]


@pytest.mark.parametrize(
    ("path", "here"), [("/a", "A"), ("/a/1", "A"), ("/conversations/7", "A"), ("/another", None), ("/c", "C")]
)
def test_one_door_says_where_one_is(path, here):
    marked = [door.label for door in navigation.shown("main", anybody, path) if door.here]
    assert marked == ([here] if here else [])


def test_the_longest_address_wins():
    marked = [door.label for door in navigation.shown("settings", lambda _: True, "/b/deep/er") if door.here]
    assert marked == ["Deep"]
    assert navigation.within("settings", "/b/deep/er")
    assert not navigation.within("settings", "/a")


def test_doors_stand_under_their_headings_in_the_order_of_these():
    navigation.head("late", lambda: "Late")
    navigation.head("empty", lambda: "Empty")
    navigation.head("early", lambda: "Early")
    navigation.register(Door("/e", lambda: "E", "key", "read", "shelf", 1, group="early"))
    navigation.register(Door("/l/2", lambda: "L2", "key", "read", "shelf", 2, group="late"))
    navigation.register(Door("/l/1", lambda: "L1", "key", "read", "shelf", 1, group="late"))
    navigation.register(Door("/x", lambda: "X", "key", "administer", "shelf", 1, group="empty"))
    drawn = [(group.label, [door.label for door in group.doors]) for group in navigation.grouped("shelf", anybody, "/")]
    assert drawn == [("Late", ["L1", "L2"]), ("Early", ["E"])]
