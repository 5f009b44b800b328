"""Traces from a delivery to the screen, told to a collector as OTLP over HTTP in JSON (OpenTelemetry protocol 1.x).

A trace's id is the public id of the delivery or the dispatch: a UUID has the 128 bits that a trace id has, so nothing
is stored or handed from process to process, and who has one finds the other. Spans of one trace are siblings below a
parent that was never sent, derived from the id; what opens inside another span is its child. Without a collector a span
costs a look at one variable.
"""

import atexit
import contextlib
import http.client
import json
import logging
import os
import queue
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

log = logging.getLogger("rondpoint.tracing")
WAITING = 10_000  # spans kept while the collector is slow; what comes then is dropped and counted
TOGETHER = 500
EVERY = 1.0  # seconds between two batches
LIMIT = 5.0  # seconds for one call of the collector

# Told as they are; everything else that could be an attribute is left out, so that no text of people gets there.
ATTRIBUTES = frozenset(
    {"channel", "connection", "delivery", "dispatch", "outcome", "size", "items", "attempt", "screens"}
)


class Span(Struct):
    """Something that took from ``start`` to ``end``, in nanoseconds since 1970."""

    name: str
    trace: int
    number: int
    parent: int
    start: int
    end: int = 0
    attributes: dict[str, str | int] = {}
    failed: str = ""  # the type of what broke it


class _Nothing:
    """The span of a process that tells nobody."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_nothing = _Nothing()
_current: ContextVar[Span | None] = ContextVar("current span", default=None)
_exporter: "Exporter | None" = None


def on() -> bool:
    """Whether somebody collects. Ask before looking up an id only for a span."""
    return _exporter is not None


def span(name: str, trace: uuid.UUID | str | None, **attributes: str | int) -> AbstractContextManager[Span | None]:
    """A context manager around what shall be seen. ``trace``: a delivery's or dispatch's public id; None goes on with
    the span around it, and without one tells nothing. Attributes outside :data:`ATTRIBUTES` raise ValueError."""
    if _exporter is None:
        return _nothing
    return _open(name, trace, attributes)


def point(name: str, trace: uuid.UUID | str, started: int, ended: int, **attributes: str | int) -> None:
    """A span whose times are known already, in microseconds since 1970: of a batch, one for each delivery."""
    if _exporter is not None:
        number = _trace(trace)
        _exporter.take(
            Span(name, number, _number(), _root(number), started * 1000, ended * 1000, _checked(attributes))
        )


def begin(url: str, headers: tuple[tuple[str, str], ...] = (), service: str = "rondpoint", role: str = "") -> None:
    """Tells the spans of this process to the collector at ``url`` from now on, if there is one. After a fork only."""
    global _exporter
    if url and _exporter is None:
        _exporter = Exporter(url, headers, service, role)
        atexit.register(end)


def dropped() -> int:
    """Spans the collector did not take since the process began."""
    return _exporter.dropped if _exporter is not None else 0


def end() -> None:
    """Tells what waits, then stops. At most :data:`LIMIT` seconds."""
    global _exporter
    exporter, _exporter = _exporter, None
    if exporter is not None:
        exporter.close()


@contextlib.contextmanager
def _open(name: str, trace: uuid.UUID | str | None, attributes: dict[str, str | int]) -> Iterator[Span | None]:
    around = _current.get()
    if trace is not None:
        number = _trace(trace)
    elif around is not None:
        number = around.trace
    else:
        yield None
        return
    parent = around.number if around is not None and around.trace == number else _root(number)
    opened = Span(name, number, _number(), parent, time.time_ns(), attributes=_checked(attributes))
    began = time.monotonic_ns()
    token = _current.set(opened)
    try:
        yield opened
    except BaseException as error:
        opened.failed = type(error).__name__
        raise
    finally:
        _current.reset(token)
        opened.end = opened.start + time.monotonic_ns() - began
        exporter = _exporter
        if exporter is not None:
            exporter.take(opened)


def _trace(name: uuid.UUID | str) -> int:
    return name.int if isinstance(name, uuid.UUID) else uuid.UUID(name).int


def _root(trace: int) -> int:
    return (trace & (2**64 - 1)) or 1


def _number() -> int:
    return random.getrandbits(64) or 1


def _checked(attributes: dict[str, str | int]) -> dict[str, str | int]:
    strange = attributes.keys() - ATTRIBUTES
    if strange:
        raise ValueError(f"not attributes of spans: {', '.join(sorted(strange))}")
    return attributes


class Exporter:
    """Tells spans to a collector from a thread of its own; whoever takes part in a request never waits for it."""

    def __init__(self, url: str, headers: tuple[tuple[str, str], ...], service: str, role: str):
        self.dropped = 0
        self._url = urlsplit(url.rstrip("/") + "/v1/traces")
        self._headers = {**dict(headers), "Content-Type": "application/json"}
        about = {"service.name": service, "rondpoint.role": role}
        self._resource: dict[str, str | int] = {**about, "process.pid": os.getpid()}
        self._queue: queue.Queue[Span] = queue.Queue(WAITING)
        self._stop = threading.Event()
        self._troubled = False
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def take(self, finished: Span) -> None:
        """Queues a span; drops it when the collector has been too slow."""
        try:
            self._queue.put_nowait(finished)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Tells what waits."""
        self._stop.set()
        self._thread.join(timeout=LIMIT + EVERY)

    def _run(self) -> None:
        while True:
            last = self._stop.wait(EVERY)
            while batch := self._batch():
                if not self._tell(batch) and last:
                    return
            if last:
                return

    def _batch(self) -> list[Span]:
        batch: list[Span] = []
        with contextlib.suppress(queue.Empty):
            while len(batch) < TOGETHER:
                batch.append(self._queue.get_nowait())
        return batch

    def _tell(self, batch: list[Span]) -> bool:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        try:
            with contextlib.closing(kind(self._url.hostname or "", self._url.port, timeout=LIMIT)) as line:
                line.request("POST", self._url.path, json.dumps(body(batch, self._resource)), self._headers)
                status = line.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 0
        told = 200 <= status < 300
        if not told:
            self.dropped += len(batch)
            if not self._troubled:
                log.warning("the collector of traces does not take them (%s); they are dropped meanwhile", status)
        self._troubled = not told
        return told


def body(batch: list[Span], resource: dict[str, str | int]) -> dict[str, Any]:
    """An ExportTraceServiceRequest in OTLP's JSON: ids in hexadecimal, times and integers as strings."""
    spans = [
        {
            "traceId": f"{one.trace:032x}",
            "spanId": f"{one.number:016x}",
            "parentSpanId": f"{one.parent:016x}",
            "name": one.name,
            "kind": 1,
            "startTimeUnixNano": str(one.start),
            "endTimeUnixNano": str(one.end),
            "attributes": _attributes(one.attributes),
            "status": {"code": 2, "message": one.failed} if one.failed else {},
        }
        for one in batch
    ]
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "rondpoint"}, "spans": spans}],
            }
        ]
    }


def _attributes(values: dict[str, str | int]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]
