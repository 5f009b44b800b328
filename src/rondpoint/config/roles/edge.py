"""The edge: everything that must answer fast, as plain async routes before Django is asked."""

import asyncio
import contextlib
import logging
import resource
from collections.abc import AsyncIterator

import uvicorn
from django.conf import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rondpoint.config import health, telemetry, telemetry_gauges
from rondpoint.config.roles.webhooks import PREFIX, Webhooks
from rondpoint.conversations.chat.routes import close as close_chat
from rondpoint.conversations.chat.routes import routes as chat_routes
from rondpoint.conversations.chat.widget import key_for
from rondpoint.conversations.desk.stream import routes as desk_stream_routes
from rondpoint.conversations.desk.thread.uploads import routes as desk_upload_routes
from rondpoint.events import live
from rondpoint.hub.uploads import routes as hub_upload_routes
from rondpoint.jobs import wake
from rondpoint.tracking import routes as tracking
from rondpoint.ui.headers import SafeAnswers
from rondpoint.ui.static import static_files

log = logging.getLogger("rondpoint.edge")
LINES = 65_536  # files and sockets that the web may have open
# Seconds an idle line is kept: longer than proxies keep theirs (Caddy two minutes), or they would send a request into
# one that is just being closed.
KEPT = 130


async def healthz(request: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Ready, or 503 with the reasons; each check with its state and since when."""
    status, said = await asyncio.to_thread(health.report)
    return JSONResponse(said, status_code=status)


async def metrics(request: Request) -> Response:
    """Prometheus text format 0.0.4, for those who may see it."""
    if not health.may_see_metrics(request):
        return PlainTextResponse("not found\n", status_code=404)
    text = await asyncio.to_thread(telemetry_gauges.text, telemetry.folder())
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def application(desk: ASGIApp | None, edge: bool = True) -> ASGIApp:
    """The ASGI application: edge routes, the desk behind them when it runs here."""
    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Mount("/static", app=static_files()),
    ]
    if edge:
        routes += [*chat_routes(), *tracking.routes(key_for)]
    if desk is not None:
        routes += [*desk_stream_routes(), *desk_upload_routes(), *hub_upload_routes(), Mount("/", app=desk)]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        webhooks.open()
        tracking.open_()
        listener, stop = wake.Listener(), asyncio.Event()
        listener.start()
        following = asyncio.create_task(live.hub().run(listener, stop))
        app.state.stop = stop
        try:
            yield
        finally:
            stop.set()
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following
            listener.stop()
            await asyncio.to_thread(webhooks.close)
            await asyncio.to_thread(tracking.close)
            await asyncio.to_thread(close_chat)

    webhooks, inner = Webhooks(), Starlette(routes=routes, lifespan=lifespan)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        hooked = edge and scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (webhooks if hooked else inner)(scope, receive, send)

    return front


def desk_application() -> ASGIApp:
    """Django under WSGI inside the ASGI server. Bodies above 1 MB never reach its threads."""
    from django.core.wsgi import get_wsgi_application

    from rondpoint.ui.bridge import Bridge

    return Bridge(get_wsgi_application(), workers=10)


def _many_lines() -> None:
    """Each open chat is a file to the system, which gives a process 1,024 unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = LINES if hard == resource.RLIM_INFINITY else min(LINES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def serve(edge: bool = True, desk: bool = True) -> None:
    """Runs the web roles until told to stop; streams are closed, accepted requests are finished."""
    _many_lines()
    answering = application(desk_application() if desk else None, edge)
    app = SafeAnswers(answering, https=settings.RONDPOINT_URL.startswith("https://"))
    environment = settings.ENVIRONMENT
    health.begin()
    server = telemetry.Server(
        uvicorn.Config(
            telemetry.Observed(app, environment.access_log),
            host=environment.host,
            port=environment.port,
            log_config=None,
            access_log=False,
            proxy_headers=bool(environment.trusted_proxies),
            forwarded_allow_ips=",".join(environment.trusted_proxies) or None,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=KEPT,
            server_header=False,
            backlog=4096,
        ),
        health.stop,
    )
    server.run()
