"""A token opens only what it was made for, in this house, in its time; whatever is sent, the answer is BadToken."""

import pytest

from rondpoint.lib import signing
from rondpoint.lib.signing import BadToken

SECRET = "a secret of the tests, long enough to be one"


def test_a_token_brings_back_its_payload_until_its_time_is_over():
    token = signing.sign(SECRET, "visit", {"id": "é"}, expires=1000)
    assert signing.unsign(SECRET, "visit", token, now=1000) == {"id": "é", "exp": 1000}
    with pytest.raises(BadToken, match="expired"):
        signing.unsign(SECRET, "visit", token, now=1001)
    assert signing.unsign(SECRET, "visit", signing.sign(SECRET, "visit", {"id": 1}), now=10**18) == {"id": 1}


@pytest.mark.parametrize("text", ["", "email:ada@example.com", "é" * 200, "\ud800"])
def test_the_digest_of_many_is_that_of_one(text):
    many = signing.digester(SECRET, "suppression")
    assert many(text).hex() == signing.digest(SECRET, "suppression", text)
    assert many(text) == many(text)


def test_a_token_of_another_purpose_or_house_opens_nothing():
    token = signing.sign(SECRET, "visit", {"id": 1})
    for secret, purpose in ((SECRET, "sign-in"), (SECRET + "!", "visit")):
        with pytest.raises(BadToken, match="signature"):
            signing.unsign(secret, purpose, token, now=0)


def test_no_changed_character_passes():
    token = signing.sign(SECRET, "visit", {"id": 1}, expires=1000)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadToken):
            signing.unsign(SECRET, "visit", changed, now=0)


@pytest.mark.parametrize("sent", ["", "x", ".", "x.", ".x", "x.y.z", "é.é", "\ud800.\ud800", "\0.\0"])
def test_what_is_no_token_is_refused_in_words(sent):
    with pytest.raises(BadToken):
        signing.unsign(SECRET, "visit", sent, now=0)


def test_sealed_settings_open_with_the_same_secret_only():
    sealed = signing.seal(SECRET, {"password": "canary"})
    assert "canary" not in sealed
    assert signing.unseal(SECRET, sealed) == {"password": "canary"}
    with pytest.raises(BadToken, match="RONDPOINT_SECRET"):
        signing.unseal(SECRET + "!", sealed)
    assert signing.unseal(SECRET, "") == {}


def test_text_and_bytes_are_compared_alike_and_digests_differ_by_purpose():
    assert signing.same("é", "é".encode())
    assert not signing.same(b"a", "b")
    assert signing.same("\ud800", "\ud800")
    assert signing.digest(SECRET, "code", "123456") != signing.digest(SECRET, "link", "123456")
    assert len(signing.digest(SECRET, "code", "\ud800")) == 64
