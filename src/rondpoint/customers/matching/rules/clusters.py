"""Which records are one person, out of pairs that are likely to be: no chain joins who does not go together. Pure."""

from collections.abc import Iterable, Mapping

Pair = tuple[int, int, float]  # two records or customers and the bits in favour
STRANGERS = -6.0
"""Bits for two records of which no pair was scored: they share no key, which one person's records mostly do."""
LARGEST = 30
"""Records in one person that are found by likeness alone."""


def join(pairs: Iterable[Pair], least: float, weights: Mapping[tuple[int, int], float]) -> list[Pair]:
    """The pairs that join records into people, the surest first: those of at least ``least`` bits that bring two groups
    together whose members go together on the whole.

    ``weights``: the bits of every pair (smaller number first) that was scored. Two groups go together when the mean
    over all pairs across is in favour (average linkage: R. Sokal and C. Michener, 1958): one strong pair between two
    families does not make them one person.
    """
    parent: dict[int, int] = {}
    members: dict[int, list[int]] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    joined: list[Pair] = []
    for left, right, bits in sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])):
        if bits < least:
            break
        a, b = root(left), root(right)
        if a == b:
            continue
        one, two = members.get(a, [a]), members.get(b, [b])
        if len(one) + len(two) > LARGEST:
            continue
        if len(one) > 1 or len(two) > 1:
            across = [weights.get((min(x, y), max(x, y)), STRANGERS) for x in one for y in two]
            if sum(across) / len(across) < least:
                continue
        parent[b] = a
        members[a] = one + two
        members.pop(b, None)
        joined.append((left, right, bits))
    return joined
