"""Where a question's words stand in a text, as pieces that are marked or not. Pure; nothing is made into HTML here."""

import functools
import re

from rondpoint.conversations.search.question import Question
from rondpoint.customers.rules.words import fold

WIDTH = 170  # characters of an excerpt
BEFORE = 50  # characters shown before the first word found
READ = 20_000  # characters of a text that are looked through for an excerpt
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")

Piece = tuple[str, bool]
_fold = functools.lru_cache(20_000)(fold)


def excerpt(text: str, question: Question, width: int = WIDTH) -> list[Piece]:
    """A stretch of a text around the first of the words, on one line, as (piece, marked)."""
    text = " ".join(text[:READ].split())
    first = next(iter(_places(text, question)), None)
    start = 0
    if first is not None and first[0] > BEFORE and len(text) > width:
        start = text.rfind(" ", 0, first[0] - BEFORE) + 1
    end = len(text)
    if end - start > width:
        end = max(text.rfind(" ", start, start + width), start + width // 2)
    found = marked(text[start:end], question)
    return [*([("… ", False)] if start else []), *found, *([(" …", False)] if end < len(text) else [])]


def marked(text: str, question: Question) -> list[Piece]:
    """A whole text as (piece, marked)."""
    found: list[Piece] = []
    done = 0
    for start, end in _places(text, question):
        if start > done:
            found.append((text[done:start], False))
        found.append((text[start:end], True))
        done = end
    if done < len(text):
        found.append((text[done:], False))
    return found


def _places(text: str, question: Question) -> list[tuple[int, int]]:
    whole = {word for part in question.wanted for unit in part.units for word in unit.words}
    begun = tuple(unit.words[-1] for part in question.wanted for unit in part.units if unit.begun)
    if not whole:
        return []
    return [
        match.span()
        for match in _WORD.finditer(text)
        if (word := _fold(match.group())) in whole or (begun and word.startswith(begun))
    ]
