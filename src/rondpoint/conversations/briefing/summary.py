"""A summary made only of quotes: what she wants, what we said, what she gave. French and English, no I/O."""

import re

from msgspec import Struct

from rondpoint.conversations.promises.rules import plain

MOST = 6
LONGEST = 180
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_QUOTED = re.compile(r"^\s*>|^(?:on|le) .{5,90}(?:wrote|a ecrit) ?:$|^-{3,}|^_{3,}")
_SIGNATURE = re.compile(r"^-- ?$|^(?:envoye de mon|sent from my)\b")
_CLOSING = re.compile(
    r"^(?:cordialement|bien (?:a vous|cordialement)|merci(?: (?:beaucoup|d'avance|a vous))?|best(?: regards)?"
    r"|kind regards|regards|sincerely|thanks?(?: you)?(?: very much| in advance)?|bonne (?:journee|soiree)"
    r"|belle journee|a bientot|see you)\W*$"
)
_GREETING = re.compile(
    r"^(?:bonjour|bonsoir|hello|hi|dear|good (?:morning|afternoon|evening)|salut|chere?s?)\b[^.?!,]{0,40}[,.!]*\s*"
)
_WANT = re.compile(
    r"\?|\bje (?:voudrais|souhaite|souhaiterais|veux|cherche|aimerais)\b|\bj'aimerais\b|\bpouvez[- ]vous\b"
    r"|\bpourriez[- ]vous\b|\bmerci de (?:me|bien)\b|\bi(?:'d| would) like\b|\bi (?:want|need)\b|\b(?:can|could) you\b"
    r"|\bplease (?:send|call|tell|let|refund|change|cancel)\b"
)
_PROBLEM = re.compile(
    r"\b(?:casse|cassee|abime|abimee|fendue?|fissure|raye|tordue?|troue|dechire|fuit|cracked|scratched|torn|bent|leak"
    r"|defectueu|en retard|perdue?|manqu|erreur|probleme"
    r"|ne (?:marche|fonctionne) (?:pas|plus)"
    r"|pas (?:recu|arrive|rembourse)|toujours rien|broken|damaged|late|lost|missing|wrong|faulty|problem|doesn't work"
    r"|not (?:arrived|received|working)|haven't received|still nothing|refund)"
)
_GAVE = re.compile(
    r"\b[a-z]{1,3}-\d{4,}\b|"
    r"\b(?:commande|order|facture|invoice|colis|parcel|ref(?:erence)?)\W{0,4}(?:(?:n[o°]?|numero|number|no)\W{0,3})?#?\d{3,}"
    r"|\b[\w.+-]+@[\w-]+\.[\w.]+|\+?\d(?:[ .-]?\d){8,}|\b(?:taille|size|pointure)\s+\w+"
    r"|\b\d{1,4},? (?:bis )?(?:rue|avenue|boulevard|place|street|road)\b|\d+(?:[.,]\d{2})? ?(?:€|euros?|£|\$)"
)


class Line(Struct, frozen=True):
    """A message as the summary reads it; ``files``: names of what is attached."""

    message_id: int
    ours: bool
    text: str
    files: tuple[str, ...] = ()


class Point(Struct, frozen=True):
    """``kind``: wants | problem | gave | file | said | promised. ``text`` quotes the message or names its file."""

    kind: str
    text: str
    message_id: int


def sentences(text: str) -> list[str]:
    """What a message says, without greetings, quotes, closings and signature."""
    found = []
    for line in text.splitlines():
        said = plain(line).strip()
        if _SIGNATURE.search(said) or (_CLOSING.search(said) and found):
            break
        if _QUOTED.search(said):
            continue
        found += [_ungreeted(part.strip()) for part in _SENTENCE.split(line)]
    return [part for part in found if part and not _CLOSING.search(plain(part))]


def summarise(lines: list[Line], promised: dict[int, str] | None = None) -> list[Point]:
    """At most six points in the order they were said; the latest of each kind win.

    ``promised``: {message id: quote} of the promises in our messages.
    """
    found: list[Point] = []
    for line in lines:
        if line.ours:
            found += _ours(line, (promised or {}).get(line.message_id))
        else:
            found += _theirs(line)
    unique = {(point.kind, plain(point.text)): point for point in found}
    rank = {"promised": 0, "wants": 0, "problem": 1, "gave": 1, "file": 2, "said": 3}
    points = list(unique.values())
    best = sorted(range(len(points)), key=lambda n: (rank[points[n].kind], -n))[:MOST]
    return [points[n] for n in sorted(best)]


def _theirs(line: Line) -> list[Point]:
    found = []
    for sentence in sentences(line.text):
        said = plain(sentence)
        for kind, pattern in (("wants", _WANT), ("problem", _PROBLEM), ("gave", _GAVE)):
            if pattern.search(said):
                found.append(Point(kind, _cut(sentence), line.message_id))
                break
    return found + [Point("file", _cut(name), line.message_id) for name in line.files]


def _ours(line: Line, promised: str | None) -> list[Point]:
    if promised:
        return [Point("promised", _cut(promised), line.message_id)]
    told = [sentence for sentence in sentences(line.text) if not sentence.endswith("?")]
    return [Point("said", _cut(told[0]), line.message_id)] if told else []


def _ungreeted(sentence: str) -> str:
    found = _GREETING.match(plain(sentence)) if len(plain(sentence)) == len(sentence) else None
    return sentence[found.end() :].strip() if found else sentence


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else sentence[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
