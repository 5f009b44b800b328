"""What each process of the house tells about itself: its role in the log, its counts, its spans, its life."""

import contextlib
import logging
import os
import resource
import time
from collections.abc import Callable, Iterator

import uvicorn
from django.conf import settings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rondpoint.events import live
from rondpoint.jobs import periodic
from rondpoint.lib import counted, logs, metrics, tracing

log = logging.getLogger("rondpoint.access")
HEARTBEAT = "heartbeat"  # a job of the worker: that it runs shows that the worker's loop turns and can write
HEARTBEAT_SECONDS = 5.0

# What an address is counted as; the first that fits. Streams are open for hours and are counted apart.
ROUTES = (
    ("/in/", "webhook"),
    ("/chat/v1/stream", "stream"),
    ("/desk/stream", "stream"),
    ("/chat/", "chat"),
    ("/api/", "api"),
    ("/static/", "static"),
    ("/widget.", "static"),
    ("/me", "own page"),
    ("/healthz", "health"),
    ("/readyz", "health"),
    ("/metrics", "health"),
)


def folder():
    """Where the processes of this home write what they count."""
    return settings.RONDPOINT_HOME / "run" / "metrics"


@contextlib.contextmanager
def running(role: str) -> Iterator[None]:
    """Around the life of a process with a role, after it was forked."""
    environment = settings.ENVIRONMENT
    logs.configure(role)
    metrics.forget()
    notebook = metrics.Notebook(folder(), role, lambda: _observe(role))
    notebook.open()
    service = os.environ.get("OTEL_SERVICE_NAME") or "rondpoint"
    tracing.begin(environment.otlp_url, environment.otlp_headers, service, role)
    if environment.otlp_url:
        from rondpoint.config.telemetry_traces import causes

        live.trace_by(causes)
    if role == "worker":
        periodic.register(HEARTBEAT, HEARTBEAT_SECONDS, lambda: None)
        for job in periodic.every():
            periodic.register(job.name, job.seconds, _counted(job.name, job.run))
    try:
        yield
    finally:
        tracing.end()
        notebook.close()


def _observe(role: str) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    counted.processes.set(1, role)
    counted.processor.set(round(used.ru_utime + used.ru_stime, 2), role)
    counted.memory.set(_resident(), role)
    counted.spans_dropped.set(tracing.dropped(), role)


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _counted(name: str, run: Callable[[], object]) -> Callable[[], object]:
    def work() -> object:
        began = time.monotonic()
        try:
            result = run()
        except Exception:
            counted.jobs.add(1, name, "failed")
            raise
        counted.jobs.add(1, name, "done")
        counted.job_seconds.see(time.monotonic() - began, name)
        counted.job_success.set(int(time.time()), name)
        return result

    return work


def route_of(path: str) -> str:
    """The class of an address; "desk" for everything that has none of its own."""
    return next((name for start, name in ROUTES if path.startswith(start)), "desk")


class Observed:
    """An ASGI application, its requests counted and, if asked for, logged without what was asked in the query."""

    def __init__(self, app: ASGIApp, access_log: bool = False):
        self._app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        route, status, began = route_of(scope["path"]), 500, time.monotonic()

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        if route == "stream":
            kind = "desk" if scope["path"].startswith("/desk") else "chat"
            counted.streams.add(1, kind)
        try:
            await self._app(scope, receive, tell)
        finally:
            took = time.monotonic() - began
            if route == "stream":
                counted.streams.add(-1, kind)
            else:
                counted.requests.see(took, route, f"{status // 100}xx")
            if self._access_log:
                with logs.bound(route=route, status=status, milliseconds=round(took * 1000)):
                    log.info("%s", scope["method"])


class Server(uvicorn.Server):
    """A web server that says at once that it stops, and lets its streams go so that they need not be cut off."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]):
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame) -> None:
        """SIGTERM or SIGINT."""
        self._stopping()
        live.hub().end()
        super().handle_exit(sig, frame)
