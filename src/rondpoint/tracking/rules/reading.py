"""Reading the body of a call or a batch of the tracking API. Pure: the same body gives the same calls again.

The form is that of Segment's HTTP tracking API: JSON with ``userId`` or ``anonymousId``, at most 32 kB a call and 500
kB a batch. What is wrong with one call is said of that call; the others go in.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from rondpoint.events.types import OURS
from rondpoint.lib.addresses import BLOCKED_VALUES
from rondpoint.tracking.types import Call, Reading, Refused

KINDS = ("identify", "track", "page", "screen", "group", "alias")
LARGEST_CALL, LARGEST_BATCH, MOST_CALLS = 32 * 1024, 500 * 1024, 2500  # bytes, bytes, calls
LONGEST_ID, LONGEST_NAME = 200, 200  # characters
DEEPEST = 30  # levels of objects and lists in one another

_ESCAPED_NUL = rb"\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # not the text of one, whose backslash is written twice

Id = str | int | float | None


class BadBody(ValueError):
    """The body is no JSON of the expected form; nothing of it can be taken."""


class _Body(Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: str | None = None
    write_key: str | None = None
    context: dict[str, Any] | None = None


class _Said(Struct, rename="camel"):
    type: str | None = None
    action: str | None = None  # what old libraries call the type
    message_id: str | None = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    write_key: str | None = None


class _Key(Struct, rename="camel"):
    write_key: str | None = None


_body = msgspec.json.Decoder(_Body)
_said = msgspec.json.Decoder(_Said)
_raw = msgspec.json.Decoder(msgspec.Raw)
_key = msgspec.json.Decoder(_Key)


def write_key(body: bytes) -> str:
    """The key that a body carries, or an empty text. Raises BadBody where it is no JSON object."""
    try:
        return _key.decode(body).write_key or ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody(f"the body is no JSON object: {error}") from error


def read(kind: str, body: bytes, name: str, received: int) -> Reading:
    """The calls in a body. ``kind``: which address it came to, one of :data:`KINDS` or ``batch``; ``name``: what the
    body is called where a call has no ``messageId`` of its own; ``received``: microseconds UTC.

    Raises BadBody.
    """
    if kind != "batch":
        return _each(kind, [_whole(body)], None, {}, name, received)
    try:
        said = _body.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody(f"the body is no batch: {error}") from error
    if len(said.batch) > MOST_CALLS:
        raise BadBody(f"a batch has at most {MOST_CALLS} calls; this one has {len(said.batch)}")
    return _each("", said.batch, said.sent_at, said.context or {}, name, received)


def _whole(body: bytes) -> msgspec.Raw:
    try:
        return _raw.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody(f"the body is no JSON: {error}") from error


def _each(
    kind: str, raws: list[msgspec.Raw], sent_at: str | None, context: dict[str, Any], name: str, received: int
) -> Reading:
    calls, refused = [], []
    for place, raw in enumerate(raws):
        said = None
        try:
            said = _decode(raw)
            calls.append((place, _call(kind, said, sent_at, context, f"{name}:{place}", received)))
        except ValueError as error:
            message_id = (said.message_id or "")[:LONGEST_ID] if said else ""
            refused.append(Refused(place, message_id, str(error), raw))
    return Reading(calls, refused)


def _decode(raw: msgspec.Raw) -> _Said:
    view = memoryview(raw)
    if len(view) > LARGEST_CALL:
        raise ValueError(f"a call has at most {LARGEST_CALL} bytes; this one has {len(view)}")
    content = bytes(view)
    if _ESCAPED_NUL in content and _NUL.search(content):
        raise ValueError("a text has a NUL in it (\\u0000), which no database keeps")
    try:
        said = _said.decode(view)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`$.", "`")) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no JSON: {error}") from error
    if content.count(b"{") + content.count(b"[") > DEEPEST:
        for value in (said.properties, said.traits, said.context):
            _shallow(value, DEEPEST)
    return said


def _shallow(value: Any, depth: int) -> None:
    if not depth:
        raise ValueError(f"it is nested too deeply: at most {DEEPEST} levels")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _shallow(inner, depth - 1)


def _call(kind: str, said: _Said, sent_at: str | None, context: dict[str, Any], name: str, received: int) -> Call:
    kind = kind or said.type or said.action or ""
    if kind not in KINDS:
        raise ValueError(f"`type`: expected one of {', '.join(KINDS)}; got {kind[:40]!r}")
    if said.message_id is not None and len(said.message_id) > LONGEST_ID:
        raise ValueError(f"`messageId` has at most {LONGEST_ID} characters")
    user, anonymous = _identity("userId", said.user_id), _identity("anonymousId", said.anonymous_id)
    previous, group = _identity("previousId", said.previous_id), _identity("groupId", said.group_id)
    if not user and not anonymous:
        raise ValueError("`userId` or `anonymousId` must say who it is about")
    title = _missing(kind, said, user, previous, group)
    return Call(
        kind=kind,
        message_id=said.message_id or name,
        occurred=_occurred(said, said.sent_at or sent_at, received),
        user_id=user,
        anonymous_id=anonymous,
        previous_id=previous,
        group_id=group,
        name=title,
        category=(said.category or "")[:LONGEST_NAME],
        words=(said.traits if kind in ("identify", "group") else said.properties) or {},
        context={**context, **(said.context or {})},
    )


def _missing(kind: str, said: _Said, user: str, previous: str, group: str) -> str:
    """The name of what happened. Raises ValueError for what a call of this kind must have and has not."""
    title = ((said.event if kind == "track" else said.name) or "").strip()
    if kind == "track" and not title:
        raise ValueError("`event` must name what happened")
    if kind == "track" and title.startswith(OURS):
        beginning = title.partition(".")[0]
        raise ValueError(f"`event`: names that begin with {beginning}. are told by Rondpoint alone; choose another")
    if len(title) > LONGEST_NAME:
        raise ValueError(f"`{'event' if kind == 'track' else 'name'}` has at most {LONGEST_NAME} characters")
    if kind == "group" and not group:
        raise ValueError("`groupId` must name the group")
    if kind == "alias" and not (user and previous):
        raise ValueError("`userId` and `previousId` must name the two that are one")
    return title


def _identity(field: str, value: Id) -> str:
    """An id as text; an empty one where the value names nobody in particular."""
    if value is None:
        return ""
    text = (str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)).strip()
    if len(text) > LONGEST_ID:
        raise ValueError(f"`{field}` has at most {LONGEST_ID} characters")
    return "" if text.casefold() in BLOCKED_VALUES else text


def _occurred(said: _Said, sent_at: str | None, received: int) -> int:
    """When it happened on our clock: what the sender's clock is off by is the difference of sending and receiving.

    As Segment defines it: ``received - (sentAt - timestamp)``. Nothing happens after it was received.
    """
    field = "originalTimestamp" if said.original_timestamp else "timestamp"
    stamp = said.original_timestamp or said.timestamp
    if not stamp:
        return received
    happened = _moment(field, stamp)
    if sent_at:
        happened = received - (_moment("sentAt", sent_at) - happened)
    return max(0, min(happened, received))


@lru_cache(maxsize=4096)  # all calls of a batch were sent at one moment
def _moment(field: str, text: str) -> int:
    """Microseconds UTC of a time as ISO 8601 writes it; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"`{field}`: expected a time like 2026-11-23T12:00:00.000Z; got {text[:40]!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
