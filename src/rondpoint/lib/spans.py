"""Reading what belongs to many numbers, a portion at a time."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q

CLOSE = 4  # of the numbers between the first and the last so many to one that is asked for, at most


def near(numbers: Sequence[int]) -> Sequence[int]:
    """Numbers, which ascend, as they are best asked for: where they stand close together the whole span, which costs
    the engine less than a search for each. Whoever asks leaves out what belongs to others."""
    if numbers and numbers[-1] - numbers[0] < CLOSE * len(numbers):
        return range(numbers[0], numbers[-1] + 1)
    return numbers


def within(column: str, numbers: Sequence[int]) -> Q:
    """Rows whose column has one of these numbers, as :func:`near` asks for them."""
    asked = near(numbers)
    return Q(**({f"{column}__range": (asked[0], asked[-1])} if isinstance(asked, range) else {f"{column}__in": asked}))


def portions(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """The numbers in lists of at most ``size``, in their order."""
    portion: list[int] = []
    for number in numbers:
        portion.append(number)
        if len(portion) == size:
            yield portion
            portion = []
    if portion:
        yield portion
