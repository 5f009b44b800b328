"""How a text is cut into SMS segments, and the GSM 7-bit default alphabet (3GPP TS 23.038, TS 23.040).

A segment holds 160 septets (153 when there are several, for the 6 bytes of header) or, as soon as one
character is outside the alphabet, 70 (67) UTF-16 code units.
"""

import unicodedata
from collections.abc import Iterator

from msgspec import Struct

ESCAPE = 0x1B
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
_CODES = {char: bytes([code]) for code, char in enumerate(DEFAULT) if code != ESCAPE}
_CODES |= {char: bytes([ESCAPE, code]) for code, char in EXTENSION.items()}

LIMITS = {"gsm7": (160, 153), "ucs2": (70, 67)}
_JOINER = "\u200d"


class Segments(Struct, frozen=True):
    """``units``: septets or UTF-16 code units in all; ``left``: how many still fit into the last segment."""

    encoding: str
    units: int
    segments: int
    left: int


def encoding_of(text: str) -> str:
    """``gsm7`` when every character is in the alphabet or its extension, else ``ucs2``."""
    return "gsm7" if all(char in _CODES for char in text) else "ucs2"


def count(text: str) -> Segments:
    """How many segments a text takes. An empty text takes none."""
    encoding = encoding_of(text)
    single, several = LIMITS[encoding]
    parts = split(text)
    units = _units(text, encoding)
    if not parts:
        return Segments(encoding, 0, 0, single)
    limit = single if len(parts) == 1 else several
    return Segments(encoding, units, len(parts), limit - _units(parts[-1], encoding))


def split(text: str) -> list[str]:
    """The text in segments; joined they are the text again.

    Never cuts an escape or surrogate pair, and no grapheme cluster that fits into one segment.
    """
    encoding = encoding_of(text)
    single, several = LIMITS[encoding]
    if not text:
        return []
    if _units(text, encoding) <= single:
        return [text]
    parts: list[str] = []
    current: list[str] = []
    used = 0
    for piece, units in _pieces(text, encoding, several):
        if used + units > several:
            parts.append("".join(current))
            current, used = [], 0
        current.append(piece)
        used += units
    parts.append("".join(current))
    return parts


def encode_gsm7(text: str) -> bytes:
    """One septet a byte, unpacked, as SMPP wants it. Raises ValueError outside the alphabet."""
    try:
        return b"".join(_CODES[char] for char in text)
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not in the GSM 7-bit alphabet") from error


def decode_gsm7(data: bytes) -> str:
    """The text of unpacked septets.

    An escape before an unknown code shows the plain character (TS 23.038, 6.2.1.1); a byte that is no septet
    becomes U+FFFD.
    """
    text, escaped = [], False
    for code in data:
        if code == ESCAPE and not escaped:
            escaped = True
            continue
        if code > 0x7F:
            text.append("\ufffd")
        elif escaped and code in EXTENSION:
            text.append(EXTENSION[code])
        elif code == ESCAPE:
            text.append(" ")
        else:
            text.append(DEFAULT[code])
        escaped = False
    return "".join(text)


def _units(text: str, encoding: str) -> int:
    if encoding == "gsm7":
        return sum(len(_CODES[char]) for char in text)
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def _pieces(text: str, encoding: str, limit: int) -> Iterator[tuple[str, int]]:
    """What is not cut, with its units: clusters, or single characters of a cluster longer than a segment."""
    for cluster in clusters(text):
        units = _units(cluster, encoding)
        if units <= limit:
            yield cluster, units
            continue
        for char in cluster:
            yield char, _units(char, encoding)


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character: UAX #29 as far as messages need it.

    Combining marks, variation selectors, skin tones, tags, joined emoji, flags, Hangul syllables and CR LF.
    """
    current = ""
    flags = 0
    for char in text:
        flag = 0x1F1E6 <= ord(char) <= 0x1F1FF
        if current and _continues(current[-1], char, flag and flags % 2 == 1):
            current += char
        else:
            if current:
                yield current
            current = char
            flags = 0
        flags = flags + 1 if flag else 0
    if current:
        yield current


def _continues(before: str, char: str, second_flag: bool) -> bool:
    code = ord(char)
    if second_flag or before == _JOINER or (before == "\r" and char == "\n"):
        return True
    if char == _JOINER or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return before not in "\r\n"
    if 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return before not in "\r\n"
    leading = 0x1100 <= ord(before) <= 0x11FF or 0xAC00 <= ord(before) <= 0xD7A3
    return leading and 0x1160 <= code <= 0x11FF
