"""Web chat: our own protocol. Messages come in through ``/chat/v1`` and leave through its stream."""

import re
from typing import Any

import msgspec

from rondpoint.channels.contract import (
    Address,
    Channel,
    ConnectionInfo,
    Manifest,
    MessageIn,
    MessageOut,
    Parsed,
    Part,
    Raw,
    Refused,
    SendResult,
    Sent,
    Setting,
)

TEXT_LIMIT = 20_000
MIN_SECRET = 32
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Stored(msgspec.Struct):
    """A message as the chat keeps it raw."""

    session: int
    client_id: str
    profile: str
    text: str


class ChatChannel(Channel):
    """The widget on a company's site."""

    manifest = Manifest(
        kind="chat",
        label="Chat",
        address_kind="chat",
        settings=(
            Setting("origins", "Origins", required=True, help="https://www.example.com, separated by commas"),
            Setting("secret", "Secret", secret=True, help="Signs the accounts of your site (JWT, HS256)"),
            Setting(
                "accounts",
                "Signed accounts",
                help="own: of this chat alone; brand: the same numbers as in the brand's sources and files",
                choices=("own", "brand"),
                default="own",
            ),
            Setting("colour", "Colour", help="#0b5cab; without it the brand's"),
            Setting("greeting_fr", "Greeting in French"),
            Setting("greeting_en", "Greeting in English"),
            Setting(
                "ask",
                "Ask first",
                help="What a visitor nobody knows is asked before she writes",
                choices=("none", "name", "email", "name_email"),
                default="none",
            ),
            Setting(
                "ask_required",
                "Answer required",
                help="Whether she may write without answering",
                choices=("no", "yes"),
                default="no",
            ),
        ),
        capabilities=frozenset({"inbound", "media", "receipts", "typing", "on_site"}),
        text_limit=TEXT_LIMIT,
        limit_unit="utf16",
        person_starts=False,
    )

    def delivery_id(self, raw: Raw) -> str:
        said = msgspec.json.decode(raw.body, type=Stored)
        return f"{said.session}:{said.client_id}"

    def parse(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
        said = msgspec.json.decode(raw.body, type=Stored)  # its error is a ValueError
        return [
            MessageIn(
                event_id=f"chat:{said.session}:{said.client_id}",
                at=raw.received,
                sender=Address("chat", said.profile, "", "signed"),
                account=connection.public_id,
                text=said.text,
            )
        ]

    def render(self, message: MessageOut, connection: ConnectionInfo) -> list[Part] | Refused:
        if not message.text.strip() and not message.files:
            return Refused("empty")
        if len(message.text) > TEXT_LIMIT:
            return Refused("too_long", f"{len(message.text)} of {TEXT_LIMIT} characters")
        return [Part(to=message.to.value, text=message.text)]

    async def send(self, part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str) -> SendResult:
        return Sent()

    def takes(self, address: str, connection: ConnectionInfo) -> bool:
        """May pages of this origin use the chat?"""
        allowed = origins(connection.get("origins"))
        return "*" in allowed or address.lower() in allowed

    def normalize_address(self, text: str, connection: ConnectionInfo) -> str:
        return text

    def check_settings(self, settings: dict[str, str]) -> dict[str, str]:
        problems = super().check_settings(settings)
        for origin in origins(settings.get("origins", "")):
            scheme, separator, host = origin.partition("://")
            if origin != "*" and (scheme not in ("http", "https") or not separator or not host or "/" in host):
                problems["origins"] = f"Origins: {origin!r} is no origin; expected https://www.example.com"
        colour = settings.get("colour", "")
        if colour and not COLOUR.fullmatch(colour):
            problems["colour"] = f"Colour: {colour!r} is no colour; expected six hexadecimal digits like #0b5cab"
        secret = settings.get("secret", "")
        if secret and len(secret.encode()) < MIN_SECRET:
            problems["secret"] = f"Secret: at least {MIN_SECRET} characters are needed"
        return problems


def origins(text: str) -> list[str]:
    """The origins of a setting, without trailing slashes."""
    return [origin.strip().rstrip("/").lower() for origin in text.split(",") if origin.strip()]


channel = ChatChannel()
