"""Invented mails as people send them: short answers with quotes, HTML from office programs, a file now and then."""

import base64
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SAID = (
    "bonjour commande colis livraison retour facture taille adresse paiement merci toujours attends réponse depuis "
    "semaine produit magasin couleur remboursement échange numéro suivi carte client demande question problème urgent "
    "service bien cordialement équipe dernière article reçu abîmé"
)
WORDS = SAID.split()
SUBJECTS = ("Ma commande", "Retour d'un article", "Livraison en retard", "Question sur une facture", "Taille")
FIRST = datetime(2026, 11, 2, 8, tzinfo=UTC)


def mail(chance: random.Random, sender: str, name: str, number: int, answers: str = "") -> bytes:
    """A mail to help@example.com. ``answers``: the Message-ID it refers to, without brackets. Half of many are larger
    than 8 kB."""
    text = _text(chance, int(min(60_000, max(200, chance.lognormvariate(7.3, 0.8)))))
    if answers:
        quoted = "\r\n".join(f"> {line}" for line in _text(chance, 600).split("\r\n"))
        text += f"\r\n\r\nLe 3 mars 2026 à 10:12, Boutique <help@example.com> a écrit :\r\n{quoted}"
    head = _head(chance, sender, name, number, answers)
    plain = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    kind = chance.random()
    if kind < 0.25:
        return f"{head}{plain}".encode()
    both = _multipart("alternative", f"a{number}", plain, _html(text))
    if kind < 0.88:
        return f"{head}{both}".encode()
    return f"{head}{_multipart('mixed', f'm{number}', both, _file(chance))}".encode()


def message_id(number: int) -> str:
    """The Message-ID of a mail, without brackets."""
    return f"m{number}@example.net"


def _head(chance: random.Random, sender: str, name: str, number: int, answers: str) -> str:
    at = format_datetime(FIRST + timedelta(seconds=number))
    lines = [
        f"Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}]) by mail.example.com with ESMTPS "
        f"id {chance.getrandbits(60):x}; {at}"
        for hop in range(1, 5)
    ]
    lines += [
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s1; h=from:to:subject; "
        f"bh={_noise(chance, 32)}; b={_noise(chance, 256)}",
        f"From: {name.encode('ascii', 'ignore').decode()} <{sender}>",
        "To: Boutique <help@example.com>",
        f"Subject: {'Re: ' if answers else ''}{chance.choice(SUBJECTS)}",
        f"Message-ID: <{message_id(number)}>",
        f"Date: {at}",
        "MIME-Version: 1.0",
        "X-Mailer: Example Mail 12.3",
    ]
    if answers:
        lines += [f"In-Reply-To: <{answers}>", f"References: <{answers}>"]
    return "\r\n".join(lines) + "\r\n"


def _text(chance: random.Random, size: int) -> str:
    lines: list[str] = []
    while sum(map(len, lines)) < size:
        lines.append(" ".join(chance.choices(WORDS, k=chance.randint(6, 14))).capitalize() + ".")
    return "\r\n".join(lines)


def _html(text: str) -> str:
    paragraphs = "".join(
        f'<p style="margin:0;font-size:11pt;font-family:Calibri,sans-serif"><span lang="FR">{line}</span></p>'
        for line in text.replace(">", "&gt;").replace("<", "&lt;").split("\r\n")
    )
    body = f"<html><head><style>p{{margin:0}}</style></head><body>{paragraphs}</body></html>"
    coded = base64.encodebytes(body.encode()).decode().replace("\n", "\r\n")
    return f"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"


def _file(chance: random.Random) -> str:
    coded = base64.encodebytes(chance.randbytes(chance.randint(15_000, 150_000))).decode().replace("\n", "\r\n")
    return (
        'Content-Type: application/pdf; name="facture.pdf"\r\nContent-Disposition: attachment; filename="facture.pdf"'
        f"\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}"
    )


def _multipart(kind: str, boundary: str, *parts: str) -> str:
    inner = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inner}--{boundary}--\r\n'


def _noise(chance: random.Random, size: int) -> str:
    return base64.b64encode(chance.randbytes(size)).decode()
