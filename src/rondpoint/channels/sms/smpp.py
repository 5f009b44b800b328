"""SMPP 3.4: what its PDUs say, the parts of a text, and the way to the line that is open.

A delivery is the deliver_sm as it came. Source: SMPP v3.4 Issue 1.2, 5.2 and appendix B (receipts).
"""

import hashlib
import re
from typing import Any

from rondpoint.channels.contract import (
    ConnectionInfo,
    Deliver,
    DispatchState,
    Ignored,
    Incomplete,
    MessageOut,
    OutcomeUnknown,
    Parsed,
    Part,
    Raw,
    Receipt,
    SendError,
    SendResult,
    Sent,
)
from rondpoint.channels.sms import inbound, line, pdu, segments
from rondpoint.lib import clock

REQUIRED = ("host", "port", "system_id", "password")
GSM7, IA5, LATIN1, UCS2 = 0, 1, 3, 8
MISSING = " [… {number}/{total} …] "  # stands for a part that never came

# ESME_RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN: the SMSC has not taken it and may later.
RETRYABLE = {0x08: None, 0x14: 10.0, 0x58: 1.0, 0x64: None}
DEAD = frozenset({0x0B})  # ESME_RINVDSTADR
STATES_BY_NUMBER: dict[int, DispatchState] = {
    1: "sent", 2: "delivered", 3: "failed", 4: "failed", 5: "failed", 6: "sent", 7: "unknown", 8: "failed",
}  # fmt: skip
STATES_BY_WORD: dict[str, DispatchState] = {
    "ENROUTE": "sent",
    "ACCEPTD": "sent",
    "DELIVRD": "delivered",
    "EXPIRED": "failed",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
    "UNKNOWN": "unknown",
}
_RECEIPT = re.compile(rb"\b(id|stat|err|done date):\s{0,2}([^\s\0]{1,65})", re.IGNORECASE)


def verify(raw: Raw, connection: ConnectionInfo) -> bool:
    """Nothing of SMPP comes over HTTP: a webhook to such a connection is always refused."""
    return False


def acknowledgement(raw: Raw, connection: ConnectionInfo) -> tuple[bytes, str]:
    """Unused: the line answers with deliver_sm_resp."""
    return b"", "text/plain"


