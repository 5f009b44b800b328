"""The edge: everything that must answer fast, as plain async routes before Django is asked."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import uvicorn
from django.conf import settings
from django.db import OperationalError, close_old_connections
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from rondpoint.channels import connections, deliveries, registry
from rondpoint.channels.contract import Raw
from rondpoint.config import health
from rondpoint.conversations.chat.routes import close as close_chat
from rondpoint.conversations.chat.routes import routes as chat_routes
from rondpoint.conversations.desk.stream import routes as desk_stream_routes
from rondpoint.conversations.desk.thread.uploads import routes as desk_upload_routes
from rondpoint.events import live
from rondpoint.jobs import wake
from rondpoint.lib import clock
from rondpoint.ui.static import static_files

log = logging.getLogger("rondpoint.edge")
MAX_BODY = 1_000_000


async def inbound(request: Request) -> Response:
    """``/in/{channel}/{connection}``: verified, on disk, and only then answered."""
    kind, public_id = request.path_params["channel"], request.path_params["connection"]
    if kind not in registry.kinds():
        return _problem(404, "no such channel")
    row = await asyncio.to_thread(_connection, kind, public_id)
    if row is None:
        return _problem(404, "no such connection")
    body = await _body(request)
    if body is None:
        return _problem(413, f"the body has more than {MAX_BODY} bytes")
    query = f"?{request.url.query}" if request.url.query else ""
    raw = Raw(
        body=body,
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers.raw},
        url=f"{settings.RONDPOINT_URL}{request.url.path}{query}",
        method=request.method,
        received=clock.now(),
    )
    channel = registry.get(kind)
    challenge = channel.handshake(raw, row)
    if challenge is not None:
        return Response(challenge, media_type="text/plain")
    if request.method != "POST" or not channel.verify(raw, row):
        return _problem(403, "the signature does not match this connection")
    try:
        external_id = channel.delivery_id(raw)
    except ValueError as error:
        return _problem(400, str(error))
    try:
        await request.app.state.intake.deliver(row, external_id, raw)
    except (OSError, OperationalError):
        log.exception("a delivery could not be stored; the provider was told to come again")
        return _problem(503, "it could not be stored; send it again", {"Retry-After": "5"})
    content, media_type = channel.acknowledgement(raw, row)
    return Response(content, media_type=media_type)


async def healthz(request: Request) -> Response:
    """Alive."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Ready, or 503 with the reasons."""
    problems = await asyncio.to_thread(health.problems)
    return JSONResponse({"ready": not problems, "problems": problems}, status_code=503 if problems else 200)


async def metrics(request: Request) -> Response:
    """Prometheus text format 0.0.4."""
    text = await asyncio.to_thread(health.metrics)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def application(desk: ASGIApp | None, edge: bool = True) -> Starlette:
    """The ASGI application: edge routes, the desk behind them when it runs here."""
    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Mount("/static", app=static_files()),
    ]
    if edge:
        routes += [Route("/in/{channel}/{connection}", inbound, methods=["GET", "POST"]), *chat_routes()]
    if desk is not None:
        routes += [*desk_stream_routes(), *desk_upload_routes(), Mount("/", app=desk)]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.intake = deliveries.Intake()
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
            await asyncio.to_thread(app.state.intake.close)
            await asyncio.to_thread(close_chat)

    return Starlette(routes=routes, lifespan=lifespan)


def desk_application() -> ASGIApp:
    """Django under WSGI inside the ASGI server. Bodies above 1 MB never reach its threads."""
    from a2wsgi import WSGIMiddleware
    from django.core.wsgi import get_wsgi_application

    return WSGIMiddleware(get_wsgi_application(), workers=10)


def serve(edge: bool = True, desk: bool = True) -> None:
    """Runs the web roles until told to stop; streams are closed, accepted requests are finished."""
    app = application(desk_application() if desk else None, edge)
    environment = settings.ENVIRONMENT
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=environment.host,
            port=environment.port,
            log_level="warning",
            access_log=False,
            proxy_headers=bool(environment.trusted_proxies),
            forwarded_allow_ips=",".join(environment.trusted_proxies) or None,
            timeout_graceful_shutdown=5,
            server_header=False,
            backlog=4096,
        )
    )
    server.run()


def _connection(kind: str, public_id: str):
    close_old_connections()
    row = connections.by_public_id(kind, public_id)
    return connections.info(row) if row else None


async def _body(request: Request) -> bytes | None:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(
        {"type": "about:blank", "status": status, "title": detail, "detail": detail},
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )
