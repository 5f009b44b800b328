"""A brand's colour made readable: darkened on white, lightened on the dark page, and what may be written upon it."""

import re

from msgspec import Struct

LEAST = 4.6  # contrast of text (WCAG 2.2, 1.4.3, with a little to spare)
LIGHT_PAGE = (251, 250, 247)
DARK_PAGE = (24, 26, 31)
FALLBACK = "0b5cab"

Rgb = tuple[int, int, int]


class Painted(Struct, frozen=True):
    """Colours as ``#rrggbb``: of the brand, and of the text upon it, by day and by night."""

    light: str
    on_light: str
    dark: str
    on_dark: str


def painted(colour: str) -> Painted:
    """The colours of a page for a brand's ``#rrggbb``; what is no colour counts as our blue."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{6})", colour.strip())
    brand = _read(found[1] if found else FALLBACK)
    light, dark = _towards(brand, (0, 0, 0), LIGHT_PAGE), _towards(brand, (255, 255, 255), DARK_PAGE)
    return Painted(_write(light), _on(light), _write(dark), _on(dark))


def contrast(left: Rgb, right: Rgb) -> float:
    """The ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lower, higher = sorted((_luminance(left), _luminance(right)))
    return (higher + 0.05) / (lower + 0.05)


def _towards(colour: Rgb, end: Rgb, ground: Rgb) -> Rgb:
    """The colour moved in small steps to ``end`` until it can be read on ``ground``."""
    for step in range(41):
        mixed = tuple(round(part + (goal - part) * step / 40) for part, goal in zip(colour, end, strict=True))
        if contrast(mixed, ground) >= LEAST:
            return mixed
    return end


def _on(colour: Rgb) -> str:
    white, black = contrast(colour, (255, 255, 255)), contrast(colour, (0, 0, 0))
    return "#ffffff" if white >= black else "#000000"


def _luminance(colour: Rgb) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read(digits: str) -> Rgb:
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _write(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
