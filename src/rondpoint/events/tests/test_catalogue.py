"""The catalogue says what is told, how often, and when it looks different than before."""

from hypothesis import given
from hypothesis import strategies as st

from rondpoint.events.rules import shape as rules
from rondpoint.lib import clock

NOW = 1_790_000_000_000_000
DAY = clock.DAY


def looked_at(*many) -> tuple[rules.Shape, list[rules.Drift]]:
    shape, drift = rules.Shape(), []
    for number, properties in enumerate(many):
        drift += rules.look(shape, properties, number)
        drift += rules.gone(shape, number)
    return shape, drift


def test_properties_are_named_by_their_path_with_their_kinds():
    shape, drift = looked_at(
        {"price": 19.9, "page": {"path": "/"}, "on": True, "at": "2026-11-23", "of": ["a"], "no": None}
    )
    assert {name: set(known.kinds) for name, known in shape.properties.items()} == {
        "price": {"number"}, "page.path": {"text"}, "on": {"yes/no"}, "at": {"time"}, "of": {"list"}, "no": {"empty"},
    }  # fmt: skip
    assert drift == []


def test_a_property_that_comes_late_is_new_and_an_early_one_is_not():
    _, drift = looked_at(*[{"price": 1}] * 60, {"price": 1, "colour": "blue"})
    assert [(each.what, each.name) for each in drift] == [("new", "colour")]
    _, drift = looked_at({"price": 1}, {"price": 1, "colour": "blue"})
    assert drift == []


def test_a_number_that_becomes_a_text_is_told_once():
    _, drift = looked_at({"price": 1}, {"price": "1,00"}, {"price": "2,00"}, {"price": None})
    assert [(each.what, each.name, each.detail) for each in drift] == [("kind", "price", "number → text")]


def test_a_property_that_all_had_and_none_has_any_more_is_gone_once():
    _, drift = looked_at(*[{"price": 1, "seldom": 1}] * 2, *[{"price": 1}] * 60, *[{}] * 120)
    assert [(each.what, each.name) for each in drift] == [("gone", "price")]


@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=3),
            st.none() | st.integers() | st.text() | st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
            max_size=4,
        ),
        max_size=30,
    )
)
def test_what_is_counted_is_what_came(many):
    shape, _ = looked_at(*many)
    assert shape.count == len(many)
    for name, known in shape.properties.items():
        seen = sum(any(path == name for path, _ in rules.flat(properties)) for properties in many)
        assert known.seen >= seen and sum(known.kinds.values()) == known.seen


def test_a_property_that_came_late_and_stayed_is_missed_once_it_is_gone():
    _, drift = looked_at(*[{}] * 60, *[{"colour": "blue"}] * 60, *[{}] * 60)
    assert [(each.what, each.name) for each in drift] == [("new", "colour"), ("gone", "colour")]


def after(shape: rules.Shape, *many) -> list[tuple[str, str, str]]:
    """What is told of more events, once the shape was accepted."""
    drift = []
    for number, properties in enumerate(many):
        drift += rules.look(shape, properties, number)
        drift += rules.gone(shape, number)
    return [(each.what, each.name, each.detail) for each in drift]


def test_what_was_accepted_is_expected_and_the_way_back_is_told():
    shape, _ = looked_at(*[{"price": 1, "gone": 1}] * 60, *[{"price": "1,00"}] * 60)
    accepted = rules.accept(shape)
    assert accepted.properties.keys() == {"price"} and accepted.properties["price"].kinds == {"text": 60}
    assert after(accepted, {"price": "2,00"}) == []
    assert after(accepted, {"price": 2, "gone": 2}) == [("kind", "price", "text → number"), ("new", "gone", "number")]


def test_what_came_lately_in_two_kinds_is_expected_in_both():
    shape, _ = looked_at(*[{"price": 1}] * 60, *[{"price": "1,00"}] * 5)
    assert after(rules.accept(shape), {"price": 2}, {"price": "2,00"}) == []


def test_a_property_that_was_seldom_and_one_of_before_are_not_forgotten():
    shape, _ = looked_at({"price": 1, "seldom": 1}, *[{"price": 1}] * 80)
    for known in shape.properties.values():  # as rows have it that were written before kinds were dated
        known.lately.clear()
    accepted = rules.accept(shape)
    assert {name: known.kinds for name, known in accepted.properties.items()} == {
        "price": {"number": 81}, "seldom": {"number": 1},
    }  # fmt: skip
