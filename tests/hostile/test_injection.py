"""Line breaks in anything people or strangers type never start a header: not in mail, SMS, nor HTTP.

Each mail is rendered, then read back with Python's own parser, which is not the one that wrote it.
"""

import email.policy
import re
from email import message_from_bytes

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rondpoint.channels.contract import Address, ConnectionInfo, FileOut, MessageOut, Refused
from rondpoint.channels.email.channel import channel
from rondpoint.channels.email.compose import compose
from rondpoint.channels.sms.channel import channel as sms

ID = "0192f0a1-0000-7000-8000-000000000001"
CONNECTION = ConnectionInfo(
    1, "c1", "email", "Shop", {"address": "help@shop.example.com", "sender_name": "Lumen"}, "Lumen"
)
ALLOWED = {
    "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "x-rondpoint-id", "content-language", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "content-id", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip
BREAKS = [
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\0",
    "%0d%0a",
    "\u560d\u560a",
]
INJECTED = "Bcc: thief@example.net"
hostile = st.builds(
    lambda before, broken, after: before + broken + INJECTED + broken * 2 + after,
    st.text(max_size=20),
    st.sampled_from(BREAKS),
    st.text(max_size=20),
) | st.text(max_size=300)
names = st.sampled_from(
    ["=?utf-8?q?a=0D=0ABcc:_thief=40example.net?=", 'a" <x@example.net>, "b', "a;b,c:d", '"', "\\", "(", "=?"]
)


def message(**fields) -> MessageOut:
    base = {
        "id": ID,
        "to": Address("email", "ann@example.org", "Ann"),
        "at": 1_710_234_720_000_000,
        "text": "Hello",
        "subject": "Lamp",
    }
    return MessageOut(**{**base, **fields})


def composed(out: MessageOut, unsubscribe: str = "") -> bytes | None:
    """The mail, or None when it was refused with a sentence."""
    try:
        return compose(msgspec.structs.replace(out, unsubscribe_url=unsubscribe), CONNECTION).data
    except ValueError as error:
        assert "line break" in str(error)
        return None


def assert_sound(data: bytes) -> None:
    """Only our own headers, once each, to one recipient; every line within RFC 5322 and with CRLF."""
    lines = data.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines)
    assert max(map(len, lines)) <= 998
    read = message_from_bytes(data, policy=email.policy.default)
    for part in read.walk():
        written = [name.lower() for name, _ in part.items()]
        assert set(written) <= ALLOWED, written
        assert len(set(written)) == len(written)
        assert not part.defects
    assert [to.addr_spec for to in read["to"].addresses] == ["ann@example.org"]
    assert [who.addr_spec for who in read["from"].addresses] == ["help@shop.example.com"]
    assert read["bcc"] is None and read["cc"] is None
    assert not {"bcc", "cc"} & {name.lower() for name, _ in message_from_bytes(data).items()}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(subject=hostile, name=hostile | names, sender=hostile | names, reference=hostile)
@example(subject="a\r\n" + INJECTED, name="", sender="", reference="")
@example(subject="", name="Ann\n" + INJECTED, sender="", reference="")
@example(subject="x" * 3_000, name="y" * 3_000, sender="z" * 3_000, reference="<" * 100)
def test_mail_headers(subject, name, sender, reference):
    data = composed(
        message(
            subject=subject,
            to=Address("email", "ann@example.org", name),
            sender_name=sender,
            in_reply_to=reference,
            references=(reference, "a@example.org"),
        )
    )
    if data is not None:
        assert_sound(data)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(subject=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=400))
def test_a_subject_comes_back_as_it_was_typed(subject):
    data = composed(message(subject=subject, in_reply_to=""))
    assert data is not None
    found = message_from_bytes(data, policy=email.policy.default)["subject"]
    wanted = subject.strip() or None
    if wanted:
        assert re.sub(r"\s+", " ", str(found)).strip() == re.sub(r"\s+", " ", wanted).strip()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    name=hostile | names, kind=hostile | st.sampled_from(["text/html", "message/rfc822", "multipart/mixed", "a/b; x=y"])
)
def test_file_names_and_types(name, kind):
    file = FileOut(name=name, content_type=kind, content=b"abc", sha256="0" * 64)
    data = composed(message(files=(file,)))
    if data is None:
        return
    assert_sound(data)
    attached = list(message_from_bytes(data, policy=email.policy.default).iter_attachments())
    assert len(attached) == 1
    assert attached[0].get_payload(decode=True) == b"abc"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=hostile, html=hostile, language=hostile, url=st.sampled_from(["", "https://example.com/u"]))
def test_bodies_open_no_part(text, html, language, url):
    data = composed(message(text=text + "\r\n--=_x\r\nFrom x\r\n.\r\n", html=html, language=language), url)
    assert data is not None
    assert_sound(data)
    kinds = [part.get_content_type() for part in message_from_bytes(data).walk()]
    assert kinds == (["multipart/alternative", "text/plain", "text/html"] if html else ["text/plain"])
    assert b"\r\nFrom x" not in data  # relays would change it


@pytest.mark.parametrize("broken", BREAKS[:3] + ["\0"])
@pytest.mark.parametrize("field", ["subject", "sender_name", "in_reply_to", "id"])
def test_a_line_break_is_refused_in_words(broken, field):
    refused = channel.render(message(**{field: f"a{broken}{INJECTED}"}), CONNECTION)
    assert isinstance(refused, Refused)
    assert "line break" in refused.detail


@pytest.mark.parametrize("broken", BREAKS)
def test_no_address_with_a_line_break(broken):
    refused = channel.render(message(to=Address("email", f"ann@example.org{broken}{INJECTED}")), CONNECTION)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("broken", BREAKS)
def test_an_sms_goes_to_one_number(broken):
    line = ConnectionInfo(1, "s1", "sms", "SMS", {"number": "+33199001000", "auth_token": "x", "provider": "smpp"})
    parts = sms.render(message(to=Address("phone", f"+33199000123{broken}+33199000999")), line)
    if isinstance(parts, Refused):
        return
    from rondpoint.channels.sms import pdu

    for part in parts:
        with pytest.raises(ValueError):  # neither fits a field of 20 digits nor ends one
            pdu.submit_body("+33199001000", part.to, b"a", 0)
