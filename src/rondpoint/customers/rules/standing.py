"""Whose word counts for a customer. Pure.

A device that was only counted together with an account (an attributed link) adds no trait and no address to it: anybody
can make it say anything. It speaks for a customer of whom nobody else knows anything.
"""

from collections.abc import Collection, Iterable, Mapping

from rondpoint.customers.rules import graph
from rondpoint.customers.types import LinkKind

Edge = tuple[int, int, str]  # left profile, right profile, kind of the open link


def speaking(profiles: Collection[int], trust: Mapping[int, int], links: Iterable[Edge]) -> set[int]:
    """The profiles whose traits and addresses count. ``trust``: by profile the best evidence for who it is, 0 for none.

    Profiles that real links join stand and fall together; where one of them is proven all of them speak. Those that
    only attributed links join to a proven one are silent.
    """
    edges = [(left, right) for left, right, kind in links if kind != LinkKind.ATTRIBUTED]
    heard: set[int] = set()
    left_over = set(profiles)
    while left_over:
        together = graph.component(min(left_over), edges) & left_over
        left_over -= together
        if any(trust.get(each, 0) for each in together):
            heard |= together
    return heard or set(profiles)
