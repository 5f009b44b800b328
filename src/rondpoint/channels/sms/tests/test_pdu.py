"""PDUs from outside: hostile bytes end in BadPdu, and identity survives a new sequence number."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rondpoint.channels.contract import ConnectionInfo, Ignored, Incomplete, Raw, Receipt
from rondpoint.channels.sms import pdu, smpp
from rondpoint.lib import clock

CONNECTION = ConnectionInfo(id=1, public_id="c", kind="sms", name="", settings={"provider": "smpp"})


def body(text: bytes, esm_class: int = 0, coding: int = 0, options: dict[int, bytes] | None = None) -> bytes:
    fixed = b"\0\x01\x0133199001234\0\x01\x0133199000001\0" + bytes([esm_class, 0, 0]) + b"\0\0"
    tail = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in (options or {}).items())
    return fixed + bytes([0, 0, coding, 0, len(text)]) + text + tail


def raw(content: bytes, sequence: int = 1, received: int = 0) -> Raw:
    return Raw(pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, sequence, content)), {}, "smpp:", "SMPP", received)


@given(st.binary(max_size=300))
def test_any_body_is_read_or_refused(content: bytes) -> None:
    delivery = raw(content)
    assert len(smpp.delivery_id(delivery)) < 100
    try:
        items = smpp.parse(delivery, CONNECTION)
    except ValueError:
        return
    assert len(items) in (1, 2)


@given(st.binary(max_size=80), st.integers(0, 255), st.integers(0, 255))
def test_any_text_is_read_or_refused(text: bytes, esm_class: int, coding: int) -> None:
    try:
        items = smpp.parse(raw(body(text, esm_class, coding)), CONNECTION)
    except ValueError:
        return
    assert items


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 15, struct.pack(">IIII", 17, 5, 0, 1), struct.pack(">IIII", 9, 5, 0, 1)]
)
def test_wrong_lengths(data: bytes) -> None:
    with pytest.raises(pdu.BadPdu):
        pdu.unpack(data)


def test_identity() -> None:
    first = smpp.delivery_id(raw(body(b"oui"), 1, 5 * clock.SECOND))
    assert first == smpp.delivery_id(raw(body(b"oui"), 99, 50 * clock.SECOND))
    assert first != smpp.delivery_id(raw(body(b"oui"), 1, 65 * clock.SECOND))
    assert first != smpp.delivery_id(raw(body(b"non"), 1, 5 * clock.SECOND))
    receipt = body(b"id:7 stat:DELIVRD", 4)
    assert smpp.delivery_id(raw(receipt, 1, 0)) == smpp.delivery_id(raw(receipt, 2, clock.DAY))


def test_receipts_by_option_and_by_text() -> None:
    by_text = body(b"id:a1 sub:001 dlvrd:000 stat:UNDELIV err:027 Text: stat", 4)
    (item,) = smpp.parse(raw(by_text), CONNECTION)
    assert isinstance(item, Receipt)
    assert (item.external_id, item.state, item.error) == ("a1", "failed", "UNDELIV err 027")
    options = {pdu.RECEIPTED_MESSAGE_ID: b"b2\0", pdu.MESSAGE_STATE: b"\x02"}
    (item,) = smpp.parse(raw(body(b"", 4, options=options)), CONNECTION)
    assert (item.external_id, item.state) == ("b2", "delivered")


def test_parts_by_sar_options_and_by_wide_header() -> None:
    options = {pdu.SAR_REFERENCE: b"\x01\x02", pdu.SAR_TOTAL: b"\x03", pdu.SAR_NUMBER: b"\x02"}
    (item,) = smpp.parse(raw(body(b"x", options=options)), CONNECTION)
    assert isinstance(item, Incomplete)
    assert (item.number, item.total) == (2, 3)
    (wide,) = smpp.parse(raw(body(b"\x06\x08\x04\x01\x02\x03\x02x", 0x40)), CONNECTION)
    assert wide == item


@pytest.mark.parametrize("header", [b"\x05\0\x03\x01\x02\x03", b"\x05\0\x03\x01\x02\x00", b"\x20\0\x03"])
def test_impossible_headers(header: bytes) -> None:
    with pytest.raises(pdu.BadPdu):
        smpp.parse(raw(body(header + b"x", 0x40)), CONNECTION)


def test_binary_is_left_alone() -> None:
    (item,) = smpp.parse(raw(body(b"\x01\x02", coding=4)), CONNECTION)
    assert isinstance(item, Ignored)