def delivery_id(raw: Raw) -> str:
    """The same for a PDU that the SMSC sends again, whatever its sequence number.

    A receipt is its message, state and text. A text is its addresses, coding, header, content and options
    within the minute it first arrived: SMPP 3.4 puts no time of its own on it, and "yes" said twice is two
    messages. The line gives a repetition after a cut the time of the first try, so the minute holds there.
    """
    digest = hashlib.sha256()
    try:
        packet = pdu.unpack(raw.body)
        message = pdu.short_message(packet.body)
    except pdu.BadPdu:
        return "bad:" + hashlib.sha256(raw.body[8:12] + raw.body[16:]).hexdigest()
    digest.update(packet.body)
    if message.esm_class & 0x3C == pdu.ESM_RECEIPT:
        return "receipt:" + digest.hexdigest()
    digest.update(str(raw.received // clock.MINUTE).encode())
    return "sms:" + digest.hexdigest()


def parse(raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
    """A receipt, a message, or one part of a long one. Raises ValueError on what is no deliver_sm."""
    packet = pdu.unpack(raw.body)
    if packet.command != pdu.DELIVER_SM:
        raise pdu.BadPdu(f"command {packet.command:#x} is not deliver_sm")
    message = pdu.short_message(packet.body)
    kind = message.esm_class & 0x3C
    if kind == pdu.ESM_RECEIPT:
        return _receipt(raw, message, connection)
    if kind:
        return [Ignored(f"SMPP acknowledgement or notification (esm_class {message.esm_class:#04x})")]
    header, data = pdu.cut_header(message)
    if header.total > 1:
        group = ":".join(
            str(part)
            for part in (
                message.source,
                message.destination,
                header.reference,
                header.total,
                int(header.wide),
            )
        )
        return [Incomplete("sms:" + group, header.number, header.total, raw.received)]
    return _message(raw, message, decode(data, message.data_coding), connection)


def assemble(raws: list[Raw], connection: ConnectionInfo) -> list[Parsed]:
    """A long message out of its parts, in order; where some are missing their numbers stand instead."""
    messages = [pdu.short_message(pdu.unpack(raw.body).body) for raw in raws]
    text = _joined([pdu.cut_header(message) for message in messages], messages[0].data_coding)
    return _message(raws[0], messages[0], text, connection)


def _joined(parts: list[tuple[pdu.Header, bytes]], coding: int) -> str | None:
    """Bytes of parts that follow each other are joined before they are read: a pair may be cut in two."""
    found = {header.number: data for header, data in parts}
    total, said, run = parts[0][0].total, "", b""
    for number in range(1, total + 2):
        if number in found:
            run += found[number]
            continue
        text = decode(run, coding)
        if text is None:
            return None
        said, run = said + text, b""
        if number <= total:
            said += MISSING.format(number=number, total=total)
    return said


def _message(raw: Raw, message: pdu.ShortMessage, text: str | None, connection: ConnectionInfo) -> list[Parsed]:
    if text is None:
        return [Ignored(f"a binary message (data_coding {message.data_coding:#04x})")]
    return inbound.items(
        connection,
        delivery_id(raw),
        raw.received,
        inbound.address(_number(message.source_ton, message.source), connection),
        inbound.address(_number(message.destination_ton, message.destination), connection).value,
        text,
    )


def _number(ton: int, digits: str) -> str:
    """Type-of-number 1 is international; most SMSCs also leave out the plus of the type 0."""
    international = ton == 1 or (ton == 0 and len(digits) > 8 and not digits.startswith("0"))
    return "+" + digits if international and digits.isascii() and digits.isdigit() else digits


def decode(data: bytes, coding: int) -> str | None:
    """The text of a data_coding, None for binary. Raises ValueError for a coding nobody sends us."""
    if coding == GSM7 or coding & 0xF4 == 0xF0:
        return segments.decode_gsm7(data)
    if coding in (IA5, LATIN1):
        return data.decode("latin-1")
    if coding == UCS2:
        return data.decode("utf-16-be", "replace")
    if coding in (2, 4) or coding & 0xF4 == 0xF4:
        return None
    raise ValueError(f"data_coding {coding:#04x} is not known: 0, 1, 3 and 8 are")


def _receipt(raw: Raw, message: pdu.ShortMessage, connection: ConnectionInfo) -> list[Parsed]:
    said = {
        name.decode().lower(): value.decode("latin-1")
        for name, value in _RECEIPT.findall(message.text[:1024])
    }
    external_id = (
        message.options.get(pdu.RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0][:65].decode("latin-1")
    )
    external_id = external_id or said.get("id", "")
    if not external_id:
        raise ValueError("the receipt names no message")
    number = int.from_bytes(message.options.get(pdu.MESSAGE_STATE, b"")[:1], "big")
    word = said.get("stat", "").upper()
    state = STATES_BY_NUMBER.get(number) or STATES_BY_WORD.get(word[:7])
    if state is None:
        return [Ignored(f"receipt of {external_id} with the unknown state {word[:20]!r}")]
    error = " ".join(text for text in (word, f"err {said['err']}" if said.get("err") else "") if text)
    return [
        Receipt(
            event_id=delivery_id(raw),
            at=raw.received,
            external_id=external_id,
            state=state,
            error=(error or f"message_state {number}") if state == "failed" else "",
            address=inbound.address(_number(message.source_ton, message.source), connection).value,
        )
    ]


def render(message: MessageOut, text: str, connection: ConnectionInfo) -> list[Part]:
    """One part a segment, each with the header that joins them. The reference comes from the message's id."""
    pieces = segments.split(text)
    gsm = segments.encoding_of(text) == "gsm7"
    reference = hashlib.sha256(message.id.encode()).digest()[0]
    parts = []
    for index, piece in enumerate(pieces):
        header = b"" if len(pieces) == 1 else pdu.concatenation_header(reference, len(pieces), index + 1)
        parts.append(
            Part(
                to=message.to.value,
                text=piece,
                index=index,
                total=len(pieces),
                data={"udh": header.hex(), "ref": reference, "coding": GSM7 if gsm else UCS2},
            )
        )
    return parts


async def send(part: Part, connection: ConnectionInfo, http: Any, idempotency_key: str) -> SendResult:
    """Submits one part on the open line of this connection; without one it may be tried again."""
    udh = bytes.fromhex(part.data.get("udh", ""))
    coding = part.data.get("coding", UCS2)
    encoded = segments.encode_gsm7(part.text) if coding == GSM7 else part.text.encode("utf-16-be", "replace")
    try:
        body = pdu.submit_body(inbound.own_number(connection), part.to, udh + encoded, coding, udh=bool(udh))
    except ValueError as error:
        return SendError(f"the numbers do not fit into SMPP: {error}", permanent=True)
    try:
        answer = await line.request(connection.id, pdu.SUBMIT_SM, body)
    except line.NotSent as error:
        return SendError(str(error))
    except line.Unanswered as error:
        return OutcomeUnknown(str(error))
    if answer.status == pdu.OK:
        return Sent((pdu.c_string(answer.body),))
    detail = f"the SMSC refused with status {answer.status:#010x}"
    if answer.status in RETRYABLE:
        return SendError(detail, retry_after=RETRYABLE[answer.status])
    return SendError(detail, permanent=True, dead_address=answer.status in DEAD)


async def session(connection: ConnectionInfo, deliver: Deliver) -> None:
    """Holds the line until cancelled."""
    await line.hold(connection, deliver, delivery_id)


async def check(connection: ConnectionInfo, http: Any) -> str:
    """Binds and unbinds; nothing to try when the line is up in this process."""
    if line.is_up(connection.id):
        return ""
    try:
        opened = await line.connect(connection)
    except line.Refused as error:
        return str(error)
    except (OSError, TimeoutError, ValueError, EOFError) as error:
        where = f"{connection.get('host')}:{connection.get('port')}"
        return f"No SMSC answers at {where}: {str(error) or type(error).__name__}."
    await opened.close()
    return ""
