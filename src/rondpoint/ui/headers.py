"""What every answer carries, whoever made it: Django, a plain route, or an error of the server itself."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
# Answers without a policy of their own are no pages: opened by themselves they may do nothing.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
PRIVATE = "private, no-cache"  # no shared cache keeps it, and a browser asks again
HSTS = "max-age=31536000"  # RFC 6797, a year


class SafeAnswers:
    """The ASGI application around another one; ``https``: people reach the house by HTTPS alone."""

    def __init__(self, app: ASGIApp, https: bool = False):
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, told)

    def _complete(self, headers: MutableHeaders) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("Cache-Control", PRIVATE)
        if self._https:
            headers.setdefault("Strict-Transport-Security", HSTS)
