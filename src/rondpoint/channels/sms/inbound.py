"""What every provider of SMS makes of an inbound text."""

from typing import Literal

from rondpoint.channels.contract import Address, ConnectionInfo, Consent, FileIn, MessageIn, Parsed
from rondpoint.channels.sms import opt_out
from rondpoint.lib import addresses


def country(connection: ConnectionInfo) -> str:
    """The ISO 3166 country in which numbers without ``+`` are read."""
    return connection.get("country") or connection.country or "FR"


def own_number(connection: ConnectionInfo) -> str:
    """Our number in E.164; a short code or a name stays as it is."""
    number = connection.get("number")
    try:
        return addresses.normalise_phone(number, country(connection))
    except addresses.BadAddress:
        return number


def address(text: str, connection: ConnectionInfo, name: str = "") -> Address:
    """The sender as the provider names it. What is no phone number (``INFO``, 38123) is kind ``sms``."""
    try:
        return Address("phone", addresses.normalise_phone(text, country(connection)), name, "provider")
    except addresses.BadAddress:
        return Address("sms", text.strip()[:64], name, "provider")


def items(
    connection: ConnectionInfo,
    event_id: str,
    at: int,
    sender: Address,
    account: str,
    text: str,
    files: tuple[FileIn, ...] = (),
    said: str = "",
) -> list[Parsed]:
    """The message, and before it the consent that its text gives or withdraws.

    ``said``: ``stop`` or ``start`` where the provider recognised the word itself.
    """
    message = MessageIn(
        event_id=event_id, at=at, sender=sender, account=account, text=text, files=files, external_id=event_id
    )
    word = said or opt_out.read(text)
    if word not in ("stop", "start"):
        return [message]
    action: Literal["stop", "start"] = "stop" if word == "stop" else "start"
    consent = Consent(
        event_id=f"{event_id}:{action}",
        at=at,
        address=sender,
        action=action,
        text=text[:200],
        account=account,
    )
    return [consent, message]
