"""Likely pairs become people; nobody is joined by a chain."""

from rondpoint.customers.matching.rules import clusters, expecting


def test_pairs_join():
    assert clusters.join([(1, 2, 9.0), (3, 4, 5.0), (5, 6, 1.0)], 2.0, {}) == [(1, 2, 9.0), (3, 4, 5.0)]


def test_three_records_need_two_pairs():
    weights = {(1, 2): 9.0, (2, 3): 8.0, (1, 3): 7.0}
    joined = clusters.join([(a, b, bits) for (a, b), bits in weights.items()], 2.0, weights)
    assert joined == [(1, 2, 9.0), (2, 3, 8.0)]


def test_one_strong_pair_between_two_families_joins_nobody_else():
    weights = {(1, 2): 20.0, (3, 4): 20.0, (2, 3): 6.0, (1, 3): -8.0, (1, 4): -8.0, (2, 4): -8.0}
    joined = clusters.join([(a, b, bits) for (a, b), bits in weights.items()], 2.0, weights)
    assert joined == [(1, 2, 20.0), (3, 4, 20.0)]


def test_who_shares_no_key_speaks_against():
    weights = {(1, 2): 20.0, (2, 3): 3.0}  # of 1 and 3 no pair was looked at
    assert clusters.join([(1, 2, 20.0), (2, 3, 3.0)], 2.0, weights) == [(1, 2, 20.0)]


def test_nobody_grows_without_end():
    pairs = [(a, b, 30.0) for a in range(60) for b in range(a + 1, 60)]
    joined = clusters.join(pairs, 2.0, {(a, b): bits for a, b, bits in pairs})
    assert len(joined) < 59
    sizes: dict[int, int] = {}
    for a, _b, _ in joined:
        sizes[a] = sizes.get(a, 0) + 1
    assert max(sizes.values()) < clusters.LARGEST


def test_what_to_expect_of_a_threshold():
    spread = expecting.spread([(100, 90), (20, 10), (-100, 1000)])
    found = {each.threshold: each for each in expecting.expected(spread, [(0.95, True), (0.85, True), (0.85, False)])}
    assert [found[each].pairs for each in (0.5, 0.8, 0.9, 0.99)] == [100, 100, 90, 90]
    assert 0.97 < found[0.5].precision < found[0.9].precision <= 1
    assert found[0.9].recall < found[0.5].recall < 1
    assert [(found[each].yes, found[each].no) for each in (0.5, 0.9)] == [(2, 1), (1, 0)]
    assert found[0.999].answered is None and found[0.9].answered == 1


def test_nothing_is_expected_before_the_first_comparison():
    first = expecting.expected({}, [])[0]
    assert (first.precision, first.recall, first.pairs) == (None, None, 0)
