"""What customers and staff say: scripts read into turns, and their slots filled.

``scripts_fr.txt`` and ``scripts_en.txt`` hold one conversation a paragraph: ``# subject``, then a line for each
message, ``channel>`` where the customer writes and ``channel<`` where the staff answers; ``\\n`` is a line break. After
the line of ``===`` stand the openers of conversations that wait now: ``channel | subject | text``.
Slots: {name} {first} {agent} {product} (with its article) {order} {price} {day} {city} {shop}.
"""

import random
from pathlib import Path

from msgspec import Struct

from rondpoint.demo import catalogue

DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"),
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday"),
}
CONTRACTIONS = (("de", "le", "du"), ("de", "les", "des"), ("à", "le", "au"), ("à", "les", "aux"))
SHOPS = {"CA": ("Montréal",), "FR": ("Lyon", "Lyon", "Paris"), "BE": ("Paris",), "GB": ("Paris",)}


class Turn(Struct, frozen=True):
    """One message. ``theirs``: the customer writes it."""

    channel: str
    theirs: bool
    text: str


class Script(Struct, frozen=True):
    """A conversation with slots."""

    subject: str
    turns: tuple[Turn, ...]

    @property
    def channels(self) -> set[str]:
        return {turn.channel for turn in self.turns}


def _read(text: str) -> tuple[Script, ...]:
    found = []
    for block in text.strip().split("\n\n"):
        subject, *lines = block.strip().splitlines()
        turns = []
        for line in lines:
            mark = min(position for position in (line.find(">"), line.find("<")) if position > 0)
            said = line[mark + 1 :].strip().replace("\\n", "\n")
            turns.append(Turn(line[:mark], line[mark] == ">", said))
        found.append(Script(subject.removeprefix("# "), tuple(turns)))
    return tuple(found)


def _read_openers(text: str) -> tuple[Script, ...]:
    found = []
    for line in text.strip().splitlines():
        channel, subject, said = (part.strip() for part in line.split(" | ", 2))
        found.append(Script(subject, (Turn(channel, True, said.replace("\\n", "\n")),)))
    return tuple(found)


def _file(language: str) -> tuple[tuple[Script, ...], tuple[Script, ...]]:
    text = Path(__file__).with_name(f"scripts_{language}.txt").read_text(encoding="utf-8")
    whole, _, openers = text.partition("\n===")
    return _read(whole), _read_openers(openers.partition("\n")[2])


_FILES = {language: _file(language) for language in ("fr", "en")}
SCRIPTS = {language: scripts for language, (scripts, _) in _FILES.items()}
OPENERS = {language: openers for language, (_, openers) in _FILES.items()}


def choose(dice: random.Random, scripts: tuple[Script, ...], channels: set[str], used: set[str]) -> Script:
    """A script whose customer's side needs only these channels, rather one that she has not had yet."""
    possible = [script for script in scripts if script.channels <= channels]
    return dice.choice([script for script in possible if script.subject not in used] or possible)


def slots(dice: random.Random, customer, agent: str) -> dict[str, str]:
    """What fills the slots of one conversation."""
    product = dice.choice(catalogue.PRODUCTS)
    return {
        "name": customer.name,
        "first": customer.name if customer.company else customer.name.split()[0],
        "agent": agent,
        "product": product.with_article(customer.language),
        "price": str(product.price),
        "order": f"H-{dice.randint(20_000, 49_999)}",
        "day": dice.choice(DAYS[customer.language]),
        "city": customer.city,
        "shop": dice.choice(SHOPS[customer.country]),
    }


def fill(text: str, words: dict[str, str]) -> str:
    """A text with its slots filled; French draws "de" and "à" together with the article of the product."""
    product = words["product"]
    for preposition, article, together in CONTRACTIONS:
        if product.startswith(f"{article} "):
            text = text.replace(f"{preposition} {{product}}", f"{together} {product.partition(' ')[2]}")
    return text.format(**words)
