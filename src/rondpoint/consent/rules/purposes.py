"""The purposes that every house begins with, and what a purpose must be like. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from rondpoint.consent.types import BASES, CLASSES, FIRST, LANGUAGES, NEEDS_NOBODY, RESERVED, WAYS, BadPurpose, Question

KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
NAMES, TEXTS = 80, 2000  # letters
EVERY = ["email", "sms", "voice", "print"]

# Key, class, basis, double opt-in, channels, names, descriptions, the wording of the question.
DEFAULTS: tuple[dict[str, Any], ...] = (
    {
        "key": "service", "purpose_class": "service", "basis": "contract", "channels": EVERY,
        "names": {"en": "Answers to you", "fr": "Réponses à vos messages"},
        "descriptions": {
            "en": "What we write when you ask us something.", "fr": "Ce que nous écrivons quand vous nous sollicitez.",
        },
    },
    {
        "key": "transactional", "purpose_class": "transactional", "basis": "contract", "channels": EVERY,
        "names": {"en": "Orders and deliveries", "fr": "Commandes et livraisons"},
        "descriptions": {
            "en": "Receipts, deliveries, changes to what you bought.",
            "fr": "Reçus, livraisons, changements de ce que vous avez acheté.",
        },
    },
    {
        "key": "newsletter", "purpose_class": "marketing", "basis": "consent", "double_opt_in": True,
        "channels": ["email", "print"],
        "names": {"en": "Newsletter", "fr": "Lettre d’information"},
        "descriptions": {
            "en": "News of the house, now and then.", "fr": "Les nouvelles de la maison, de temps en temps.",
        },
        "wordings": {
            "en": "Yes, send me the newsletter. I can unsubscribe at any time.",
            "fr": "Oui, envoyez-moi la lettre d’information. Je peux me désinscrire à tout moment.",
        },
    },
    {
        "key": "offers", "purpose_class": "marketing", "basis": "consent", "channels": EVERY,
        "names": {"en": "Offers", "fr": "Offres"},
        "descriptions": {
            "en": "Offers and sales that may interest you.",
            "fr": "Des offres et promotions susceptibles de vous plaire.",
        },
        "wordings": {
            "en": "Yes, tell me about offers. I can say stop at any time.",
            "fr": "Oui, prévenez-moi des offres. Je peux dire stop à tout moment.",
        },
    },
    {
        "key": "profiling", "purpose_class": "profiling", "basis": "consent", "channels": [],
        "names": {"en": "Suggestions made for you", "fr": "Suggestions personnalisées"},
        "descriptions": {
            "en": "We look at what you bought and read to choose what to show you.",
            "fr": "Nous regardons ce que vous avez acheté et lu pour choisir ce que nous vous montrons.",
        },
        "wordings": {
            "en": "Yes, choose for me from what I bought and read.",
            "fr": "Oui, choisissez pour moi d’après ce que j’ai acheté et lu.",
        },
    },
    {
        "key": "opens_and_clicks", "purpose_class": "measurement", "basis": "consent", "channels": [],
        "names": {"en": "Measuring what is read", "fr": "Mesure de la lecture"},
        "descriptions": {
            "en": "We note whether you opened our messages and which links you followed.",
            "fr": "Nous notons si vous avez ouvert nos messages et quels liens vous avez suivis.",
        },
        "wordings": {
            "en": "Yes, you may note what I open and follow.",
            "fr": "Oui, vous pouvez noter ce que j’ouvre et suis.",
        },
    },
)  # fmt: skip


def text(said: Mapping[str, str], language: str) -> str:
    """A text in a language, else in English, else in any."""
    return said.get(language[:2]) or said.get("en") or next(iter(said.values()), "")


def question(
    worded: Mapping[str, tuple[str, int]], names: Mapping[str, str], descriptions: Mapping[str, str], language: str
) -> Question:
    """How a purpose is asked for on a page in a language. ``worded``: the texts in force with their versions, by
    language; of those in other languages English comes first."""
    for spoken in (language, "en", *worded):
        if spoken in worded:
            said, version = worded[spoken]
            return Question(said, spoken, version)
    return Question(text(descriptions, language) or text(names, language), language, 0)


def checked(key: str, told: Mapping[str, Any]) -> None:
    """Raises BadPurpose for the first thing that a purpose cannot be."""
    if not KEY.fullmatch(key):
        raise BadPurpose("key", "1 to 32 small letters, digits and _, beginning with a letter")
    if key in RESERVED:
        raise BadPurpose("key", f"{key} names messages of the house itself: choose another one")
    if key in FIRST and (told.get("purpose_class"), told.get("basis") in NEEDS_NOBODY) != (key, True):
        raise BadPurpose("class", f"{key} keeps its class and a basis that asks nobody: make a purpose of your own")
    for field, longest in (("names", NAMES), ("descriptions", TEXTS), ("wordings", TEXTS)):
        for language, said in told.get(field, {}).items():
            if language not in LANGUAGES:
                raise BadPurpose(field, f"{language}: known are {', '.join(LANGUAGES)}")
            if len(said) > longest:
                raise BadPurpose(field, f"{language}: at most {longest} letters")
    if not any(said.strip() for said in told.get("names", {}).values()):
        raise BadPurpose("names", "a purpose has a name in at least one language")
    for field, known in (("purpose_class", CLASSES), ("basis", BASES)):
        if told.get(field) not in known:
            raise BadPurpose(field.removeprefix("purpose_"), f"one of {', '.join(known)}")
    unknown = [channel for channel in told.get("channels", ()) if channel not in WAYS]
    if unknown:
        raise BadPurpose("channels", f"{unknown[0]}: known are {', '.join(WAYS)}")
    if told.get("double_opt_in") and "email" not in told.get("channels", ()):
        raise BadPurpose("double_opt_in", "the link that confirms goes by e-mail: add that channel")
