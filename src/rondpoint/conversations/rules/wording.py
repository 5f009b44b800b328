"""Short forms of texts, without a database."""

import re

_SPACE = re.compile(r"\s+")
_REPLY = re.compile(r"^(?:(?:re|ré|rép|aw|sv|tr|fwd?|wg|rif|ant|enc|odp)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def preview(text: str, limit: int = 160) -> str:
    """The first words of a message on one line."""
    line = _SPACE.sub(" ", text[: 8 * limit]).strip()
    if len(line) <= limit and len(text) > 8 * limit:  # so much space at its beginning
        line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def bare_subject(subject: str) -> str:
    """A subject without its Re:, AW:, TR:…"""
    return _REPLY.sub("", subject.strip())


def only_digits(text: str) -> str:
    """The digits of a message that is a code and nothing else; otherwise an empty string."""
    bare = text.strip().replace(" ", "").replace("-", "").rstrip(".")
    return bare if bare.isascii() and bare.isdigit() and len(bare) in (6, 8) else ""
