"""The doors of the desk: who sees which, and behind which one stands."""

import pytest

from rondpoint.ui import navigation
from rondpoint.ui.navigation import Door


@pytest.fixture(autouse=True)
def doors(monkeypatch):
    monkeypatch.setattr(navigation, "_doors", {})
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
