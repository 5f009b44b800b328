"""What a person wrote, apart from history and signature.

A corpus in seven languages, and the floor to beat.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from mailparser_reply import EmailReplyParser

from rondpoint.channels.email.quotes import fold

LANGUAGES = ("fr", "en", "de", "es", "it", "pt", "nl")


class Case(NamedTuple):
    language: str
    name: str
    body: str
    reply: str


def read_corpus() -> list[Case]:
    cases = []
    for path in sorted(Path(__file__).parent.glob("corpus_*.txt")):
        for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, rest = block.partition("\n")
            body, marker, reply = rest.partition("--- reply\n")
            assert marker, title
            language, _, name = title.partition(" ")
            cases.append(Case(language, name, body, reply))
    return cases


CORPUS = read_corpus()


def plain(text: str) -> str:
    return re.sub(r"\n{2,}", "\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines()))


def test_the_corpus_has_ten_cases_a_language():
    counts = Counter(case.language for case in CORPUS)
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= 10
    assert len(CORPUS) >= 70


@pytest.mark.parametrize("case", CORPUS, ids=[f"{case.language} {case.name}" for case in CORPUS])
def test_reply_of(case: Case):
    assert plain(fold(case.body)[0]) == plain(case.reply)


@pytest.mark.parametrize("case", CORPUS, ids=[f"{case.language} {case.name}" for case in CORPUS])
def test_nothing_is_lost_and_line_ends_do_not_matter(case: Case):
    reply, folded = fold(case.body)
    lines = Counter(line.rstrip() for line in case.body.splitlines() if line.strip())
    assert Counter(line.rstrip() for line in f"{reply}\n{folded}".splitlines() if line.strip()) == lines
    assert fold(case.body.replace("\n", "\r\n")) == (reply, folded)
    assert fold(case.body.replace(" :", "\xa0:"))[0].replace("\xa0", " ") == reply


def score(answer) -> int:
    return sum(plain(answer(case)) == plain(case.reply) for case in CORPUS)


def test_better_than_mail_parser_reply():
    """The peer is told the language of each case and is taken at its best of two readings."""

    def whole(case: Case) -> str:
        return EmailReplyParser(languages=[case.language]).parse_reply(case.body) or ""

    def without_signature(case: Case) -> str:
        replies = EmailReplyParser(languages=[case.language]).read(case.body).replies
        return (replies[0].body or "") if replies else ""

    peer = max(score(whole), score(without_signature))
    ours = score(lambda case: fold(case.body)[0])
    assert peer > len(CORPUS) // 4  # the peer is used properly
    assert ours > peer


def test_a_plain_mail_is_left_alone():
    text = "Bonjour,\n\nma lampe clignote.\n\nQue faire ?"
    assert fold(text) == (text, "")


def test_a_quote_alone_is_no_reply():
    reply, folded = fold("Le 12/03/2024 à 10:12, Lumen a écrit :\n> Bonjour\n> Ça va ?")
    assert reply == ""
    assert "Ça va" in folded


def test_hostile_text_is_folded_in_linear_time():
    for text in (
        "Le " * 200_000,
        ("Le 12/03/2024 " + "a" * 900 + "\n") * 5_000,
        ">" * 500_000,
        "De : x\n" * 60_000,
        "Cordialement\n" * 20_000,
        "\n" * 400_000,
    ):
        reply, folded = fold(text)
        assert len(reply) + len(folded) <= len(text)
