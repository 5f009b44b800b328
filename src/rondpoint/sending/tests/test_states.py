"""States only move forward, pauses grow, and the pace holds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rondpoint.sending.rules import pauses
from rondpoint.sending.rules.pace import Bucket
from rondpoint.sending.rules.states import FORWARD, forward, whole

NEWS = ["sent", "delivered", "read", "failed"]


@given(st.lists(st.sampled_from(NEWS)))
def test_whatever_the_order_the_furthest_news_wins(news):
    state = "queued"
    for new in news:
        state = new if forward(state, new) else state
    for wins in ("read", "delivered"):
        if wins in news:
            assert state == wins
            return
    assert state == ("failed" if "failed" in news else "sent" if news else "queued")


def test_nothing_goes_back():
    for old, new in itertools.permutations(FORWARD, 2):
        if forward(old, new) and forward(new, old):
            pytest.fail(f"{old} and {new} lead to each other")
    assert not forward("sent", "unknown")
    assert not forward("read", "failed")
    assert forward("failed", "delivered")
    assert forward("unknown", "sent")


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "sent"),
        (["delivered", "sent"], "sent"),
        (["read", "delivered"], "delivered"),
        (["read", "failed"], "failed"),
        (["delivered", "unknown"], "unknown"),
    ],
)
def test_a_message_is_as_far_as_its_slowest_part(states, expected):
    assert whole(states) == expected


def test_pauses_double_up_to_an_hour():
    assert [pauses.before_retry(n, None, 0) for n in (1, 2, 3, 10)] == [5, 10, 20, 2560]
    assert pauses.before_retry(30, None, 0) == pauses.LONGEST


@given(st.integers(1, 12), st.floats(0, 86400), st.floats(0, 1))
def test_never_before_the_provider_said(attempts, retry_after, jitter):
    assert pauses.before_retry(attempts, retry_after, jitter) >= retry_after


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -5.0])
def test_a_nonsensical_retry_after_harms_nothing(nonsense):
    assert 0 <= pauses.before_retry(1, nonsense, 0) <= pauses.FIRST


def test_a_connection_rests_after_five_failures_and_longer_each_time():
    assert [pauses.connection_break(n, 0) for n in (1, 4, 5, 6)] == [0, 0, 5, 10]
    assert pauses.connection_break(60, 0) == pauses.LONGEST_BREAK


def test_the_bucket_lets_the_rate_through_and_no_more():
    bucket = Bucket(5, 100.0)
    assert bucket.there(100.0) == 5
    bucket.take(5)
    assert bucket.there(100.1) == 0
    assert bucket.there(100.4) == 2
    assert bucket.there(1000.0) == 5
