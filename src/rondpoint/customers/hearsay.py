"""Who wants to know when what is said of a person changes: higher rooms that keep something made from it."""

from collections.abc import Callable, Sequence

_followers: list[Callable[[Sequence[int]], None]] = []


def on_words(follower: Callable[[Sequence[int]], None]) -> None:
    """``follower(profile ids)`` is told, in the same transaction, whose traits or addresses changed."""
    if follower not in _followers:
        _followers.append(follower)


def words_changed(profile_ids: Sequence[int]) -> None:
    """Tells the followers, inside the ``write()`` that changed what these profiles say."""
    for follower in _followers:
        follower(profile_ids)
