"""The phone's mail: real MIME by LMTP to the house, and a small SMTP server that takes what the house sends."""

import smtplib
import uuid
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr

from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.conf import settings

from rondpoint.channels import connections
from rondpoint.demo.carrier import NotTaken
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.person import Person
from rondpoint.lib import clock
from rondpoint.lib.db import write

TIMEOUT = 15.0


def send(person: Person, subject: str, text: str, answers: PhoneItem | None = None) -> PhoneItem:
    """Writes a mail from the phone to the house, as an answer to ``answers`` when given. Raises NotTaken."""
    row = connections.first("email", None)
    if row is None:
        raise NotTaken("there is no e-mail connection")
    connection = connections.info(row)
    to = (answers.reply_to or answers.peer) if answers else connection.get("address")
    message_id = f"{uuid.uuid4()}@phone.example.org"
    references = " ".join([*answers.references.split(), answers.external_id]) if answers else ""
    if answers and not subject:
        subject = answers.subject if answers.subject.lower().startswith("re:") else f"Re: {answers.subject}"
    mail = _compose(person, connection.get("authserv_id"), to, subject, text, message_id, references, answers)
    try:
        with smtplib.LMTP("127.0.0.1", settings.ENVIRONMENT.lmtp_port, "phone.example.org") as line:
            line.sock.settimeout(TIMEOUT)
            line.sendmail(person.email, [to], mail.as_bytes(policy=policy.SMTP))
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(f"the house's mail server did not take it: {error}") from error
    with write():
        return PhoneItem.objects.create(
            app="mail",
            direction="out",
            owner=person.email,
            peer=to,
            peer_name="Maison Hirondelle",
            subject=subject[:300],
            text=text,
            external_id=message_id,
            references=references,
        )


def _compose(
    person: Person,
    authserv_id: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    references: str,
    answers: PhoneItem | None,
) -> EmailMessage:
    mail = EmailMessage()
    # Her provider's domain is checked where the house's own mail server takes the mail in (RFC 8601).
    mail["Authentication-Results"] = f"{authserv_id}; dmarc=pass header.from={person.email.partition('@')[2]}"
    mail["From"] = f"{person.name} <{person.email}>"
    mail["To"] = to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(clock.to_datetime(clock.now()))
    mail["Message-ID"] = f"<{message_id}>"
    if answers:
        mail["In-Reply-To"] = f"<{answers.external_id}>"
        mail["References"] = " ".join(f"<{value}>" for value in references.split())
        quoted = "\n".join(f"> {line}" for line in answers.text.splitlines())
        text = f"{text}\n\nLe {clock.iso(answers.at)[:10]}, {answers.peer_name or answers.peer} a écrit :\n{quoted}\n"
    mail.set_content(text, cte="quoted-printable")
    return mail


class Sink:
    """What aiosmtpd asks: every mail of the house ends up on the phone of its recipient."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        data = envelope.original_content or envelope.content or b""
        await sync_to_async(keep, thread_sensitive=False)(data, list(envelope.rcpt_tos))
        return "250 2.0.0 delivered to the phone"


def keep(data: bytes, recipients: list[str]) -> None:
    """Puts a mail of the house into the recipients' mailboxes."""
    mail = message_from_bytes(data, policy=policy.default)
    body = mail.get_body(preferencelist=("plain", "html"))
    name, address = parseaddr(str(mail.get("From", "")))
    reply_to = getaddresses([str(value) for value in mail.get_all("Reply-To", [])])
    with write():
        for recipient in recipients:
            PhoneItem.objects.create(
                app="mail",
                direction="in",
                owner=recipient.lower(),
                peer=address,
                peer_name=name[:200],
                reply_to=reply_to[0][1] if reply_to else "",
                subject=str(mail.get("Subject", ""))[:300],
                text=body.get_content().strip() if body else "",
                external_id=str(mail.get("Message-ID", "")).strip("<> "),
                references=str(mail.get("References", "")).replace("<", " ").replace(">", " ").strip(),
            )
