"""Words as they are compared when somebody is looked for: without accents or case, whole, begun, or mistyped."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

LONGEST_QUERY = 500  # characters read of what was typed
MOST_WORDS = 6
LEAST_DIGITS = 4  # of a phone number, from its beginning or its end
SHORTEST_TYPO = 4  # letters; a shorter word with one slip is another word
# Letters that no decomposition of every engine opens.
LETTERS = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ﬁ": "fi", "ﬂ": "fl"}
_OPENED = str.maketrans(LETTERS)
_GAPS = {number: " " for number in range(128) if not chr(number).isalnum()}  # what parts words in ASCII
_NO_DIGITS = {number: None for number in range(128) if not chr(number).isdecimal()}
_MARKS = re.compile(r"([a-z])[\u0300-\u036f]+")
_PHONE_SIGNS = frozenset("+().-/ \u00a0\u202f")


class Wanted(Struct, frozen=True):
    """What was typed: ``words`` folded; ``digits``: what reads as a piece of a phone number, without its zeros."""

    words: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.digits)


def fold(text: str) -> str:
    """Text without accents on Latin letters, without ligatures and case: ``Éloïse`` becomes ``eloise``."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_OPENED)).casefold()
    return unicodedata.normalize("NFC", _MARKS.sub(r"\1", plain))


def words(text: str) -> list[str]:
    """The folded words of a text, in order: runs of letters and digits."""
    if text.isascii():
        return text.lower().translate(_GAPS).split()
    return _unfolded(text).split()


@lru_cache(4096)  # names with accents come again and again
def _unfolded(text: str) -> str:
    return "".join(sign if sign.isalnum() else " " for sign in fold(text))


def read(text: str) -> Wanted:
    """What somebody typed into the search box.

    Digits written with gaps, dots or a plus belong together: ``+33 1 99 00 12 34`` is one number. Four or more of them
    are looked for in phone numbers; fewer are a word like any other. A word with an @ inside it is the beginning of an
    e-mail address.
    """
    found: list[str] = []
    numbers: list[str] = []
    run: list[str] = []
    for word in [*text[:LONGEST_QUERY].split(), ""]:
        if word and all(sign.isdecimal() or sign in _PHONE_SIGNS for sign in word):
            run.append(word)
            continue
        digits = bare_number("".join(run))
        if len(digits) >= LEAST_DIGITS:
            numbers.append(digits)
        else:
            found += [piece for part in run for piece in words(part)]
        run = []
        found += [address_mark(word)] if word.find("@") > 0 else words(word)
    return Wanted(tuple(dict.fromkeys(found))[:MOST_WORDS], tuple(numbers[:2]))


def bare_number(text: str) -> str:
    """The digits of a phone number without the zeros in front, so that 0199…, 0033199… and +33199… begin alike."""
    if text.isascii():
        return text.translate(_NO_DIGITS).lstrip("0")
    return "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal()).lstrip("0")


def number_marks(digits: str, national: str) -> list[str]:
    """The words under which a phone number is kept: from its beginning with and without the country, and backwards."""
    return [f"zf{digits}", f"zf{national}", f"zr{digits[::-1]}"]


def address_mark(address: str) -> str:
    """The word under which an e-mail address is kept whole. Its domain alone would be shared by too many."""
    return joined_mark(words(address))


def joined_mark(parts: Iterable[str]) -> str:
    """:func:`address_mark` of an address whose words are known."""
    return "e0" + "".join(parts)


def deletions(word: str) -> set[str]:
    """A word, and the word with any one letter left out: two words one slip apart share one of these.

    The symmetric delete method: W. Garbe, SymSpell (2012).
    """
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def slips(left: str, right: str) -> int:
    """How many letters are wrong, missing, too many, or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if older and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nearest(word: str, known: Iterable[str], most: int = 6) -> list[str]:
    """Of known words those that ``word`` may be meant for: one slip away, in long words two; the nearest first."""
    allowed = 2 if len(word) >= 8 else 1
    near = sorted((slips(word, other), other) for other in set(known))
    return [other for distance, other in near if 0 < distance <= allowed][:most]


def is_name(word: str) -> bool:
    """Whether a word is one in which slips are looked for."""
    return SHORTEST_TYPO <= len(word) <= 40 and word.isalpha()
