"""Questions that ask for what she has already said. Precision before recall; French and English, no I/O."""

import re

from msgspec import Struct

from rondpoint.conversations.promises.rules import plain

_ASKING = re.compile(
    r"\?|\bpouvez[- ]vous\b|\bpourriez[- ]vous\b|\bmerci de (?:me|nous|bien)\b|\bveuillez\b|\bil (?:me|nous) faudrait\b"
    r"|\b(?:can|could|would) you\b|\bplease (?:send|give|tell|share|confirm|provide|let)\b|\b(?:i|we) need your\b"
    r"|\bindiquez\b|\bdonnez\b|\bprecisez\b|\bcommuniquez\b"
)
_YOURS = r"(?:votre|vos|le|la|les|l'|your|the|what|which|quelle?s?)"
_ASKS = {
    "order": rf"\b{_YOURS} ?(?:\w+ )?(?:numero|n°|reference) de (?:votre |la )?commande"
    rf"|\b{_YOURS} order (?:number|reference|no)|\bquelle (?:est (?:votre|la) )?commande\b|\bwhich order\b"
    r"|\bnumber of your order\b",
    "email": r"\b(?:votre|quelle) (?:est votre )?(?:adresse )?(?:e-?mail|mail|courriel|adresse electronique)"
    r"|\byour e-?mail(?: address)?",
    "phone": r"\b(?:votre|quel est votre) (?:numero de )?(?:telephone|portable|mobile)\b|\bvotre numero\b(?! d)"
    r"|\byour (?:tele)?phone(?: number)?\b|\byour (?:mobile|cell)(?: number)?\b",
    "name": r"\b(?:votre|quel est votre) nom\b|\bvos nom et prenom\b|\byour (?:full |last )?name\b",
    "address": r"\bvotre adresse(?: postale| de livraison| complete)?\b(?! (?:e-?mail|mail|electronique))"
    r"|\byour (?:postal |delivery |shipping |home )?address\b",
    "size": r"\b(?:votre|quelle) (?:est votre )?(?:taille|pointure)\b|\b(?:your|what|which) (?:shoe )?size\b",
}
_ASKED = {kind: re.compile(pattern) for kind, pattern in _ASKS.items()}
_SAID = {
    "order": r"\b(?:commande|order)\W{0,4}(?:(?:est|is|n[o°]?|numero|number|no)\W{0,3}){0,2}#?(\d{4,12})\b",
    "email": r"\b([\w.+-]+@[\w-]+(?:\.[\w-]+)+)\b",
    "phone": r"(?<![\d+])((?:\+\d{2}|0)(?:[ .-]?\d){8,11})(?!\d)",
    "address": r"\b(\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|allee)\s[^.\n?!]{3,80}"
    r"|\d{1,4} [\w' ]{2,40} (?:street|road|lane|avenue)\b[^.\n?!]{0,40})",
    "size": r"\b(?:taille|pointure|size)\s+(?:est |is |du |un |a )?(\d{2}|x{0,3}[sl]|m)\b",
}
_VALUES = {kind: re.compile(pattern) for kind, pattern in _SAID.items()}


class Said(Struct, frozen=True):
    """A value she gave. ``message_id`` is 0 when her record, not a message, says it."""

    kind: str
    value: str
    message_id: int
    at: int
    source: str


def asked(text: str) -> list[str]:
    """The kinds of things a text asks for: order, email, phone, name, address, size."""
    found: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        said = plain(sentence)
        if _ASKING.search(said):
            found += [kind for kind, pattern in _ASKED.items() if pattern.search(said) and kind not in found]
    return found


def values(text: str) -> list[tuple[str, str]]:
    """(kind, value) of what a message of hers gives."""
    said = plain(text)
    # Where accents changed the length, the places no longer match and the plain words are quoted.
    source = text if len(said) == len(text) else said
    return [
        (kind, source[found.start(1) : found.end(1)].strip())
        for kind, pattern in _VALUES.items()
        for found in pattern.finditer(said)
    ]


def answers(text: str, given: list[Said]) -> list[Said]:
    """What a text asks for and is known already, the latest value of each kind."""
    latest: dict[str, Said] = {}
    for said in sorted(given, key=lambda said: said.at):
        latest[said.kind] = said
    return [latest[kind] for kind in asked(text) if kind in latest]
