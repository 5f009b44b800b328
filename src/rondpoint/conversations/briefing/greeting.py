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
    },
    "en": {
        "day": "Hello",
        "evening": "Good evening",
        "back": "good to hear from you again.",
        "first": "thank you for writing to us.",
        "promise": "We have not forgotten what we promised you.",
    },
}
TITLES = {
    "fr": {"mme": "Madame", "mrs": "Madame", "ms": "Madame", "m": "Monsieur", "mr": "Monsieur"},
    "en": {"mme": "Ms", "mrs": "Mrs", "ms": "Ms", "m": "Mr", "mr": "Mr"},
}


class Known(Struct, frozen=True):
    """Who she is. ``hour`` is that of the brand's zone; ``title`` as she or a source gave it ("Mme", "Mr")."""

    language: str
    hour: int
    name: str = ""
    title: str = ""
    last_name: str = ""
    returning: bool = False
    promised: bool = False


def greeting(known: Known) -> str:
    """One or two sentences to begin an answer with. A title is never guessed from a name."""
    language = known.language if known.language in WORDS else "en"
    words = WORDS[language]
    title = TITLES[language].get(known.title.lower().rstrip("."))
    called = f"{title} {known.last_name}" if title and known.last_name else known.name
    opening = words["evening" if known.hour >= EVENING else "day"]
    text = f"{opening} {called}, " if called else f"{opening}, "
    text += words["back" if known.returning else "first"]
    return f"{text} {words['promise']}" if known.promised else text
