"""The two models: against the numbers of the papers, against numbers they made themselves, and at their edges."""

import math

import numpy as np
import pytest

from rondpoint.segments.computed import fitting
from rondpoint.segments.computed.rules import lifetime
from rondpoint.segments.computed.rules.lifetime import Model

# As published for the customers of CDNOW: purchases in weeks (Fader, Hardie, Lee 2005), spend (Fader, Hardie 2013).
CDNOW = Model(r=0.243, alpha=4.414, a=0.793, b=2.426, p=6.25, q=3.74, v=15.44)
DAY = 86_400_000_000
NOW = 20_000 * DAY


def test_the_worked_example_of_themade():
    """One customer with 2 repeat purchases, the last in week 30.43 of 38.86: 1.226 are expected in 39 weeks."""
    assert lifetime.purchases(CDNOW, 2, 30.43, 38.86, 39) == pytest.approx(1.226, abs=0.002)


@pytest.mark.parametrize(("days", "mean", "expected"), [(2, 22.35, 24.65), (1, 11.77, 18.91), (0, 0.0, 35.17)])
def test_the_worked_examples_of_spend(days, mean, expected):
    assert lifetime.spend(CDNOW, days, mean) == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize(
    "model",
    [
        Model(r=0.8, alpha=6.0, a=0.9, b=2.5, p=6.0, q=4.0, v=15.0),
        Model(r=1.5, alpha=10.0, a=1.4, b=6.0, p=2.0, q=3.0, v=5000.0),
    ],
)
def test_what_the_model_made_is_found_again(model):
    x, t_x, t, days, mean = made(model, 12_000, 7)
    found = Model(**fitting.purchases(x, t_x, t), **fitting.spend(days, mean))
    assert found.r == pytest.approx(model.r, rel=0.12)
    assert found.alpha == pytest.approx(model.alpha, rel=0.12)
    assert found.a / (found.a + found.b) == pytest.approx(model.a / (model.a + model.b), rel=0.12)
    assert found.q == pytest.approx(model.q, rel=0.12)
    assert lifetime.spend(found, 0, 0.0) == pytest.approx(lifetime.spend(model, 0, 0.0), rel=0.05)
    for seen in ((0, 0.0, 40.0), (3, 20.0, 30.0), (8, 40.0, 70.0)):
        expected = lifetime.purchases(model, *seen)
        assert lifetime.purchases(found, *seen) == pytest.approx(expected, rel=0.12, abs=0.05), seen


def made(model, customers, seed):
    """A year and a half of purchases as the models say they come about: x, t_x, t in weeks; days, and the mean of what
    was spent on one."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(model.r, 1 / model.alpha, customers)
    leaving = chance.beta(model.a, model.b, customers)
    size = chance.gamma(model.q, 1 / model.v, customers)
    age = chance.uniform(20, 78, customers)
    at, times, there = np.zeros(customers), np.zeros(customers), np.ones(customers, bool)
    while there.any():
        wait = chance.exponential(1 / np.maximum(rate, 1e-12))
        there &= at + wait <= age
        at, times = np.where(there, at + wait, at), times + there
        there &= chance.random(customers) > leaving
    days = times + 1
    return times, at, age, days, chance.gamma(model.p * days, 1 / size) / days


def test_what_is_expected_is_what_comes():
    """Of many customers made by the model, those alike buy on average what is said of them."""
    model = Model(r=0.8, alpha=6.0, a=0.9, b=2.5, p=6.0, q=4.0, v=15.0)
    chance, horizon = np.random.default_rng(3), 40.0
    customers, age = 400_000, 30.0
    rate = chance.gamma(model.r, 1 / model.alpha, customers)
    leaving = chance.beta(model.a, model.b, customers)
    at, there = np.zeros(customers), np.ones(customers, bool)
    seen, last, later = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    while there.any():
        at = at + np.where(there, chance.exponential(1 / np.maximum(rate, 1e-12)), 0)
        there &= at <= age + horizon
        early = there & (at <= age)
        seen, last, later = seen + early, np.where(early, at, last), later + (there & (at > age))
        there &= chance.random(customers) > leaving
    for times, begin, end in ((0, 0, 1), (1, 10, 14), (3, 24, 28)):
        alike = (seen == times) & (last >= begin) & (last < end)
        middle = float(last[alike].mean())
        said = lifetime.purchases(model, times, middle, age, horizon)
        assert said == pytest.approx(float(later[alike].mean()), rel=0.08), (times, begin)


@pytest.mark.parametrize("x", [0, 1, 10, 300, 20_000])
@pytest.mark.parametrize("a", [0.05, 0.9999, 1.7, 2.3, 1000.0])
def test_no_customer_is_too_odd(x, a):
    model = Model(r=0.3, alpha=0.01, a=a, b=0.4, p=1000.0, q=1.001, v=0.001)
    for t_x, t in ((0.0, 0.0), (1.0, 1.0), (1.0, 500.0)):
        expected = lifetime.purchases(model, x, t_x, t)
        assert math.isfinite(expected) and expected >= 0
        assert 0 <= lifetime.alive(model, x, t_x, t) <= 1
    assert math.isfinite(lifetime.spend(model, x + 1, 1e9))


def test_too_few_customers_say_nothing():
    row = (2, NOW - 50 * DAY, NOW - 50 * DAY, NOW - 10 * DAY, 2, 500_000)
    assert fitting._models([row] * 29, NOW) == {"customers": 29, "came_back": 29}
    assert "r" not in fitting._models([(1, *row[1:])] * 200, NOW)
    assert "r" not in fitting._models([(*row[:4], 0, None)] * 200, NOW), "nobody paid"
    assert fitting._models([], NOW) == {"customers": 0, "came_back": 0}
    assert "r" in fitting._models([row] * 200, NOW), "all alike"
