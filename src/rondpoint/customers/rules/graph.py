"""Connected sets of profiles, without a database. An edge is (left profile, right profile)."""

from collections.abc import Iterable

Edge = tuple[int, int]


def component(start: int, edges: Iterable[Edge]) -> set[int]:
    """All profiles that open links join to ``start``, itself among them."""
    neighbours: dict[int, list[int]] = {}
    for left, right in edges:
        neighbours.setdefault(left, []).append(right)
        neighbours.setdefault(right, []).append(left)
    seen, todo = {start}, [start]
    while todo:
        for other in neighbours.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def cut(profiles: Iterable[int], links: list[tuple[int, int, int]], undone: int) -> tuple[set[int], set[int], set[int]]:
    """Where a customer comes apart when the link ``undone`` is closed.

    ``links``: (id, left, right) of all open links among ``profiles``, oldest first. The others are opened again in
    that order, but none that would bring the two ends of the undone link together: the oldest link wins. Returns the
    side of its left end, the side of its right end, and the ids of the links to close (the undone one among them).
    """
    parent = {profile: profile for profile in profiles}

    def root(profile: int) -> int:
        while parent[profile] != profile:
            parent[profile] = parent[parent[profile]]
            profile = parent[profile]
        return profile

    ends = next((left, right) for id_, left, right in links if id_ == undone)
    closing = {undone}
    for id_, left, right in links:
        if id_ == undone:
            continue
        a, b = root(left), root(right)
        if a == b:
            continue
        if {a, b} == {root(ends[0]), root(ends[1])}:
            closing.add(id_)
        else:
            parent[max(a, b)] = min(a, b)
    sides: tuple[set[int], set[int]] = (set(), set())
    for profile in parent:
        if root(profile) == root(ends[0]):
            sides[0].add(profile)
        elif root(profile) == root(ends[1]):
            sides[1].add(profile)
    return sides[0], sides[1], closing
