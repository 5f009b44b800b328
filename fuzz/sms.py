"""Fuzzes SMS in and out: PDUs, webhook forms, and the cutting of texts into segments; run by ``fuzz/run.py``."""

import sys

import atheris

with atheris.instrument_imports(include=["rondpoint.channels", "rondpoint.lib"]):
    from rondpoint.channels.contract import ConnectionInfo, MessageIn, Raw
    from rondpoint.channels.sms import pdu, segments
    from rondpoint.channels.sms.channel import channel

SETTINGS = {"number": "+33199001000", "auth_token": "x"}
LINE = ConnectionInfo(1, "s1", "sms", "SMS", {**SETTINGS, "provider": "smpp"}, "Lumen")
FORMS = ConnectionInfo(2, "s2", "sms", "SMS", {**SETTINGS, "provider": "twilio"}, "Lumen")
NOW = 1_710_234_720_000_000


def try_one(data: bytes) -> None:
    """The bytes as a PDU, as the body of one, as a form and as a text; AssertionError when something does not hold."""
    received(Raw(data, method="SMPP", received=NOW), LINE)
    received(Raw(pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, 1, data)), method="SMPP", received=NOW), LINE)
    received(Raw(data, received=NOW), FORMS)
    segmented(data.decode("utf-8", "replace"))
    segmented("".join(segments.DEFAULT[byte % 128] for byte in data).replace("\x1b", "€"))
    read = segments.decode_gsm7(data)
    assert len(read) <= len(data)


def received(raw: Raw, connection: ConnectionInfo) -> None:
    assert channel.delivery_id(raw)
    try:
        items = channel.parse(raw, connection)
    except ValueError:
        return  # refused, as the worker takes it
    assert items
    for item in items:
        if isinstance(item, MessageIn):
            assert "\0" not in item.text + item.sender.value + item.event_id
            item.text.encode()


def segmented(text: str) -> None:
    parts = segments.split(text)
    counted = segments.count(text)
    assert "".join(parts) == text and counted.segments == len(parts)
    limit = segments.LIMITS[counted.encoding][len(parts) > 1]
    for part in parts:
        if counted.encoding == "gsm7":
            coded = segments.encode_gsm7(part)
            assert len(coded) <= limit and segments.decode_gsm7(coded) == part
        else:
            coded = part.encode("utf-16-be")
            assert len(coded) // 2 <= limit and coded.decode("utf-16-be") == part


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
