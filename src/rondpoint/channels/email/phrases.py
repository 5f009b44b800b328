"""The words by which mail programs mark quotes, forwards and signatures, in the seven languages we fold.

Every pattern meets one line (or a few joined) of at most 1,000 characters, with non-breaking spaces already
turned into spaces; each is anchored and without nested repetition, so hostile text costs linear time.
"""

import re

# "On 12 March 2024, Claire wrote:" — (first words of the line, verb, whether the name may follow the verb)
_WROTE = {
    "fr": (r"(?:le|en date du)\b", r"(?:a|à) écrit"),
    "en": (r"(?:on|at)\b", r"(?:wrote|writes)"),
    "de": (r"(?:am|on)\b", r"(?:schrieb|hat geschrieben)"),
    "es": (r"(?:el|en)\b", r"escribi[oó]"),
    "it": (r"(?:il giorno|in data|il|nel giorno)\b", r"ha scritto"),
    "pt": (r"(?:em|no dia|a|à)\b", r"(?:escreveu|escreveu o seguinte)"),
    "nl": (r"(?:op)\b", r"(?:schreef|heeft .{0,60}geschreven)"),
}
_VERBS = "|".join(verb for _, verb in _WROTE.values())
_STARTS = "|".join(start for start, _ in _WROTE.values())
ATTRIBUTION_START = re.compile(
    rf"(?:{_STARTS}|\d{{1,4}}[-/. ]\d{{1,2}}[-/. ]\d{{1,4}}|(?:mon|tue|wed|thu|fri|sat|sun)\w*,? \d)",
    re.IGNORECASE,
)
ATTRIBUTION = re.compile(rf".{{0,400}}\b(?:{_VERBS})\b.{{0,160}}:", re.IGNORECASE)
# "Claire Martin wrote:" counts only when quoted lines follow at once.
BARE_ATTRIBUTION = re.compile(rf"[^:]{{2,120}} (?:{_VERBS})(?: [^:]{{0,80}})?:", re.IGNORECASE)
# "2024-03-12 10:12 GMT+01:00 Claire Martin <claire@example.com>:"
DATED_ATTRIBUTION = re.compile(
    r"\d{4}-\d{2}-\d{2},? \d{1,2}:\d{2}.{0,100}<[^<>@\s]{1,100}@[^<>@\s]{1,100}>:", re.IGNORECASE
)
DATE_OR_ADDRESS = re.compile(r"\d{1,2}[:h.]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[/.]\d{1,2}[/.]\d{2}|@[\w.-]{3,}")

_FROM = r"from|de|von|da|van|expéditeur|remitente|mittente|remetente|afzender|absender"
_DATE = (
    r"sent|date|envoyé(?: le)?|gesendet|datum|enviado(?: el| em)?|enviada(?: em)?|fecha|data|inviato"
    r"|verzonden"
    r"|verstuurd"
)
_SUBJECT = r"subject|objet|sujet|betreff|asunto|oggetto|assunto|onderwerp"
_OTHER = (
    r"to|cc|à|a|an|para|aan|kopie|copie|copia|cópia|kopie \(cc\)|reply-to|répondre à|antwort an|responder a"
    r"|rispondi a|importance|attachments?|pièces? jointes?|destinataires?|destinatario|adjuntos?|anexos?"
    r"|bijlagen?"
)
_LABEL = r"[*_]{{0,2}}(?:{words})\s?[*_]{{0,2}}\s?:[*_]{{0,2}}(?:\s.*)?"
HEADER_FROM = re.compile(_LABEL.format(words=_FROM), re.IGNORECASE)
HEADER_DATE = re.compile(_LABEL.format(words=_DATE), re.IGNORECASE)
HEADER_SUBJECT = re.compile(_LABEL.format(words=_SUBJECT), re.IGNORECASE)
HEADER_OTHER = re.compile(_LABEL.format(words=_OTHER), re.IGNORECASE)

SEPARATOR = re.compile(
    r"[-_=–—*>\s]{2,}\s*(?:original message|message d['’]origine|message original|ursprüngliche nachricht"
    r"|original-?nachricht|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    r"|forwarded message|message transféré|message réexpédié|message transmis|weitergeleitete nachricht"
    r"|mensaje reenviado|messaggio inoltrato|mensagem (?:reencaminhada|encaminhada)|doorgestuurd bericht"
    r"|reply message|antwort|réponse)\s*[-_=–—*]{0,}",
    re.IGNORECASE,
)
FORWARD_START = re.compile(
    r"(?:begin forwarded message|début du message (?:réexpédié|transféré)"
    r"|anfang der weitergeleiteten nachricht"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|início da mensagem (?:re)?encaminhada"
    r"|begin doorgestuurd bericht)\s?:",
    re.IGNORECASE,
)
RULE = re.compile(r"[_]{10,}|[-]{20,}|[=]{20,}|[*]{20,}")
REPLY_ABOVE = re.compile(
    r"[-#=*_\s]*(?:please (?:reply|type your reply) above this line|reply above this line"
    r"|répondez au-dessus de cette ligne|merci de répondre au-dessus de cette ligne"
    r"|bitte antworten sie oberhalb dieser (?:linie|zeile)|responda por encima de esta línea"
    r"|rispondi sopra questa riga|responda acima desta linha|antwoord boven deze (?:lijn|regel))[-#=*_\s]*",
    re.IGNORECASE,
)

