"""Bodies that plain routes hold in memory until they are all here: bounded in size, in time, and all together."""

import asyncio
from collections import Counter

from starlette.requests import Request

SMALL = 64_000  # bytes; so much is always taken, or large uploads could keep short messages out
HELD = 200_000_000  # bytes of large bodies that are not all here yet, in this process
SHARE = 4  # one address holds at most a quarter of it
SILENCE, PATIENCE = 15.0, 300.0  # seconds without a byte, and for all of it: 25 MB over a telephone's line

_held: Counter[str] = Counter()


class Refused(Exception):
    """``status``: 413 too long, 408 too slow, 503 too much at once. The message is for whoever sent it."""

    def __init__(self, status: int, detail: str):
        super().__init__(detail)
        self.status = status


async def read(request: Request, most: int, silence: float = SILENCE, patience: float = PATIENCE) -> bytes:
    """The body. Raises Refused as soon as it is longer than ``most`` bytes, stands still, or is too much together with
    the bodies of others; Starlette's ClientDisconnect when whoever sent it hung up."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise Refused(413, f"the body has more than {most} bytes")
    sender = request.client.host if request.client else ""
    body = bytearray()
    try:
        now = asyncio.get_running_loop().time
        end = now() + patience
        async with asyncio.timeout_at(min(now() + silence, end)) as late:
            async for chunk in request.stream():
                _take(sender, body, chunk, most)
                late.reschedule(min(now() + silence, end))
        return bytes(body)
    except TimeoutError as error:
        raise Refused(408, "the body did not come in time; send it again") from error
    finally:
        _held[sender] -= len(body)
        if not _held[sender]:
            del _held[sender]


def _take(sender: str, body: bytearray, chunk: bytes, most: int) -> None:
    if len(body) + len(chunk) > most:
        raise Refused(413, f"the body has more than {most} bytes")
    large = len(body) + len(chunk) > SMALL
    if large and (_held.total() + len(chunk) > HELD or _held[sender] + len(chunk) > HELD // SHARE):
        raise Refused(503, "too many large bodies come at once; send it again in a moment")
    body += chunk
    _held[sender] += len(chunk)
