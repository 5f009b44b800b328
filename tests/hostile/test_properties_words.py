"""What must hold for any text, token, question, filter and address."""

import email.policy
import re
import string
from datetime import date
from email import message_from_bytes

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rondpoint.channels.email import headers
from rondpoint.channels.email.mime import read_message
from rondpoint.conversations.chat.routes import Words
from rondpoint.conversations.rules import filters, tokens
from rondpoint.conversations.search import question
from rondpoint.lib import addresses, signing, text
from tests.hostile.properties import NOW, PROPERTY, anything, readable


@PROPERTY
@given(anything)
@example("a\x00\ud800\udc00")
def test_storable_text(written):
    kept = text.storable(written)
    assert "\x00" not in kept
    kept.encode()
    assert text.storable(kept) == kept
    sound = written.replace("\x00", "")
    if all(not "\ud800" <= sign <= "\udfff" for sign in sound):
        assert kept == sound


@PROPERTY
@given(st.binary(max_size=300) | anything.map(lambda found: found.encode("utf-8", "surrogatepass")))
def test_a_chat_body_is_text_or_refused(data):
    for body in (data, b'{"client_id": "a", "text": "' + data + b'"}'):
        try:
            said = msgspec.json.decode(body, type=Words)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        said.text.encode()


@PROPERTY
@given(st.integers(0, 2**48 - 1), st.binary(min_size=16, max_size=32), st.data())
def test_a_reply_token_opens_one_conversation_only(number, key, data):
    token = tokens.reply_token(key, number)
    assert tokens.read_reply_token(key, token) == tokens.read_reply_token(key, token.upper()) == number
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from(string.ascii_lowercase + "234567"))
    assume(sign != token[place])
    assert tokens.read_reply_token(key, token[:place] + sign + token[place + 1 :]) is None
    assert tokens.read_reply_token(key + b"x", token) is None


@PROPERTY
@given(anything)
@example("\ud800.\udc00")
def test_no_text_is_a_token(written):
    assert tokens.read_reply_token(b"key" * 8, written) is None
    with pytest.raises(signing.BadToken):
        signing.unsign("secret", "purpose", written, NOW)


@PROPERTY
@given(st.dictionaries(st.text(max_size=5), st.integers() | readable, max_size=4), st.data())
def test_a_signed_token_cannot_be_changed(payload, data):
    payload.pop("exp", None)
    token = signing.sign("secret", "purpose", payload, NOW)
    assert {**payload, "exp": NOW} == signing.unsign("secret", "purpose", token, NOW)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from(string.ascii_letters + "0123456789-_."))
    assume(sign != token[place])
    for wrong, purpose, now in (
        (token[:place] + sign + token[place + 1 :], "purpose", NOW),
        (token, "other", NOW),
        (token, "purpose", NOW + 1),
    ):
        with pytest.raises(signing.BadToken):
            signing.unsign("secret", purpose, wrong, now)


@PROPERTY
@given(anything)
@example("from:" + "\x00")
@example('"' * 400)
@example("OR " * 200)
def test_any_text_is_a_question(written):
    asked = question.read(written)
    assert len(asked.parts) <= question.MOST_UNITS
    assert set(asked.filters) <= set(question.FILTERS.values())
    for name in ("before", "after"):
        if name in asked.filters:
            date.fromisoformat(asked.filters[name])


@PROPERTY
@given(st.lists(st.text(string.ascii_lowercase, min_size=3, max_size=8), min_size=1, max_size=6))
def test_plain_words_are_all_looked_for(words):
    found = [unit for part in question.read(" ".join(words)).parts for unit in part.units]
    assert len(found) == len(words)


@PROPERTY
@given(
    st.dictionaries(
        st.sampled_from([*filters.NAMES, "other"]) | anything,
        anything
        | st.integers()
        | st.booleans()
        | st.none()
        | st.floats()
        | st.lists(anything)
        | st.sampled_from(["open", "me", "fr,en"]),
    )
)
def test_filters_are_read_or_each_mistake_is_named(given_filters):
    try:
        found = filters.parse(given_filters)
    except filters.BadFilter as error:
        assert error.problems and {name for name, _ in error.problems} <= set(given_filters)
        return
    assert all("\0" not in value for value in found.said().values())
    assert filters.parse(found.said()) == found


@PROPERTY
@given(anything)
def test_any_text_is_an_address_or_told_why_not(written):
    for read in (addresses.normalise_email, addresses.normalise_phone):
        try:
            found = read(written)
        except addresses.BadAddress as error:
            assert "expected" in str(error) or "not an e-mail address" in str(error)
            continue
        assert read(found) == found
        assert not re.search(r"[\s\0]", found)


def test_python_reads_the_same_in_a_mail_that_is_well_formed():
    """The second parser of these tests is no paraphrase of ours: it sees what a mail program sees."""
    data = b"From: ann@example.org\r\nSubject: =?utf-8?q?L=C3=A9a?=\r\n\r\nHello\r\n"
    assert message_from_bytes(data, policy=email.policy.default)["subject"] == headers.header(
        read_message(data), "Subject"
    )
