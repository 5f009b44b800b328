"""The parts of a MIME message (RFC 2046), as the standard library keeps them."""

from email.message import Message


def parts_of(message: Message) -> list[Message]:
    """The parts right below one; empty for a part that holds text or a file."""
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
