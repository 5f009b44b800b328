"""Recovery codes: ten words of chance, each opening the door once. No I/O."""

import secrets

NUMBER = 10
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else
HALF = 5


def new_codes() -> list[str]:
    """Ten codes of 50 random bits each, as they are shown."""
    return ["-".join("".join(secrets.choice(ALPHABET) for _ in range(HALF)) for _ in range(2)) for _ in range(NUMBER)]


def normal(typed: str) -> str:
    """A code as it is stored, however it was typed; "" for what cannot be one."""
    found = "".join(letter for letter in typed.upper() if letter in ALPHABET)
    return found if len(found) == 2 * HALF else ""
