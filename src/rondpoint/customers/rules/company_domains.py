"""Domains of e-mail addresses: which may name a company, and which are everybody's. Pure."""

import re
from typing import Any

LONGEST, MOST = 253, 20
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")

_EVERYBODYS = """
gmail.com googlemail.com outlook.com outlook.fr outlook.be hotmail.com hotmail.fr hotmail.be hotmail.ca
hotmail.ch hotmail.co.uk live.com live.fr live.be live.ca live.nl msn.com yahoo.com yahoo.fr yahoo.ca yahoo.be
yahoo.co.uk yahoo.de yahoo.es yahoo.it ymail.com rocketmail.com aol.com aol.fr icloud.com me.com mac.com
proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com gmx.com gmx.de gmx.fr
gmx.net gmx.ch gmx.at web.de mail.com mail.ru yandex.com yandex.ru zoho.com fastmail.com fastmail.fm hey.com
duck.com mailo.com mailfence.com posteo.de posteo.net disroot.org riseup.net qq.com 163.com 126.com naver.com
orange.fr wanadoo.fr sfr.fr neuf.fr cegetel.net club-internet.fr 9online.fr 9business.fr numericable.fr
noos.fr free.fr aliceadsl.fr alice.fr bbox.fr laposte.net voila.fr libertysurf.fr tiscali.fr nordnet.fr
infonie.fr netcourrier.com caramail.com
videotron.ca videotron.qc.ca sympatico.ca bell.net bell.ca rogers.com shaw.ca telus.net cogeco.ca cgocable.ca
globetrotter.net oricom.ca
skynet.be proximus.be telenet.be scarlet.be voo.be base.be brutele.be pandora.be belgacom.net
bluewin.ch hispeed.ch sunrise.ch swissonline.ch green.ch romandie.com citycable.ch netplus.ch bluemail.ch vtx.ch
btinternet.com t-online.de freenet.de libero.it virgilio.it telefonica.net comcast.net verizon.net att.net
sbcglobal.net cox.net charter.net
"""
PUBLIC = frozenset(_EVERYBODYS.split())
"""Mail for everybody: an address there says nothing of a company."""


class BadDomain(ValueError):
    """The text is no domain that may name a company; the message says what is expected."""


def normalise(text: str) -> str:
    """The domain in an address of a site, of a mailbox or in itself, as mail has it. Raises BadDomain."""
    host = text.strip().lower().rpartition("@")[2]
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", host)
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].strip(".").removeprefix("www.")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise BadDomain(f"{text[:80]!r} is no domain: it cannot exist") from error
    if len(host) > LONGEST or not _DOMAIN.fullmatch(host) or host.rpartition(".")[2].isdecimal():
        raise BadDomain(f"{text[:80]!r} is no domain; expected one like example.com")
    if host in PUBLIC:
        raise BadDomain(f"everybody may have an address at {host}: it names no company")
    return host


def of_address(address: str) -> str:
    """The domain of an e-mail address if it may name a company, else an empty text."""
    try:
        return normalise(address) if "@" in address else ""
    except BadDomain:
        return ""


def said(traits: dict[str, Any]) -> list[str]:
    """The domains that traits name, as ``domains``, ``domain`` or ``website``: the first of these that is told. What is
    no domain of a company is left out."""
    for name in ("domains", "domain", "website"):
        told = traits.get(name)
        texts = told if isinstance(told, list) else [told]
        found = []
        for text in texts[: 5 * MOST]:
            if isinstance(text, str):
                try:
                    found.append(normalise(text))
                except BadDomain:
                    continue
        if found:
            return list(dict.fromkeys(found))[:MOST]
    return []
