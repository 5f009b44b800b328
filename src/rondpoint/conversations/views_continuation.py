"""The page of a continuation link. GET shows and changes nothing; POST takes the conversation up from here on."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rondpoint.channels import connections
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.types import Shown
from rondpoint.lib import clock
from rondpoint.lib.db import write


@csrf_exempt  # the token in the address is the secret; the page holds no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def continuation(request: HttpRequest, token: str) -> HttpResponse:
    """What a person sees who follows a link or scans a code."""
    try:
        shown = continuations.show(token)
    except codes.Refused:
        return _page(request, "continuation/closed.html", {"reason": "unknown"}, 404)
    with translation.override(shown.language or "fr"):
        if shown.state != "open":
            return _page(request, "continuation/closed.html", {"shown": shown, "reason": shown.state}, 410)
        if request.method != "POST":
            return _page(request, "continuation/open.html", {"shown": shown})
        return _take_up(request, token, shown)


def _take_up(request: HttpRequest, token: str, shown: Shown) -> HttpResponse:
    row = connections.by_public_id("chat", shown.connection_key) if shown.connection_key else None
    if row is None:
        return _page(request, "continuation/closed.html", {"shown": shown, "reason": "no_chat"}, 404)
    now = clock.now()
    try:
        with write():
            session, secret = sessions.open_session(
                connections.info(row), None, None, f"{settings.RONDPOINT_URL}/c/", shown.language, now
            )
            continuations.consume(token, session, now)
    except codes.Refused as refused:
        return _page(request, "continuation/closed.html", {"shown": shown, "reason": refused.reason}, 410)
    return _page(request, "continuation/chat.html", {"shown": shown, "session": secret})


def _page(request: HttpRequest, template: str, context: dict, status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The widget styles itself inside its shadow root, and the brand's colour is this page's own.
    response.csp_overrides = {"style-src": "'self' 'unsafe-inline'"}
    return response
