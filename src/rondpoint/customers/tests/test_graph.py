"""Where a customer comes apart."""

from hypothesis import given
from hypothesis import strategies as st

from rondpoint.customers.rules import graph


def test_a_single_link_separates_its_two_ends():
    assert graph.cut([1, 2], [(10, 1, 2)], 10) == ({1}, {2}, {10})


def test_profiles_stay_with_the_side_their_oldest_link_names():
    links = [(1, 1, 2), (2, 3, 4), (3, 2, 3), (4, 1, 4)]
    left, right, closing = graph.cut([1, 2, 3, 4], links, 3)
    assert (left, right, closing) == ({1, 2}, {3, 4}, {3, 4})


@given(st.data())
def test_a_cut_parts_the_profiles_and_closes_exactly_what_crosses_it(data):
    size = data.draw(st.integers(2, 12))
    links = [(number, number - 1, number) for number in range(1, size)]  # a chain keeps it connected
    for number in range(size, size + data.draw(st.integers(0, 8))):
        ends = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
        links.append((number, ends[0], ends[1]))
    links = data.draw(st.permutations(links))
    undone = data.draw(st.sampled_from([id_ for id_, _, _ in links]))
    left, right, closing = graph.cut(range(size), links, undone)
    assert left | right == set(range(size))
    assert not left & right
    crossing = {id_ for id_, a, b in links if (a in left) != (b in left)}
    assert crossing == closing
    kept = [(a, b) for id_, a, b in links if id_ not in closing]
    assert graph.component(min(left), kept) == left
    assert graph.component(min(right), kept) == right
