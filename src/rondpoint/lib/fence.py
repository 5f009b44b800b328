"""The last look at the lease: where a request, or the end of a mail, is about to be written to its line.

A process can be stopped for minutes at any point, also between the decision to call a provider and the call. Once its
lease is over the dispatch is in other hands, so what is late is held back in the moment in which it would leave.
"""

import contextlib
import math
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import httpx

_ends: ContextVar[float] = ContextVar("lease_ends")
_HEAD, _BODY = "http11.send_request_headers.started", "http11.send_request_body.started"


class TooLate(Exception):
    """The lease is over and the request has not left, or not all of it: nobody can have acted on it."""


def age() -> float:
    """Seconds since the machine was started, those it slept included; never set by anybody."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextlib.contextmanager
def until(lease_ends: float) -> Iterator[None]:
    """What this task sends leaves before ``lease_ends``, or TooLate is raised.

    That holds for requests by a client that :func:`hold` prepared, and wherever a channel calls :func:`look`.
    """
    token = _ends.set(lease_ends)
    try:
        yield
    finally:
        _ends.reset(token)


def look() -> None:
    """Called right before the bytes that make a provider act. Raises TooLate; does nothing outside of :func:`until`."""
    if age() > _ends.get(math.inf):
        raise TooLate


def hold(client: httpx.AsyncClient) -> None:
    """Prepares a client. Requests outside of :func:`until` are not touched."""
    hooks = client.event_hooks
    if _watch not in hooks["request"]:
        client.event_hooks = {**hooks, "request": [*hooks["request"], _watch]}


async def _watch(request: httpx.Request) -> None:
    if _ends.get(None) is None:
        return

    # Head and body are written one after the other; a head without its body is no request, one that has none is whole.
    bodiless = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    writes = (_HEAD,) if bodiless else (_HEAD, _BODY)

    async def watch(event: str, _: dict[str, Any]) -> None:
        if event in writes:
            look()

    request.extensions = {**request.extensions, "trace": watch}
