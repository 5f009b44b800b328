"""Text from outside is made storable, whole structs of it, and nothing else in them changes."""

import msgspec

from rondpoint.lib import ids
from rondpoint.lib.text import storable, storable_fields


class Part(msgspec.Struct, frozen=True):
    name: str
    size: int = 0


class Mail(msgspec.Struct, frozen=True):
    subject: str
    parts: tuple[Part, ...] = ()


def test_what_no_database_holds_is_taken_out_and_the_rest_stays():
    assert storable("a\0b") == "ab"
    assert storable("é\0\ud83d!") == "é\ufffd!"
    assert storable("a 😀 é") == "a 😀 é"


def test_a_struct_is_cleaned_to_its_depth_and_an_orderly_one_is_the_same():
    bad = Mail("Bon\0jour", (Part("a", 1), Part("b\udfff", 2)))
    assert storable_fields(bad) == Mail("Bonjour", (Part("a", 1), Part("b\ufffd", 2)))
    good = Mail("Bonjour", (Part("a", 1),))
    assert storable_fields(good) is good
    assert storable_fields(7) == 7


def test_ids_sort_by_their_moment_and_say_version_7(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_700_000_000_123_456_789)
    made = {ids.uuid7() for _ in range(100)}
    assert len(made) == 100
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert ids.first_uuid7(1_700_000_000_123_999) <= min(made)
    assert max(made) < ids.first_uuid7(1_700_000_000_124_000)
    assert ids.secret_token() != ids.secret_token()