_DEVICE = re.compile(
    r"(?:sent (?:from|with|via|by) (?:my |the )?|(?:get|download) outlook (?:for )|envoyé (?:depuis|de"
    r"|à partir de|avec|par|via) "
    r"|(?:obtenez|obtenir|télécharge[rz]) outlook pour |provenance : |gesendet (?:von|mit|über|aus) "
    r"|von meinem .{2,40} gesendet|(?:diese nachricht wurde )?von .{2,40} gesendet|(?:holen sie sich"
    r"|laden sie) outlook für "
    r"|outlook für |enviado (?:desde|de|com|do|a partir do|através d[oe]) |enviada (?:do|a partir do) "
    r"|obten(?:er|ga|ha) (?:o )?outlook (?:para|paa) |obter o outlook para |inviato (?:da|dal|con|tramite) "
    r"|(?:ottieni|scarica) outlook per |verzonden (?:vanaf|met|via|vanuit|van) |verstuurd vanaf "
    r"|(?:download|verkrijg|haal|ga naar) outlook voor |yahoo mail : |télécharger yahoo mail"
    r"|mit der web\.de )",
    re.IGNORECASE,
)
_DEVICE_WORDS = re.compile(
    r"i-?phone|i-?pad|ios|android|samsung|galaxy|huawei|xiaomi|redmi|oneplus|pixel|blackberry|nokia"
    r"|motorola|sony|"
    r"mobile|mobil|móvil|movil|cellulare|telemóvel|celular|smartphone|handy|téléphone|telefon|téfono"
    r"|telefoon|phone|"
    r"tablet|outlook|yahoo|gmail|proton|thunderbird|k-9|fairemail|aqua|bluemail|mail|courrier|correo"
    r"|posta|web|tutanota|"
    r"windows|ordinateur|orange|free|gmx|web\.de|laposte|sfr",
    re.IGNORECASE,
)

SIGN_OFF = re.compile(
    r"(?:(?:bien |très |avec mes |meilleures |sincères |mes |nos )*(?:cordialement"
    r"|salutations(?: distinguées| cordiales)?)"
    r"|cdlt|cdt|bien à vous|sincèrement|respectueusement|amicalement|cordiales salutations"
    r"|(?:with )?(?:best|kind|kindest|warm|warmest) (?:regards|wishes)|regards|yours (?:sincerely"
    r"|faithfully|truly)"
    r"|sincerely(?: yours)?|cheers|all the best"
    r"|mit (?:freundlichen|besten|herzlichen|lieben) grü(?:ß|ss)en|mfg|(?:viele|liebe|beste|freundliche"
    r"|herzliche|schöne) "
    r"grü(?:ß|ss)e|beste[nr]? gru(?:ß|ss)|hochachtungsvoll"
    r"|(?:un |muchos |cordiales |reciba un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|atte"
    r"|cordialmente|un abrazo"
    r"|(?:cordiali|distinti|migliori|tanti|un cordiale) saluti?|in fede|saluti(?: cordiali)?"
    r"|(?:com os |os )?(?:melhores|meus melhores) cumprimentos|cumprimentos|atenciosamente"
    r"|cordiais saudações|att|abraços?"
    r"|(?:met|m\.?) ?(?:vriendelijke|hartelijke|beste) groet(?:en)?|(?:vriendelijke|hartelijke"
    r"|beste) groet(?:en|jes)?"
    r"|mvg|groet(?:en|jes)?|hoogachtend)\s?[,.!]{0,2}",
    re.IGNORECASE,
)
# "Thanks," alone opens a signature only when contact details follow; else it is what she wrote.
THANKS = re.compile(
    r"(?:merci|merci (?:beaucoup|d'avance|par avance)|thanks|many thanks|thank you|danke|vielen dank"
    r"|danke im voraus"
    r"|gracias|muchas gracias|grazie|grazie mille|obrigad[oa]|muito obrigad[oa]|bedankt|alvast bedankt"
    r"|dank u)\s?[,.!]",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"\+?\d[\d .()/-]{7,}|[^@\s]{1,60}@[^@\s]{1,60}\.[a-z]{2,}|https?://|www\.|\b(?:tel|tél|fax|mob|gsm"
    r"|sarl|gmbh|ltd|inc"
    r"|s\.?l\.?|b\.?v\.?|s\.?r\.?l\.?|lda)\b",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"(?:\*{0,3}(?:confidentiality notice|disclaimer|avis de confidentialité|aviso legal"
    r"|aviso de confidencialidade"
    r"|avvertenza|vertraulichkeitshinweis|legal notice)\b"
    r"|ce (?:message|courriel|mail|e-mail)\b.{0,120}confidentiel"
    r"|this (?:e-?mail|message|communication)\b.{0,160}(?:confidential|intended (?:only|solely))"
    r"|diese (?:e-?mail|nachricht)\b.{0,120}vertraulich"
    r"|este (?:mensaje|correo)\b.{0,160}confidencial|esta (?:mensagem|comunicação)\b.{0,160}confidencia"
    r"|(?:questo messaggio|questa e-?mail|il presente messaggio|le informazioni contenute)\b.{0,160}riservat"
    r"|(?:dit bericht|deze e-?mail)\b.{0,160}vertrouwelijk"
    r"|(?:pensez à l['’]environnement|avant d['’]imprimer|please consider the environment"
    r"|bitte denken sie an die umwelt)|garanti sans virus|virus-?free|virenfrei|libre de virus|privo di virus"
    r"|livre de vírus|virusvrij)",
    re.IGNORECASE,
)


def is_device_signature(line: str) -> bool:
    """Is it "Sent from my iPhone" or its kin: the opening words and near them a device or a mail program?"""
    opening = _DEVICE.match(line)
    if not opening or len(line) > 140:
        return False
    return bool(_DEVICE_WORDS.search(line, max(0, opening.end() - 14)))
