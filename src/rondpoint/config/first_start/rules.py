"""The steps of the first start, and a mailbox as people know it. No I/O."""

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

STEPS = ("brand", "mailbox", "number", "widget", "colleagues")
KINDS = {"mailbox": "email", "number": "sms", "widget": "chat"}
DONE, LEFT = "done", "left"
SHOWN = {  # of each channel, what a beginning needs; the rest waits on the connection's own page
    "number": ("provider", "number", "account_sid", "auth_token", "host", "port", "system_id", "password", "tls"),
    "widget": ("origins", "greeting_fr", "greeting_en"),
}
ONLY_FOR = {  # settings that one provider alone has
    "account_sid": "twilio", "auth_token": "twilio",
    "host": "smpp", "port": "smpp", "system_id": "smpp", "password": "smpp", "tls": "smpp",
}  # fmt: skip


class Bad(ValueError):
    """``field`` is the part of the form to mend."""

    def __init__(self, field: str, words: str):
        super().__init__(words)
        self.field = field


class Mailbox(Struct, frozen=True):
    """A mailbox as a mail program asks for it. Ports: 993 and 465 are encrypted from the start; 587 becomes so."""

    address: str
    user: str = ""
    password: str = ""
    imap_host: str = ""
    imap_port: str = "993"
    smtp_host: str = ""
    smtp_port: str = "465"


def settings_of(box: Mailbox) -> dict[str, str]:
    """The settings of an e-mail connection. Without a server for one direction its setting is left out. Raises Bad."""
    found = {"address": box.address}
    if box.imap_host:
        scheme = "imap" if _port(box.imap_port, "imap_port") == 143 else "imaps"
        found["imap_url"] = _address(scheme, box, box.imap_host, box.imap_port, "imap_host") + "/INBOX"
    if box.smtp_host:
        scheme = "smtps" if _port(box.smtp_port, "smtp_port") == 465 else "smtp"
        found["smtp_url"] = _address(scheme, box, box.smtp_host, box.smtp_port, "smtp_host")
    return found


def mailbox_of(settings: Mapping[str, str]) -> Mailbox:
    """The mailbox that an e-mail connection's settings name, its password included."""
    imap, smtp = (urlsplit(settings.get(name, "")) for name in ("imap_url", "smtp_url"))
    signed = imap if imap.hostname else smtp
    return Mailbox(
        address=settings.get("address", ""),
        user=unquote(signed.username or ""),
        password=unquote(signed.password or ""),
        imap_host=imap.hostname or "",
        imap_port=str(imap.port or 993),
        smtp_host=smtp.hostname or "",
        smtp_port=str(smtp.port or 465),
    )


def following(step: str) -> str:
    """The step after one; "" after the last."""
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else ""


def unfinished(progress: Mapping[str, str]) -> str:
    """The first step nobody has done or left out; "" when there is none."""
    return next((step for step in STEPS if step not in progress), "")


def _address(scheme: str, box: Mailbox, host: str, port: str, field: str) -> str:
    if any(letter in host for letter in "/@:?# ") or not host.isascii():
        raise Bad(field, "host")
    user = box.user or box.address
    return f"{scheme}://{quote(user, safe='')}:{quote(box.password, safe='')}@{host}:{int(port)}"


def _port(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Bad(field, "port")
    return int(text)
