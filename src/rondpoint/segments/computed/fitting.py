"""What formulas need of everybody: the borders of the fifths, and the two models of ``rules.lifetime`` fitted by
maximum likelihood to the installation's own purchases. Imports numpy: for children and tests only.

The likelihoods are those of the papers (Fader, Hardie, Lee 2005; Fader, Hardie 2013), maximised by the simplex search
of Nelder and Mead, A Simplex Method for Function Minimization, The Computer Journal 7(4), 1965.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from rondpoint.accounts.models import Brand
from rondpoint.segments.computed.rules import scores
from rondpoint.segments.computed.rules.figures import SCALE
from rondpoint.segments.computed.types import Formula, Kind, Row
from rondpoint.segments.types import DAY

Numbers = npt.NDArray[np.float64]
FEWEST, FEWEST_BACK = 30, 10  # customers who bought, and who came back, below which nothing can be said
MOST = 50_000  # customers to whom the models are fitted, drawn evenly
FARTHEST = 7.0  # logarithm of a parameter: beyond a thousand all customers are alike to the model
DEVIATION = 3.0
"""Few purchases leave parameters open, and the likelihood alone would run away with them. So each is held near the
order of one by a wide log-normal prior of this deviation, which is nothing beside thousands of customers."""


def measure(formula: Formula, rows: Iterable[Row], now: int) -> dict[str, Any]:
    """What the values of this formula are measured by. ``rows``: of everybody, as the statement says them."""
    match formula.kind:
        case Kind.RFM:
            return _fifths(rows)
        case Kind.LIFETIME_VALUE:
            return _models(list(rows), now)
        case Kind.BEST_HOUR:
            brand = Brand.objects.order_by("id").first()
            return {"timezone": formula.timezone or (brand.timezone if brand else "UTC")}
        case _:
            return {}


def _fifths(rows: Iterable[Row]) -> dict[str, Any]:
    told = [tuple(int(value or 0) for value in row) for row in rows]
    if not told:
        return {}
    count, total, last = zip(*told, strict=True)
    named = {"recency": last, "frequency": count, "monetary": total}
    return {"customers": len(told), **{name: scores.borders(values) for name, values in named.items()}}


def _models(rows: list[Row], now: int) -> dict[str, Any]:
    told = np.array([[float(value or 0) for value in row] for row in rows]).reshape(len(rows), 6)
    back = int((told[:, 0] > 1).sum())
    seen = {"customers": len(rows), "came_back": back}
    if len(rows) < FEWEST or back < FEWEST_BACK:
        return seen
    drawn = told[:: -(-len(told) // MOST)]
    days, first, first_day, last_day, paid, total = drawn.T
    between = (last_day - first_day) // DAY
    age = np.maximum(np.maximum(0, now - first) // DAY, between)
    bought = purchases(days - 1, between / 7, age / 7)
    spent = paid > 0
    if spent.sum() < FEWEST:
        return seen
    return {**seen, **bought, **spend(paid[spent], total[spent] / paid[spent] / SCALE)}


def purchases(x: Numbers, t_x: Numbers, t: Numbers) -> dict[str, float]:
    """``r``, ``alpha``, ``a``, ``b`` of BG/NBD. ``x``: repeat purchases, ``t_x``: weeks from the first to the last,
    ``t``: weeks since the first, of each customer."""
    scale = 10 / max(float(t.max()), 1e-9)  # the search begins where all parameters are of the order of one
    last, now, again = t_x * scale, t * scale, x > 0
    times, where = np.unique(x, return_inverse=True)

    def loss(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(logs)
        steps = np.array([math.lgamma(r + n) + math.lgamma(b + n) - math.lgamma(a + b + n) for n in times])
        constant = r * math.log(alpha) - math.lgamma(r) + math.lgamma(a + b) - math.lgamma(b)
        stays = -(r + x) * np.log(alpha + now)
        with np.errstate(divide="ignore"):
            left = math.log(a) - np.log(np.where(again, b + x - 1, 1)) - (r + x) * np.log(alpha + last)
        either = np.logaddexp(stays, np.where(again, left, -np.inf))
        return _held(logs, len(x)) - float((constant + steps[where] + either).mean())

    r, alpha, a, b = np.exp(least(loss, np.zeros(4)))
    # The formula of expectation divides by a - 1 and its series by a + b - 1.
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6
    b = b if abs(a + b - 1) > 1e-6 else b + 1e-5
    return {"r": float(r), "alpha": float(alpha / scale), "a": float(a), "b": float(b)}


def spend(days: Numbers, mean: Numbers) -> dict[str, float]:
    """``p``, ``q``, ``v`` of Gamma-Gamma. ``days``: on which she spent, ``mean``: what on one of them. ``q`` stays
    above one, so that there is an expectation."""
    scale = float(mean.mean())
    each = mean / scale
    times, where = np.unique(days, return_inverse=True)

    def loss(logs: Numbers) -> float:
        p, more, v = np.exp(logs)
        q = 1 + more
        steps = np.array([math.lgamma(p * n + q) - math.lgamma(p * n) + p * n * math.log(n) for n in times])
        constant = q * math.log(v) - math.lgamma(q)
        shape = p * days
        told = constant + steps[where] + (shape - 1) * np.log(each) - (shape + q) * np.log(days * each + v)
        return _held(logs, len(days)) - float(told.mean())

    p, more, v = np.exp(least(loss, np.zeros(3)))
    return {"p": float(p), "q": float(1 + more), "v": float(v * scale)}


def _held(logs: Numbers, customers: int) -> float:
    return float((logs**2).sum()) / (2 * DEVIATION**2 * customers)


def least(loss: Callable[[Numbers], float], start: Numbers, steps: int = 2000) -> Numbers:
    """Where ``loss`` is least, near ``start``: begun once more from what was found, as a simplex may stop early."""
    return _simplex(loss, _simplex(loss, start, steps), steps)


def _simplex(loss: Callable[[Numbers], float], start: Numbers, steps: int) -> Numbers:
    def at(place: Numbers) -> float:
        if np.abs(place).max() > FARTHEST:
            return math.inf
        value = loss(place)
        return value if math.isfinite(value) else math.inf

    places = [start, *(start + 0.5 * step for step in np.eye(len(start)))]
    corners = sorted(((at(place), place) for place in places), key=lambda each: each[0])
    for _ in range(steps):
        best, worst = corners[0], corners[-1]
        if worst[0] - best[0] < 1e-10 and max(np.abs(place - best[1]).max() for _, place in corners) < 1e-6:
            break
        middle = np.mean([place for _, place in corners[:-1]], axis=0)

        def tried(factor: float, middle: Numbers = middle, far: Numbers = worst[1]) -> tuple[float, Numbers]:
            place = middle + factor * (far - middle)
            return at(place), place

        turned = tried(-1.0)
        if turned[0] < best[0]:
            new = min(turned, tried(-2.0), key=lambda each: each[0])
        elif turned[0] < corners[-2][0]:
            new = turned
        else:
            new = tried(-0.5) if turned[0] < worst[0] else tried(0.5)
            if new[0] >= min(turned[0], worst[0]):
                shrunk = [best[1] + 0.5 * (place - best[1]) for _, place in corners[1:]]
                corners = sorted([best, *((at(place), place) for place in shrunk)], key=lambda each: each[0])
                continue
        corners = sorted([*corners[:-1], new], key=lambda each: each[0])
    return corners[0][1]
