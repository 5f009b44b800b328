"""The signature that closes a letter; "-- " alone on a line begins it (RFC 3676 §4.3)."""

_MARK = "\n\n-- \n"


def sign(text: str, signature: str) -> str:
    """A text with its signature; an empty signature adds nothing."""
    return f"{text}{_MARK}{signature.strip()}" if signature.strip() else text


def unsign(text: str, signature: str) -> str:
    """The text without that very signature."""
    return text.removesuffix(f"{_MARK}{signature.strip()}") if signature.strip() else text
