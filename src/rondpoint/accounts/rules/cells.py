"""Cells of a CSV that a spreadsheet opens."""

import unicodedata

FORMULA = ("=", "+", "-", "@")
BREAKS = ("\t", "\r", "\n")


def harmless(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run as a formula (OWASP, CSV injection): also where
    the sign is written in its full width, or stands behind what nobody sees."""
    seen = "".join(letter for letter in text[:40] if unicodedata.category(letter) not in ("Zs", "Cf", "Cc"))
    begins = unicodedata.normalize("NFKC", seen[:1]).startswith(FORMULA)
    return f"'{text}" if begins or text.startswith(BREAKS) else text
