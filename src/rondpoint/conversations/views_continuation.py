"""The page of a continuation link. GET shows and changes nothing; POST takes the conversation up from here on."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from rondpoint.channels import connections
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.chat import sessions
from rondpoint.conversations.own_page import device
from rondpoint.conversations.own_page.showing import Visit, private
from rondpoint.conversations.types import Shown
from rondpoint.lib import clock
from rondpoint.lib.db import write

STATUSES = {"unknown": 404, "no_chat": 404, "used": 410, "expired": 410}


@require_http_methods(["GET", "HEAD", "POST"])
def continuation(request: HttpRequest, token: str) -> HttpResponse:
    """What a person sees who follows a link or scans a code: a button, and after it her own page, from here on."""
    try:
        shown = continuations.show(token)
    except codes.Refused:
        shown = None
    key = shown.connection_key if shown else ""
    visit = Visit(request, connections.by_public_id("chat", key) if key else None, shown.language if shown else "")
    with visit.speaking():
        return private(_answer(token, shown, visit))


def _answer(token: str, shown: Shown | None, visit: Visit) -> HttpResponse:
    if shown is None:
        return _closed(visit, "unknown")
    if shown.state == "used" and device.has_taken_up(visit.request):
        return HttpResponseRedirect("/me")
    if shown.state != "open":
        return _closed(visit, shown.state)
    if visit.chat is None:
        return _closed(visit, "no_chat")
    if visit.request.method != "POST":
        return visit.show("continuation/open.html", {"token": token})
    try:
        return _take_up(token, visit)
    except codes.Refused as refused:
        return _closed(visit, refused.reason)


def _take_up(token: str, visit: Visit) -> HttpResponse:
    """Who proved already who she is goes on as herself; any other device begins anew, whomever it followed before."""
    now = clock.now()
    page = f"{settings.RONDPOINT_URL}/c/"
    session, secret = visit.session, ""
    with write():
        if session is None or not session.proved:
            session, secret = sessions.open_session(connections.info(visit.chat), None, None, page, visit.language, now)
        continuations.consume(token, session, now)
    response = HttpResponseRedirect("/me")
    if secret:
        device.give(response, secret, now)
    device.took_up(response, f"/c/{token}")
    return response


def _closed(visit: Visit, reason: str) -> HttpResponse:
    return visit.show("continuation/closed.html", {"reason": reason}, STATUSES[reason])
