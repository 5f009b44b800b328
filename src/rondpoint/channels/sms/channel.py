"""SMS: one channel, two ways to the operators, chosen by the setting ``provider``."""

from typing import Any, Protocol

from rondpoint.channels.contract import (
    Channel,
    ConnectionInfo,
    Deliver,
    Manifest,
    MessageOut,
    Parsed,
    Part,
    Raw,
    Refused,
    SendResult,
    Setting,
)
from rondpoint.channels.sms import inbound, opt_out, segments, smpp, twilio
from rondpoint.lib import addresses
from rondpoint.lib.text import storable_fields

MAX_SEGMENTS = 10


class Provider(Protocol):
    """What the module of a provider has."""

    @property
    def REQUIRED(self) -> tuple[str, ...]: ...  # noqa: N802 (a module's constant)

    def verify(self, raw: Raw, connection: ConnectionInfo) -> bool: ...
    def acknowledgement(self, raw: Raw, connection: ConnectionInfo) -> tuple[bytes, str]: ...
    def parse(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]: ...
    def render(self, message: MessageOut, text: str, connection: ConnectionInfo) -> list[Part] | Refused: ...
    async def send(
        self, part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str
    ) -> SendResult: ...
    async def check(self, connection: ConnectionInfo, http: Any) -> str: ...


PROVIDERS: dict[str, Provider] = {"twilio": twilio, "smpp": smpp}

MANIFEST = Manifest(
    kind="sms",
    label="SMS",
    address_kind="phone",
    settings=(
        Setting("provider", "Provider", choices=tuple(PROVIDERS), default="twilio"),
        Setting(
            "number", "Our number", required=True, help="As people see it: +33 1 99 00 12 34, or a short code"
        ),
        Setting("auth_token", "Auth token", secret=True, help="Twilio: signs the webhooks and opens the API"),
        Setting("account_sid", "Account SID", help="Twilio: needed to send"),
        Setting(
            "api_base",
            "API address",
            default=twilio.API_BASE,
            help="Twilio: change it for a region or a test",
        ),
        Setting("host", "Host", help="SMPP: the SMSC's name or address"),
        Setting("port", "Port", help="SMPP: usually 2775"),
        Setting("system_id", "System id", help="SMPP: the account's name"),
        Setting("password", "Password", secret=True, help="SMPP"),
        Setting("system_type", "System type", help="SMPP: only where the SMSC asks for it"),
        Setting("tls", "TLS", choices=("no", "yes"), default="no", help="SMPP: encrypt the line"),
        Setting(
            "country", "Country", default="FR", help="Numbers written without + are read as of this country"
        ),
    ),
    capabilities=frozenset({"inbound", "receipts", "media", "rings"}),
    text_limit=segments.LIMITS["gsm7"][1] * MAX_SEGMENTS,
    limit_unit="gsm7",
    opt_out_words=opt_out.STOP_WORDS,
    opt_in_words=opt_out.START_WORDS,
)


class SmsChannel(Channel):
    """Dispatches on the provider; what all providers share is here."""

    manifest = MANIFEST

    def verify(self, raw: Raw, connection: ConnectionInfo) -> bool:
        return provider(connection).verify(raw, connection)

    def acknowledgement(self, raw: Raw, connection: ConnectionInfo) -> tuple[bytes, str]:
        return provider(connection).acknowledgement(raw, connection)

    def delivery_id(self, raw: Raw) -> str:
        return smpp.delivery_id(raw) if raw.method == "SMPP" else twilio.delivery_id(raw)

    def parse(self, raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
        return [storable_fields(item) for item in provider(connection).parse(raw, connection)]

    def assemble(self, raws: list[Raw], connection: ConnectionInfo) -> list[Parsed]:
        return [storable_fields(item) for item in smpp.assemble(raws, connection)]

    def render(self, message: MessageOut, connection: ConnectionInfo) -> list[Part] | Refused:
        if not message.to.value:
            return Refused("no_address", "no phone number")
        by_media = provider_name(connection) == "twilio"
        links = [file.url for file in message.files if file.url and not by_media]
        text = "\n".join(part for part in (message.text.strip(), *links) if part)
        if any(not file.url for file in message.files):
            return Refused("file_without_link", "a file needs a public address to go by SMS")
        if not text and not message.files:
            return Refused("empty", "nothing to send")
        counted = segments.count(text)
        if counted.segments > MAX_SEGMENTS:
            return Refused("too_long", f"{counted.segments} segments, at most {MAX_SEGMENTS}")
        return provider(connection).render(message, text, connection)

    async def send(
        self, part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str
    ) -> SendResult:
        return await provider(connection).send(part, connection, http, idempotency_key)

    async def fetch_media(self, ref: str, connection: ConnectionInfo, http: Any) -> bytes:
        """The bytes of a file that came as a reference, at most 16 MB. Raises ``httpx.HTTPError``."""
        return await twilio.fetch_media(ref, connection, http)

    def normalize_address(self, text: str, connection: ConnectionInfo) -> str:
        return addresses.normalise_phone(text, inbound.country(connection))

    def opt_out_reply(self, connection: ConnectionInfo) -> str:
        """Over SMPP nobody but us answers; Twilio confirms a STOP itself and then takes nothing more."""
        return opt_out.confirmation(connection) if provider_name(connection) == "smpp" else ""

    def account(self, connection: ConnectionInfo) -> str:
        return inbound.own_number(connection)

    def has_session(self, connection: ConnectionInfo) -> bool:
        return provider_name(connection) == "smpp"

    async def session(self, connection: ConnectionInfo, deliver: Deliver) -> None:
        await smpp.session(connection, deliver)

    async def check(self, connection: ConnectionInfo, http: Any) -> str:
        return await provider(connection).check(connection, http)

    def check_settings(self, settings: dict[str, str]) -> dict[str, str]:
        problems = super().check_settings(settings)
        chosen = PROVIDERS.get(settings.get("provider") or "twilio")
        labels = {field.name: field.label for field in self.manifest.settings}
        for name in chosen.REQUIRED if chosen else ():
            if not settings.get(name):
                problems[name] = f"{labels[name]}: {settings.get('provider') or 'twilio'} needs it"
        problems |= _field_problems(settings)
        return problems


def provider(connection: ConnectionInfo) -> Provider:
    """The module of the connection's provider."""
    return PROVIDERS[provider_name(connection)]


def provider_name(connection: ConnectionInfo) -> str:
    """The slug of the connection's provider."""
    return connection.get("provider", "twilio")


def _field_problems(settings: dict[str, str]) -> dict[str, str]:
    problems = {}
    number, port = settings.get("number", ""), settings.get("port", "")
    if number and not _is_sender(number, settings.get("country") or "FR"):
        problems["number"] = f"Our number: {number!r} is no phone number, short code or name of 11 letters"
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        problems["port"] = "Port: a number from 1 to 65535"
    base = settings.get("api_base", "")
    if base and not base.startswith(("https://", "http://")):
        problems["api_base"] = "API address: it starts with https://"
    return problems


def _is_sender(text: str, country: str) -> bool:
    """A phone number, a short code, or a name of at most 11 characters (TS 23.040, 9.1.2.5)."""
    try:
        addresses.normalise_phone(text, country)
    except addresses.BadAddress:
        return 3 <= len(text) <= 11 and text.isascii() and text.replace(" ", "").isalnum()
    return True


channel = SmsChannel()
