"""Questions that ask for what she has already said. Precision before recall; French and English, no I/O."""

import re

from msgspec import Struct

from rondpoint.conversations.promises.rules import plain

_ASKING = re.compile(
    r"\?|\b(?:pouvez|pourriez|auriez|sauriez)[- ]vous\b|\bmerci de (?:me|nous|bien|preciser|communiquer|donner)\b"
    r"|\bveuillez\b|\bil (?:me|nous) (?:faudrait|faut|manque)\b|\bj'(?:ai|aurais) besoin d"
    r"|\bnous (?:avons|aurions) besoin d|\b(?:can|could|would|may) (?:you|i|we)\b|\bi'?d need\b"
    r"|\bplease (?:send|give|tell|share|confirm|provide|let|quote|state)\b|\b(?:i|we) (?:still )?need (?:your|the)\b"
    r"|\b(?:indiquez|donnez|precisez|communiquez|rappelez|confirmez)\b|\blet (?:me|us) (?:know|have)\b"
)
_YOURS = r"(?:votre|vos|le|la|les|l'|your|the|what|which|quelle?s?|un|une|an?)"
_ARTICLE = r"(?:produit|article|modele|product|item|model)"
_ASKS = {
    "order": rf"\b{_YOURS} ?(?:\w+ )?(?:numero|n°|reference) de (?:votre |la |l'|cette )?(?:commande|achat)"
    rf"|\b{_YOURS} order (?:number|reference|no|id)|\bquelle (?:est (?:votre|la) )?commande\b|\bwhich order\b"
    r"|\bnumber of your order\b|\bde quelle commande\b",
    "email": r"\b(?:votre|quelle) (?:est votre )?(?:adresse )?(?:e-?mail|mail|courriel|adresse electronique)"
    r"|\bquelle adresse (?:e-?mail|mail)\b|\b(?:your|which|what) e-?mail(?: address)?"
    r"|\b(?:a|par) quelle adresse (?:vous )?(?:ecrire|joindre)",
    "phone": r"\b(?:votre|quel est votre|a quel) (?:numero(?: de (?:telephone|portable|mobile))?)"
    r"(?! de (?:commande|client|dossier|suivi|colis|facture|serie))\b"
    r"|\bvotre (?:telephone|portable|mobile)\b|\b(?:your|which|what) (?:(?:tele)?phone|mobile|cell)(?: number)?\b"
    r"|\bnumber (?:can|could) (?:we|i) (?:call|reach)\b|\bbest number\b",
    "name": r"\b(?:votre|quel est votre) nom\b|\bvos nom et prenom\b|\ba quel nom\b"
    r"|\byour (?:full |last |first |sur)?name\b|\b(?:under )?(?:what|which) name\b",
    "address": r"\bvotre adresse(?: postale| de livraison| de facturation| complete)?\b"
    r"(?! (?:e-?mail|mail|electronique))"
    r"|\byour (?:full |postal |delivery |shipping |home |billing )?address\b|\bou habitez[- ]vous\b"
    r"|\bwhere do you live\b|\ba quelle adresse (?:faut-il |devons-nous |peut-on )?(?:livrer|envoyer|expedier)",
    "size": r"\b(?:votre|quelle|en quelle) (?:est votre )?(?:taille|pointure)\b|\b(?:your|what|which) (?:shoe )?size\b",
    "colour": r"\b(?:quelle|de quelle|votre|en quelle) (?:est (?:la|votre) )?(?:couleur|teinte)\b"
    r"|\b(?:what|which|your) colou?r\b|\bcouleur (?:souhaitez|voulez|desirez|preferez)[- ]vous\b",
    "product": rf"\b(?:quel|de quel|sur quel|pour quel|quel est (?:le|votre)) {_ARTICLE}\b"
    rf"|\b(?:what|which) {_ARTICLE}\b|\bnom (?:du|de l'|de votre) ?{_ARTICLE}\b|\bname of the {_ARTICLE}\b",
    "bought": r"\b(?:quelle (?:est|etait) )?(?:la |votre )?date (?:de (?:votre |l')?)?(?:d'achat|achat|commande)\b"
    r"|\bquand (?:avez[- ]vous|l'avez[- ]vous) (?:achete|commande)e?s?\b|\bwhen did you (?:buy|order|purchase)\b"
    r"|\b(?:date of (?:your )?(?:purchase|order)|(?:purchase|order) date)\b",
    "shop": r"\b(?:dans |de )?quel(?:le)? (?:est (?:votre|la) )?(?:magasin|boutique)\b"
    r"|\b(?:what|which|your) (?:shop|store)\b",
}
_ASKED = {kind: re.compile(pattern) for kind, pattern in _ASKS.items()}
_COLOURS = (
    r"noire?s?|blanc(?:he)?s?|rouges?|bleue?s?(?: marine| nuit| ciel)?|verte?s?|jaunes?|grise?s?|beiges?|marrons?"
    r"|roses?|violet(?:te)?s?|orange|ecrue?s?|kaki|bordeaux|black|white|red|blue|navy|green|yellow|gr[ae]y|brown|pink|purple"
)
_SAID = {
    "order": r"\b(?:commande|order)\W{0,4}(?:(?:est|is|la|le|n[o°]?|numero|number|no)\W{0,3}){0,3}"
    r"#?((?:[a-z]{1,3}-)?\d{4,12})\b",
    "email": r"\b([\w.+-]+@[\w-]+(?:\.[\w-]+)+)\b",
    "phone": r"(?<![\d+])((?:\+\d{2}|0)(?:[ .-]?\d){8,11})(?!\d)",
    "address": r"\b(\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|allee)\s[^.\n?!]{3,80}"
    r"|\d{1,4} [\w' ]{2,40} (?:street|road|lane|avenue)\b[^.\n?!]{0,40})",
    "size": r"\b(?:taille|pointure|size)\s+(?:est |is |du |un |a )?(\d{2}|x{0,3}[sl]|m)\b",
    "colour": rf"\b(?:en|couleur|la|le|in|colou?r|the)\s+(?:version )?({_COLOURS})\b(?!\s+(?:list|chaine))",
    "bought": r"\b(?:achete|commande|bought|ordered|purchased)e?s?\s+(?:(?:le|il y a|on|depuis)\s+)?"
    r"(\d{1,2}(?:er)?[ /.-](?:\d{1,2}|[a-z]{3,9})(?:[ /.-]\d{2,4})?|hier|avant-hier|yesterday)\b",
    "shop": r"\b(?:boutique|magasin|shop|store) (?:de |d'|du |in |at )([a-z][\w'-]{2,30}(?: [a-z][\w'-]{2,30}){0,2})",
}
_VALUES = {kind: re.compile(pattern) for kind, pattern in _SAID.items()}


class Said(Struct, frozen=True):
    """A value she gave or showed. ``message_id`` is 0 when her record or a fact, not a message, says it; ``sure`` is
    False where nobody vouches that it comes from her."""

    kind: str
    value: str
    message_id: int
    at: int
    source: str
    sure: bool = True


def asked(text: str) -> list[str]:
    """The kinds of things a text asks for: order, email, phone, name, address, size, colour, product, bought, shop."""
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
    """What a text asks for and is known already: the latest value of each kind, one that is sure before others."""
    latest: dict[str, Said] = {}
    for said in sorted(given, key=lambda said: (said.sure, said.at)):
        latest[said.kind] = said
    return [latest[kind] for kind in asked(text) if kind in latest]
