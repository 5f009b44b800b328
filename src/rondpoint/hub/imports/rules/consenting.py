"""What people and programs write about consent: actions, channels and proofs, in French and English. Pure."""

from typing import Any

from rondpoint.consent.types import BASES, LANGUAGES, WAYS, Action
from rondpoint.customers.rules.words import words
from rondpoint.hub.imports.rules import cells as rules
from rondpoint.hub.imports.types import Unfit

LONGEST = 2000  # letters of a part of a proof
PARTS = ("text", "page", "form", "url", "ip")

ACTIONS: dict[Action, tuple[str, ...]] = {
    "granted": ("grant", "given", "yes", "y", "true", "1", "opt in", "optin", "opted in", "subscribed", "subscribe",
                "accepted", "agreed", "oui", "vrai", "accorde", "accordee", "accepte", "acceptee", "consenti",
                "inscrit", "inscrite", "inscription", "abonne", "abonnee", "accord"),
    "confirmed": ("double opt in", "verified", "confirme", "confirmee", "double optin"),
    "pending": ("unconfirmed", "en attente", "a confirmer", "non confirme"),
    "withdrawn": ("withdraw", "no", "n", "false", "0", "opt out", "optout", "opted out", "unsubscribed", "unsubscribe",
                  "revoked", "refused", "declined", "non", "faux", "retire", "retiree", "refuse", "refusee", "revoque",
                  "desinscrit", "desinscrite", "desinscription", "desabonne", "desabonnee", "retrait", "refus"),
    "objected": ("objection", "object", "oppose", "opposee", "opposition"),
    "stop": ("stopped",),
    "start": ("restart", "reprise"),
    "complaint": ("spam", "complained", "plainte", "indesirable"),
}  # fmt: skip
CHANNELS = {
    "email": ("e mail", "mail", "courriel", "emailing"),
    "sms": ("texto", "text message", "mobile"),
    "whatsapp": (),
    "voice": ("phone", "phone call", "call", "telephone", "appel", "telephonique"),
    "print": ("post", "letter", "mailing", "courrier", "postal", "poste", "lettre"),
}
MORE_BASES = ("implied", "soft_opt_in")  # agreements that laws read out of a purchase or a question
_ACTIONS = {word: action for action, named in ACTIONS.items() for word in (action, *named)}
_CHANNELS = {word: channel for channel, named in CHANNELS.items() for word in (channel, *named)}


def action(text: str) -> Action:
    """What somebody said. Raises Unfit."""
    found = _ACTIONS.get(" ".join(words(text)))
    if found is None:
        raise Unfit(f"action: {text.strip()!r} is none of {', '.join(ACTIONS)}")
    return found


def channel(text: str) -> str:
    """A channel; "" for all of them. Raises Unfit."""
    if not text.strip():
        return ""
    found = _CHANNELS.get(" ".join(words(text)))
    if found is None:
        raise Unfit(f"channel: {text.strip()!r} is none of {', '.join(WAYS)}")
    return found


def basis(text: str) -> str:
    """The legal basis; "" where none is told. Raises Unfit."""
    said = text.strip().lower().replace(" ", "_").replace("-", "_")
    if said and said not in BASES + MORE_BASES:
        raise Unfit(f"basis: {text.strip()!r} is none of {', '.join(BASES + MORE_BASES)}")
    return said


def wording(text: str) -> int:
    """The version of the purpose's text that was shown; 0 where none is told. Raises Unfit."""
    said = text.strip()
    if not said:
        return 0
    if not (said.isascii() and said.isdecimal() and int(said) <= 100_000):
        raise Unfit(f"wording: {said!r} is no version; expected its number, such as 2")
    return int(said)


def language(text: str) -> str:
    """The language in which somebody was asked, ``fr`` or ``en``; "" where none is told. Raises Unfit."""
    said = text.strip().lower()[:2]
    if said and said not in LANGUAGES:
        raise Unfit(f"language: {text.strip()!r} is none of {', '.join(LANGUAGES)}")
    return said


def proof(cells: dict[str, str]) -> dict[str, Any]:
    """What was shown, where, and from where: the cells of :data:`PARTS`, over what the JSON object in ``proof`` says;
    plain words there are the text. Raises Unfit."""
    found: dict[str, Any] = {}
    whole = cells.get("proof", "").strip()
    if whole.startswith("{"):
        try:
            found = rules.typed("json", whole)
        except Unfit as unfit:
            raise Unfit(f"proof: {unfit}") from unfit
    elif whole:
        found = {"text": whole}
    for part in PARTS:
        if cells.get(part, "").strip():
            found[part] = cells[part].strip()
    if any(isinstance(said, str) and len(said) > LONGEST for said in found.values()):
        raise Unfit(f"proof: at most {LONGEST} characters")
    return found
