"""The greeting proposed to staff, from what is known. French and English; no I/O."""

from msgspec import Struct

EVENING = 18
WORDS = {
    "fr": {
        "day": "Bonjour",
        "evening": "Bonsoir",
        "back": "ravi de vous retrouver.",
        "first": "merci de nous écrire.",
        "promise": "Nous n’avons pas oublié ce que nous vous avons promis.",
        "order": "J’ai votre commande {name} sous les yeux.",
        "visit": "Merci de votre passage à la boutique {name}.",
        "page": "Vous regardiez « {name} » : puis-je vous aider à choisir ?",
    },
    "en": {
        "day": "Hello",
        "evening": "Good evening",
        "back": "good to hear from you again.",
        "first": "thank you for writing to us.",
        "promise": "We have not forgotten what we promised you.",
        "order": "I have your order {name} in front of me.",
        "visit": "Thank you for visiting our shop {name}.",
        "page": "You were looking at “{name}”: may I help you choose?",
    },
}
TITLES = {
    "fr": {"mme": "Madame", "mrs": "Madame", "ms": "Madame", "m": "Monsieur", "mr": "Monsieur"},
    "en": {"mme": "Ms", "mrs": "Mrs", "ms": "Ms", "m": "Mr", "mr": "Mr"},
}


class Seen(Struct, frozen=True):
    """The last thing she did with us: ``kind`` is order | visit | page, ``name`` what it was."""

    kind: str
    name: str


class Known(Struct, frozen=True):
    """Who she is. ``hour`` is that of the brand's zone; ``title`` as she or a source gave it ("Mme", "Mr")."""

    language: str
    hour: int
    name: str = ""
    title: str = ""
    last_name: str = ""
    returning: bool = False
    promised: bool = False
    seen: Seen | None = None


def greeting(known: Known) -> str:
    """One or two sentences to begin an answer with. A title is never guessed from a name; a promise comes before what
    she did last."""
    language = known.language if known.language in WORDS else "en"
    words = WORDS[language]
    title = TITLES[language].get(known.title.lower().rstrip("."))
    called = f"{title} {known.last_name}" if title and known.last_name else known.name
    opening = words["evening" if known.hour >= EVENING else "day"]
    text = f"{opening} {called}, " if called else f"{opening}, "
    text += words["back" if known.returning else "first"]
    if known.promised:
        return f"{text} {words['promise']}"
    return f"{text} {words[known.seen.kind].format(name=known.seen.name)}" if known.seen else text
