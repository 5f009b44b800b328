"""The PDUs of SMPP 3.4 that a transceiver needs, read with limits: a PDU comes from outside.

Source: SMPP Protocol Specification v3.4, Issue 1.2, chapters 4 and 5.
"""

import asyncio
import struct

from msgspec import Struct

MAX_PDU = 70_000  # message_payload holds 64 kB
HEADER = struct.Struct(">IIII")

GENERIC_NACK = 0x80000000
BIND_TRANSCEIVER = 0x00000009
SUBMIT_SM = 0x00000004
DELIVER_SM = 0x00000005
UNBIND = 0x00000006
ENQUIRE_LINK = 0x00000015
ALERT_NOTIFICATION = 0x00000102
RESPONSE = 0x80000000

OK = 0x00000000
INVALID_COMMAND = 0x00000003  # ESME_RINVCMDID
TEMPORARY = 0x00000064  # ESME_RX_T_APPN: keep it and try again

USER_MESSAGE_REFERENCE = 0x0204
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, MESSAGE_PAYLOAD = 0x001E, 0x0427, 0x0424

ESM_RECEIPT = 0x04
ESM_UDH = 0x40


class BadPdu(ValueError):
    """The bytes are not a PDU of SMPP 3.4."""


class Pdu(Struct, frozen=True):
    """A PDU: header and undecoded body."""

    command: int
    status: int
    sequence: int
    body: bytes = b""


class ShortMessage(Struct, frozen=True):
    """What matters of deliver_sm and submit_sm; ``text`` is short_message or message_payload."""

    source_ton: int
    source: str
    destination_ton: int
    destination: str
    esm_class: int
    data_coding: int
    text: bytes
    options: dict[int, bytes] = {}


def pack(pdu: Pdu) -> bytes:
    """The bytes of a PDU."""
    return HEADER.pack(HEADER.size + len(pdu.body), pdu.command, pdu.status, pdu.sequence) + pdu.body


def unpack(data: bytes) -> Pdu:
    """The one PDU that ``data`` holds. Raises BadPdu."""
    if len(data) < HEADER.size:
        raise BadPdu("shorter than a header")
    length, command, status, sequence = HEADER.unpack_from(data)
    if length != len(data) or length > MAX_PDU:
        raise BadPdu(f"says it has {length} bytes and has {len(data)}")
    return Pdu(command, status, sequence, data[HEADER.size :])


async def read(reader: asyncio.StreamReader) -> Pdu:
    """The next PDU of a line. Raises BadPdu for an impossible length, IncompleteReadError at the end."""
    head = await reader.readexactly(HEADER.size)
    length, command, status, sequence = HEADER.unpack(head)
    if not HEADER.size <= length <= MAX_PDU:
        raise BadPdu(f"a PDU of {length} bytes")
    return Pdu(command, status, sequence, await reader.readexactly(length - HEADER.size))


def text_field(value: str, size: int) -> bytes:
    """A C-octet string of at most ``size`` bytes with its NUL. Raises ValueError."""
    data = value.encode("ascii")
    if len(data) >= size or b"\0" in data:
        raise ValueError(f"at most {size - 1} ASCII characters")
    return data + b"\0"


def bind_body(system_id: str, password: str, system_type: str = "") -> bytes:
    """The body of bind_transceiver, version 3.4. Servers take longer names than the specification has."""
    return (
        text_field(system_id, 64)
        + text_field(password, 64)
        + text_field(system_type, 13)
        + bytes([0x34, 0, 0])
        + b"\0"
    )


def submit_body(
    source: str, destination: str, data: bytes, data_coding: int, udh: bool = False, receipt: bool = True
) -> bytes:
    """The body of submit_sm. Numbers in E.164 lose their ``+`` and get type-of-number 1, names get 5."""
    fields = [b"\0"]
    for address in (source, destination):
        ton, npi, digits = _address(address)
        fields += [bytes([ton, npi]), text_field(digits, 21)]
    fields.append(bytes([ESM_UDH if udh else 0, 0, 0]) + b"\0\0")
    fields.append(bytes([1 if receipt else 0, 0, data_coding, 0, len(data)]) + data)
    return b"".join(fields)


def _address(text: str) -> tuple[int, int, str]:
    if text.startswith("+") and text[1:].isdigit():
        return 1, 1, text[1:]
    if text.isdigit():
        return (3 if len(text) < 8 else 0), 1, text
    return 5, 0, text


def short_message(body: bytes) -> ShortMessage:
    """The fields of a deliver_sm or submit_sm. Raises BadPdu."""
    position = 0

    def string(size: int) -> str:
        nonlocal position
        end = body.find(b"\0", position, position + size + 1)
        if end < 0:
            raise BadPdu("a text field does not end")
        value = body[position:end].decode("latin-1")
        position = end + 1
        return value

    def octets(number: int) -> bytes:
        nonlocal position
        if position + number > len(body):
            raise BadPdu("the body ends in the middle of a field")
        value = body[position : position + number]
        position += number
        return value

    string(6)
    source_ton, _ = octets(2)
    source = string(65)
    destination_ton, _ = octets(2)
    destination = string(65)
    esm_class, _, _ = octets(3)
    string(17)
    string(17)
    _, _, data_coding, _, length = octets(5)
    text = octets(length)
    options: dict[int, bytes] = {}
    while position < len(body):
        tag, size = struct.unpack(">HH", octets(4))
        options.setdefault(tag, octets(size))
    if not text:
        text = options.get(MESSAGE_PAYLOAD, b"")
    return ShortMessage(
        source_ton, source, destination_ton, destination, esm_class, data_coding, text, options
    )


def c_string(body: bytes) -> str:
    """The first C-octet string of a body (message_id of submit_sm_resp), without its NUL."""
    return body.partition(b"\0")[0][:65].decode("latin-1")


class Header(Struct, frozen=True):
    """What a user data header says about the message it is part of; ``wide``: a 16-bit reference."""

    reference: int = 0
    total: int = 1
    number: int = 1
    wide: bool = False


def cut_header(message: ShortMessage) -> tuple[Header, bytes]:
    """The concatenation (UDH, TS 23.040 9.2.3.24, or sar_ options) and the text without it. Raises BadPdu."""
    text, header = message.text, Header()
    if message.esm_class & ESM_UDH:
        if not text or len(text) < 1 + text[0]:
            raise BadPdu("the user data header is longer than the message")
        header = _concatenation(text[1 : 1 + text[0]])
        text = text[1 + text[0] :]
    elif {SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER} <= message.options.keys():
        reference, total, number = (
            int.from_bytes(message.options[tag][:2], "big") for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)
        )
        header = Header(reference, total, number, True)
    if header.total > 255 or not 1 <= header.number <= max(header.total, 1):
        raise BadPdu(f"part {header.number} of {header.total} cannot be")
    return header, text


def _concatenation(elements: bytes) -> Header:
    position = 0
    while position + 2 <= len(elements):
        kind, size = elements[position], elements[position + 1]
        value = elements[position + 2 : position + 2 + size]
        if kind == 0x00 and len(value) == 3:
            return Header(value[0], value[1], value[2])
        if kind == 0x08 and len(value) == 4:
            return Header(int.from_bytes(value[:2], "big"), value[2], value[3], True)
        position += 2 + size
    return Header()


def concatenation_header(reference: int, total: int, number: int) -> bytes:
    """The 6 bytes before a part of a long message, with an 8-bit reference."""
    return bytes([5, 0, 3, reference & 0xFF, total, number])
