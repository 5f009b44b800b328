"""What a customer will still buy and be worth, by two published models. Pure; times in weeks.

How often: BG/NBD. P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science
24(2), 2005. How much: the Gamma-Gamma model of spend. P. S. Fader, B. G. S. Hardie, The Gamma-Gamma Model of Monetary
Value, 2013 (brucehardie.com/notes/025).
"""

import math

from msgspec import Struct

YEAR = 365 / 7
TERMS, PRECISION, HUGE = 100_000, 1e-12, 1e200
STEADY = 2.0  # below it the one series is short, above it the other
LARGEST = 700.0  # exponent of a float


class Model(Struct, frozen=True):
    """The parameters as they were fitted: ``r``, ``alpha``, ``a``, ``b`` of purchases, ``p``, ``q``, ``v`` of spend."""

    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    v: float


def purchases(model: Model, x: int, t_x: float, t: float, horizon: float = YEAR) -> float:
    """How often she is expected to buy in the next ``horizon`` weeks.

    ``x``: repeat purchases; ``t_x``: weeks from the first to the last; ``t``: weeks since the first.
    """
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    z, c = horizon / (alpha + t + horizon), a + b + x - 1
    if a < STEADY:
        # Euler's transformation: a short series whose terms do not grow with x.
        # 2F1(r+x, b+x; c; z) = (1-z)^(a-1-r-x) 2F1(a+b-1-r, a-1; c; z)
        power, (sum_, scale) = a - 1, _hypergeometric(a + b - 1 - r, a - 1, c, z)
    else:
        power, (sum_, scale) = r + x, _hypergeometric(r + x, b + x, c, z)
    inner = sum_ * math.exp(power * math.log(1 - z) + scale)
    return max(0.0, c / (a - 1) * (1 - inner) * alive(model, x, t_x, t))


def alive(model: Model, x: int, t_x: float, t: float) -> float:
    """How likely she still buys at all."""
    if x == 0:
        return 1.0
    grown = (model.r + x) * math.log((model.alpha + t) / (model.alpha + t_x))
    return 1 / (1 + model.a / (model.b + x - 1) * math.exp(min(grown, LARGEST)))


def spend(model: Model, days: int, mean: float) -> float:
    """What she is expected to spend on a day on which she buys. ``days``: on which she spent;
    ``mean``: what she spent on one of them."""
    return model.p * (model.v + days * mean) / (model.p * days + model.q - 1)


def _hypergeometric(one: float, two: float, three: float, z: float) -> tuple[float, float]:
    """Gauss's series, which may be too large for a float: a number, and the logarithm of what to multiply it by."""
    total, term, scale = 1.0, 1.0, 0.0
    for number in range(TERMS):
        term *= (one + number) * (two + number) / ((three + number) * (number + 1)) * z
        total += term
        if abs(term) < PRECISION * abs(total):
            break
        if abs(total) > HUGE:
            total, term, scale = total / HUGE, term / HUGE, scale + math.log(HUGE)
    return total, scale
