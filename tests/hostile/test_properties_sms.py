"""What must hold for any SMS, on its way in and out: it comes back whole, and costs what was counted."""

import math
import re
from urllib.parse import parse_qs, quote_plus

from hypothesis import assume, example, given
from hypothesis import strategies as st

from rondpoint.channels.contract import ConnectionInfo, Consent, Ignored, Incomplete, MessageIn, Raw, Receipt
from rondpoint.channels.sms import opt_out, pdu, segments, smpp, twilio
from rondpoint.channels.sms.channel import channel as sms_channel
from rondpoint.lib import text
from tests.hostile.properties import NOW, PROPERTY, anything, readable, storable

# A segment has 140 octets: of 7 bits, or of 16 for UCS-2; the header of one among several takes 6 of them (TS 23.040).
LIMITS = {"gsm7": (140 * 8 // 7, (140 - 6) * 8 // 7), "ucs2": (140 // 2, (140 - 6) // 2)}
SMSC = ConnectionInfo(2, "s1", "sms", "SMS", {"number": "+33199001000", "provider": "smpp"}, "Lumen")
FORMS = ConnectionInfo(
    3, "s2", "sms", "SMS", {"number": "+33199001000", "provider": "twilio", "auth_token": "x"}, "Lumen"
)


@PROPERTY
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=900)
    | st.text(segments.DEFAULT.replace("\x1b", "") + "€{}[]~|^\\", max_size=900)
)
@example("€" * 77)
@example("a" * 160)
@example("a" * 308)
@example("ç" * 70)
@example("ç" * 135)
@example("a" * 152 + "€")
@example("x" * 66 + "😀" * 40)
def test_segments_join_to_the_text_and_cost_what_is_counted(written):
    parts = segments.split(written)
    counted = segments.count(written)
    assert "".join(parts) == written
    assert counted.segments == len(parts)
    gsm = counted.encoding == "gsm7"
    single, several = LIMITS[counted.encoding]
    limit = single if len(parts) <= 1 else several
    sizes = [len(segments.encode_gsm7(part)) if gsm else len(part.encode("utf-16-be")) // 2 for part in parts]
    assert all(0 < size <= limit for size in sizes)
    assert counted.units == sum(sizes) and counted.left == (limit - sizes[-1] if sizes else single)
    assert len(parts) >= math.ceil(counted.units / limit)
    for part in parts:  # each stands for itself at the other end
        if gsm:
            assert segments.decode_gsm7(segments.encode_gsm7(part)) == part
        else:
            assert part.encode("utf-16-be").decode("utf-16-be") == part
    if len(parts) > 1 and gsm:  # nothing is wasted but what would cut an escape
        assert all(size >= several - 1 for size in sizes[:-1])


@PROPERTY
@given(st.binary(max_size=300))
def test_any_septets_are_text(data):
    read = segments.decode_gsm7(data)
    assert storable(read)
    assert len(read) <= len(data)


@PROPERTY
@given(readable, st.integers(0, 255))
def test_an_sms_comes_back_over_smpp(written, seed):
    """Rendered, packed as deliver_sm, read back and joined in any order: the text that was written."""
    written = " ".join(written.split())
    assume(written and segments.count(written).segments <= 10)
    parts = segments.split(written)
    gsm = segments.encoding_of(written) == "gsm7"
    raws = []
    for number, part in enumerate(parts, 1):
        head = pdu.concatenation_header(seed, len(parts), number) if len(parts) > 1 else b""
        data = head + (segments.encode_gsm7(part) if gsm else part.encode("utf-16-be"))
        body = pdu.submit_body("+33199000123", "+33199001000", data, 0 if gsm else 8, udh=bool(head))
        raws.append(Raw(pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, number, body)), method="SMPP", received=NOW))
    items = [sms_channel.parse(raw, SMSC)[-1] for raw in raws]
    if len(parts) > 1:
        assert all(isinstance(item, Incomplete) and item.total == len(parts) for item in items)
        assert len({item.group for item in items}) == 1
        items = sms_channel.assemble(raws, SMSC)
    assert items[-1].text == written
    assert items[-1].sender.value == "+33199000123"


@PROPERTY
@given(st.binary(max_size=400), st.sampled_from([0x00, 0x04, 0x40, 0x44, 0xFF]), st.integers(0, 255))
def test_any_pdu_is_read_or_refused(rest, esm_class, coding):
    body = b"\0\x01\x01331990\0\x01\x01331991\0" + bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0]) + rest
    for data in (rest, pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, 1, body)), pdu.pack(pdu.Pdu(pdu.DELIVER_SM, 0, 1, rest))):
        raw = Raw(data, method="SMPP", received=NOW)
        assert 0 < len(smpp.delivery_id(raw)) <= 255
        try:
            items = sms_channel.parse(raw, SMSC)
        except ValueError as error:
            assert str(error)
            continue
        assert items and all(storable(item) for item in items)
        assert all(isinstance(item, MessageIn | Receipt | Ignored | Incomplete | Consent) for item in items)


@PROPERTY
@given(st.integers(0, 0xFF), st.integers(1, 255), st.data())
def test_a_header_says_what_it_was_given(reference, total, data):
    number = data.draw(st.integers(1, total))
    message = pdu.ShortMessage(
        1, "a", 1, "b", pdu.ESM_UDH, 0, pdu.concatenation_header(reference, total, number) + b"text"
    )
    header, rest = pdu.cut_header(message)
    assert (header.reference, header.total, header.number, rest) == (reference, total, number, b"text")


@PROPERTY
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "MessageSid",
                "SmsSid",
                "From",
                "To",
                "Body",
                "MessageStatus",
                "NumMedia",
                "MediaUrl0",
                "ErrorCode",
                "OptOutType",
            ]
        ),
        anything | st.sampled_from(["STOP", "delivered", "failed", "+33199000123", "3", "\0"]),
    ),
    st.binary(max_size=60),
)
@example({"MessageSid": "\0", "From": "+33199000123"}, b"")  # was an empty id, so that all such forms were one
def test_any_form_is_read_or_refused(fields, tail):
    body = (
        "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in fields.items()).encode()
        + b"&x="
        + tail
    )
    raw = Raw(body, received=NOW)
    assert len(sms_channel.delivery_id(raw)) > 0 and storable(sms_channel.delivery_id(raw))
    try:
        items = sms_channel.parse(raw, FORMS)
    except ValueError as error:
        assert str(error)
        return
    assert items and all(storable(item) for item in items)
    told = parse_qs(body.decode("latin-1"), errors="replace").get("Body", [""])[0]
    for item in items:
        if isinstance(item, MessageIn):
            assert item.text == text.storable(told)


@PROPERTY
@given(st.text(max_size=30), st.sampled_from(sorted(opt_out.STOP_WORDS)), st.booleans())
def test_only_the_whole_text_stops(before, word, lower):
    shown = word.lower() if lower else word
    assert opt_out.read(f"  {shown}! ") == "stop"
    if re.search(r"\w", before):
        assert opt_out.read(f"{before} {shown} is what I did not mean") == ""


@PROPERTY
@given(st.binary(max_size=200), st.text(max_size=40))
def test_no_form_is_authentic_without_its_signature(body, given_signature):
    raw = Raw(body, {"x-twilio-signature": given_signature}, "https://desk.example.com/in/sms/1", received=NOW)
    assert not twilio.verify(raw, FORMS)
