"""Fuzzes the reading of mail; run by ``fuzz/run.py``."""

import re
import sys

import atheris

with atheris.instrument_imports(include=["rondpoint.channels", "rondpoint.lib", "email"]):
    from rondpoint.channels.contract import ConnectionInfo, MessageIn, Raw
    from rondpoint.channels.email import quotes
    from rondpoint.channels.email.channel import channel

CONNECTION = ConnectionInfo(1, "c1", "email", "Shop", {"address": "help@shop.example.com"}, "Lumen")
NOW = 1_710_234_720_000_000
SCRIPT = re.compile(r"<(?:script|iframe|object|embed|svg|style|form|base|meta|link)\b|<[^>]*\son\w+\s*=", re.IGNORECASE)


def try_one(data: bytes) -> None:
    """One mail; AssertionError when it breaks what must hold."""
    try:
        items = channel.parse(Raw(data, received=NOW), CONNECTION)
    except (ValueError, RecursionError):
        return  # refused, as the worker takes it
    assert items
    for item in items:
        if isinstance(item, MessageIn):
            assert_kept(item)


def assert_kept(item: MessageIn) -> None:
    for text in (item.text, item.folded, item.html, item.subject, item.sender.name, item.external_id, *item.references):
        assert "\0" not in text
        text.encode()
    assert not SCRIPT.search(item.html)
    for file in item.files:
        assert file.name and not set(file.name) & set("/\\\0\r\n") and not file.name.startswith(".")
    reply, folded = quotes.fold(item.text)
    assert sorted(words(reply) + words(folded)) == sorted(words(item.text))


def words(text: str) -> list[str]:
    return text.split()


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
