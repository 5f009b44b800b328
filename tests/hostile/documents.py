"""JSON that no client writes: values for the place of one, and documents for the place of a body."""

import json
import os
from collections.abc import Iterator

ALL = os.environ.get("RONDPOINT_DOORS") == "all"  # else what has ever broken a door somewhere
DEEP = "[" * 100_000 + "]" * 100_000
VALUES = {  # JSON text in the place of one value
    "NUL": '"a\\u0000b"',
    "only NUL": '"\\u0000"',
    "a lone high surrogate": '"a\\ud800b"',
    "a lone low surrogate": '"\\udc00"',
    "a pair the wrong way round": '"\\udc00\\ud800"',
    "null": "null",
    "true": "true",
    "an array": "[]",
    "an object": '{"a": {}}',
    "a deep array": "[" * 500 + "]" * 500,
    "an array deeper than any stack": DEEP,
    "an object deeper than any stack": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "a number of 400 digits": "9" * 400,
    "a number beyond all floats": "1e400",
    "a negative number beyond 64 bits": str(-(2**70)),
    "a fraction": "0.1",
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "a text of 60,000 letters": json.dumps("é" * 30_000),
    "line breaks": '"a\\r\\nBcc: bob@example.org\\r\\n\\r\\nb"',
    "text turned round": '"a\\u202eb\\u2066c"',
    "empty": '""',
    "a byte that is no UTF-8": '"\xff"',
}
CORE = ("NUL", "a lone high surrogate", "null", "an array", "a deep array", "a number of 400 digits", "line breaks")
DOCUMENTS = {  # instead of the whole body
    "nothing": b"",
    "a letter": b"x",
    "half an object": b'{"a": ',
    "an array": b"[]",
    "null": b"null",
    "a text": b'"a"',
    "a deep array": DEEP.encode(),
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"text": "a"}',
    "bytes that are no UTF-8": b'{"text": "\xff\xfe"}',
    "a comment": b'{"text": "a" /* b */}',
    "a comma too many": b'{"text": "a",}',
    "two documents": b'{"text": "a"}{"text": "b"}',
    "more than a megabyte": b'{"text": "' + b"a" * 1_100_000 + b'"}',
    "a million names": b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}",
    "NUL bytes": b"\0" * 100,
}
CORE_DOCUMENTS = ("nothing", "half an object", "a deep array", "bytes that are no UTF-8", "more than a megabyte")


def leaves(value: object, place: tuple = ()) -> Iterator[tuple]:
    """The places of all values in a body, outermost first, but for the body itself."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if place:
        yield place
    for name, inner in inside:
        yield from leaves(inner, (*place, name))


def with_value(body: dict, place: tuple, written: str) -> bytes:
    """The body as JSON, with ``written`` in the place of one value."""
    changed = inner = json.loads(json.dumps(body))
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = "@@"
    return json.dumps(changed).replace('"@@"', written).encode("utf-8" if written.isascii() else "latin-1")


def variants(body: dict) -> Iterator[tuple[str, str, bytes]]:
    """(what is wrong, field, bytes) for each field and hostile value, then duplicates, strangers and documents."""
    for place in leaves(body):
        for name in VALUES if ALL else CORE:
            written = VALUES[name]
            yield name, ".".join(map(str, place)), with_value(body, place, written)
    for field in body:
        twice = json.dumps(body)[:-1] + f', "{field}": {json.dumps(body[field])}}}'
        yield "a name twice", field, twice.encode()
    yield "a strange name", "", json.dumps({**body, "a\x00\ud800": 1}).encode()
    for name in DOCUMENTS if ALL else CORE_DOCUMENTS:
        yield name, "", DOCUMENTS[name]
