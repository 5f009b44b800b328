"""The segmenter: alphabet, limits, and what it never cuts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rondpoint.channels.sms import segments
from rondpoint.channels.sms.segments import Segments

FAMILY = "👩‍👩‍👧‍👦"
GSM = st.text(
    alphabet=[char for char in segments.DEFAULT if char != "\x1b"] + list(segments.EXTENSION.values())
)
EMOJI = st.lists(
    st.sampled_from([FAMILY, "👍🏽", "🇫🇷", "e\u0301", "a", "é", "❤️", "\r\n", "€", "漢"]), max_size=200
)


def units(text: str, encoding: str) -> int:
    if encoding == "gsm7":
        return len(segments.encode_gsm7(text))
    return len(text.encode("utf-16-be")) // 2


@given(st.one_of(st.text(max_size=800), GSM, EMOJI.map("".join)))
def test_parts_join_to_the_text_within_the_limits(text: str) -> None:
    parts = segments.split(text)
    assert "".join(parts) == text
    encoding = segments.encoding_of(text)
    single, several = segments.LIMITS[encoding]
    limit = single if len(parts) == 1 else several
    assert all(0 < units(part, encoding) <= limit for part in parts)
    assert segments.count(text).segments == len(parts)
    assert segments.count(text).units == units(text, encoding)


@given(EMOJI)
def test_no_cluster_is_cut(items: list[str]) -> None:
    text = "".join(items)
    borders = set()
    position = 0
    for cluster in segments.clusters(text):
        position += len(cluster)
        borders.add(position)
    position = 0
    for part in segments.split(text):
        position += len(part)
        assert position in borders


@given(GSM)
def test_gsm7_is_read_back(text: str) -> None:
    assert segments.decode_gsm7(segments.encode_gsm7(text)) == text


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    assert len(segments.decode_gsm7(data)) <= len(data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("gsm7", 0, 0, 160)),
        ("a" * 160, Segments("gsm7", 160, 1, 0)),
        ("a" * 161, Segments("gsm7", 161, 2, 145)),
        ("€" * 80, Segments("gsm7", 160, 1, 0)),
        ("a" * 152 + "€" + "a" * 10, Segments("gsm7", 164, 2, 141)),
        ("ç" * 70, Segments("ucs2", 70, 1, 0)),
        ("ç" * 71, Segments("ucs2", 71, 2, 63)),
        ("ç" * 66 + "😀" + "ç" * 5, Segments("ucs2", 73, 2, 60)),
    ],
)
def test_counts(text: str, expected: Segments) -> None:
    assert segments.count(text) == expected


def test_known_codes() -> None:
    assert segments.encode_gsm7("@Δ€é§à") == bytes([0x00, 0x10, 0x1B, 0x65, 0x05, 0x5F, 0x7F])
    assert len(segments.DEFAULT) == 128
    with pytest.raises(ValueError, match="ç"):
        segments.encode_gsm7("ça")


def test_families_flags_and_accents_stay_whole() -> None:
    text = FAMILY + "🇫🇷🇩🇪" + "e\u0301" + "👍🏽" + "\r\n"
    assert list(segments.clusters(text)) == [FAMILY, "🇫🇷", "🇩🇪", "e\u0301", "👍🏽", "\r\n"]
    assert segments.split("x" * 65 + FAMILY)[1] == FAMILY
