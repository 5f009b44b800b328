"""Reading calls: what is complete goes in, what is not is refused by itself, times are put right."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rondpoint.tracking.rules import reading

RECEIVED = 1_790_000_000_000_000
SECOND = 1_000_000


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).isoformat().replace("+00:00", "Z")


def read(*calls, kind="batch", received=RECEIVED, **more):
    body = {"batch": list(calls), **more} if kind == "batch" else calls[0]
    return reading.read(kind, json.dumps(body).encode(), "b1", received)


def track(**more):
    return {"type": "track", "event": "Product Viewed", "anonymousId": "a1", **more}


def test_each_kind_of_call_is_read():
    said = read(
        {"type": "identify", "userId": 42, "traits": {"plan": "pro"}},
        track(properties={"price": 19.9}),
        {"type": "page", "anonymousId": "a1", "name": "Home", "category": "Shop", "properties": {"path": "/"}},
        {"type": "screen", "anonymousId": "a1", "name": "Cart"},
        {"type": "group", "userId": "u1", "groupId": "g1", "traits": {"name": "Atelier"}},
        {"type": "alias", "userId": "u1", "previousId": "a1"},
    )
    assert said.refused == []
    calls = [call for _, call in said.calls]
    assert [call.kind for call in calls] == ["identify", "track", "page", "screen", "group", "alias"]
    assert (calls[0].user_id, calls[0].words) == ("42", {"plan": "pro"})
    assert (calls[1].name, calls[1].words) == ("Product Viewed", {"price": 19.9})
    assert (calls[2].name, calls[2].category) == ("Home", "Shop")
    assert (calls[4].group_id, calls[4].words) == ("g1", {"name": "Atelier"})
    assert (calls[5].previous_id, calls[5].user_id) == ("a1", "u1")


def test_a_call_by_itself_has_the_kind_of_its_address():
    assert read({"userId": "u1"}, kind="identify").calls[0][1].kind == "identify"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ({"type": "track", "anonymousId": "a1"}, "`event` must name"),
        ({"type": "track", "event": "  ", "anonymousId": "a1"}, "`event` must name"),
        ({"type": "track", "event": "X"}, "`userId` or `anonymousId`"),
        ({"type": "track", "event": "X", "userId": "null", "anonymousId": "0"}, "`userId` or `anonymousId`"),
        ({"type": "trakc", "event": "X", "userId": "u"}, "`type`: expected one of identify"),
        ({"type": "group", "userId": "u"}, "`groupId` must name"),
        ({"type": "alias", "userId": "u"}, "`userId` and `previousId`"),
        (track(event=7), "`event`"),
        (track(properties=[1]), "`properties`"),
        (track(timestamp="yesterday"), "`timestamp`: expected a time like"),
        (track(messageId="m" * 201), "`messageId` has at most"),
        (track(anonymousId="a" * 201), "`anonymousId` has at most"),
        (track(event="e" * 201), "`event` has at most"),
        (track(properties={"text": "a\0b"}), "NUL"),
        (track(properties={"text": "x" * 40_000}), "at most 32768 bytes"),
        (track(event="message.received"), "told by Rondpoint alone"),
        (track(event=" consent.start"), "told by Rondpoint alone"),
        (track(timestamp=1_790_000_000), "`timestamp`"),
        (track(timestamp="Mon, 30 Nov 2026 08:00:00 GMT"), "`timestamp`: expected a time like"),
        (track(userId=True), "`userId`"),
        (track(userId={"id": 1}), "`userId`"),
        (track(context="none"), "`context`"),
        ("track", "object"),
        (None, "object"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_and_the_others_go_in(call, reason):
    said = read(track(), call, track())
    assert [place for place, _ in said.calls] == [0, 2]
    [refused] = said.refused
    assert refused.place == 1 and reason in refused.reason
    assert json.loads(bytes(refused.raw)) == call


def test_text_about_a_nul_is_text():
    [(_, call)] = read(track(properties={"text": "write \\u0000 for a NUL"})).calls
    assert call.words == {"text": "write \\u0000 for a NUL"}


@pytest.mark.parametrize(
    ("stamp", "sent"),
    [
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
        ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
        ("2026-11-30T08:00:00.123456789Z", "2026-11-30"),
    ],
)
def test_a_clock_may_be_off_by_any_time(stamp, sent):
    for timestamp, sent_at in ((stamp, sent), (stamp, None), (stamp, stamp)):
        [(_, call)] = read(track(timestamp=timestamp), sentAt=sent_at).calls
        assert 0 <= call.occurred <= RECEIVED


def test_names_of_our_own_facts_are_not_for_sites_and_all_others_are():
    said = read(track(event="order.completed"), track(event="Message Read"), track(event="message"))
    assert not said.refused


def test_what_is_nested_too_deeply_is_refused_by_itself():
    deep: dict = {}
    for _ in range(40):
        deep = {"a": [deep]}
    said = read(track(), track(properties=deep), track(context=deep))
    assert len(said.calls) == 1
    assert all("nested too deeply" in each.reason for each in said.refused)


def test_what_is_nested_without_end_is_no_batch():
    body = b'{"batch": [{"properties": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"
    with pytest.raises(reading.BadBody):
        reading.read("batch", body, "b1", RECEIVED)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b'{"batch": {}}', b'{"batch": 1}', b"\xff\xfe", b'{"batch": [}'],
)
def test_a_body_that_is_no_batch_says_so(body):
    with pytest.raises(reading.BadBody):
        reading.read("batch", body, "b1", RECEIVED)


def test_a_batch_has_so_many_calls_at_most():
    with pytest.raises(reading.BadBody, match="at most 2500 calls"):
        read(*[{}] * 2501)


def test_the_senders_clock_is_put_right():
    """It is an hour ahead; the call waited ten seconds in the browser."""
    ahead = RECEIVED + 3600 * SECOND
    said = read(track(timestamp=iso(ahead - 10 * SECOND)), sentAt=iso(ahead))
    assert said.calls[0][1].occurred == RECEIVED - 10 * SECOND


def test_without_a_time_of_sending_the_time_told_holds_but_not_the_future():
    assert read(track(timestamp=iso(RECEIVED - SECOND))).calls[0][1].occurred == RECEIVED - SECOND
    assert read(track(timestamp=iso(RECEIVED + SECOND))).calls[0][1].occurred == RECEIVED
    assert read(track()).calls[0][1].occurred == RECEIVED


def test_a_time_in_another_zone_and_one_without():
    said = read(track(timestamp="2026-09-21T10:53:20+02:00"), track(timestamp="2026-09-21T08:53:20"))
    assert said.calls[0][1].occurred == said.calls[1][1].occurred


def test_a_call_without_a_message_id_has_the_same_one_each_time_it_is_read():
    first, again = read(track(), track()), read(track(), track())
    assert first == again
    assert len({call.message_id for _, call in first.calls}) == 2


def test_what_all_calls_of_a_batch_have_in_common_is_said_once():
    said = read(track(context={"ip": "192.0.2.1"}), track(), context={"ip": "192.0.2.9", "locale": "fr-FR"})
    assert [call.context for _, call in said.calls] == [
        {"ip": "192.0.2.1", "locale": "fr-FR"},
        {"ip": "192.0.2.9", "locale": "fr-FR"},
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "properties", "traits", "context"]
)


@given(st.lists(json_values | st.dictionaries(fields, json_values | st.sampled_from(reading.KINDS)), max_size=6))
def test_every_call_is_taken_or_refused_whatever_it_is(calls):
    said = reading.read("batch", json.dumps({"batch": calls}).encode("utf-8", "replace"), "b1", RECEIVED)
    assert sorted([place for place, _ in said.calls] + [each.place for each in said.refused]) == [*range(len(calls))]
    assert all(0 <= call.occurred <= RECEIVED for _, call in said.calls)


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused(body):
    try:
        reading.read("batch", body, "b1", RECEIVED)
    except reading.BadBody as error:
        assert str(error)
