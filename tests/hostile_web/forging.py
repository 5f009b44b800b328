"""Tokens as somebody would make them up who has seen one: altered by a sign, cut, mixed, spelt otherwise, invented."""

import base64
import json
import random
import string
from collections.abc import Iterator

ALPHABET = string.ascii_letters + string.digits + "-_."
ODD = ("", ".", "..", "a.", ".a", "null", "0", "-1", "\x00", "\ud800", "é", "💥", " ", "%00", "../..", "{}", "[]")
ODD += ("a" * 5000, "." * 5000)


def forged(real: list[str], count: int, seed: int) -> Iterator[str]:
    """``count`` tokens, none of which is in ``real``."""
    chance, given, known = random.Random(seed), 0, set(real)
    for text in ODD:
        if text not in known and given < count:
            given += 1
            yield text
    ways = (_altered, _cut, _mixed, _spelt, _invented, _resigned)
    while given < count:
        text = chance.choice(ways)(chance, chance.choice(real), real)
        if text not in known:
            given += 1
            yield text


def _altered(chance: random.Random, one: str, real: list[str]) -> str:
    place = chance.randrange(len(one))
    return one[:place] + chance.choice(ALPHABET.replace(one[place], "")) + one[place + 1 :]


def _cut(chance: random.Random, one: str, real: list[str]) -> str:
    place = chance.randrange(1, len(one))
    return chance.choice((one[:place], one[place:], one + chance.choice(ALPHABET), one * 2))


def _mixed(chance: random.Random, one: str, real: list[str]) -> str:
    """The body of one and the signature of another."""
    other = chance.choice(real)
    place = one.rfind(".") if "." in one else chance.randrange(1, len(one))
    return one[:place] + other[place:]


def _spelt(chance: random.Random, one: str, real: list[str]) -> str:
    return chance.choice(
        (one + "=", one + "==", " " + one, one + " ", one + "\n", one + "\x00", one.replace("-", "+"), one + ".",
         one.replace("_", "/"), one.swapcase(), one.replace(".", "%2e"), one.replace(".", "\uff0e"), "." + one)
    )  # fmt: skip


def _invented(chance: random.Random, one: str, real: list[str]) -> str:
    return "".join(chance.choices(ALPHABET, k=len(one)))


def _resigned(chance: random.Random, one: str, real: list[str]) -> str:
    """What the token should say, with a signature made up or left out."""
    said = {"user": chance.randrange(9), "exp": 2**62, "topics": ["desk"], "t": one[:8], "alg": "none"}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    mac = chance.choice(("", "".join(chance.choices(ALPHABET[:-1], k=27)), one.rpartition(".")[2]))
    return f"{body}.{mac}"
