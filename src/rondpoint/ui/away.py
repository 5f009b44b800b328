"""What people are told while the database or the disk cannot take anything: that nothing was sent, and to come back."""

import errno
import json
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from rondpoint.ui import problems
from rondpoint.ui.problems import Problem

RETRY_SECONDS = 5
FULL_OR_BROKEN = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}


def cannot_store(error: BaseException | None) -> bool:
    """Whether an exception means that the store is away, full or locked, and not that something of ours is wrong."""
    if isinstance(error, OSError):
        return error.errno in FULL_OR_BROKEN
    return isinstance(error, OperationalError | InterfaceError)


def problem() -> Problem:
    """The same for programs."""
    return Problem(503, "this cannot be stored now; try again", retry_after=RETRY_SECONDS)


def broke(request: HttpRequest) -> HttpResponse:
    """Django's handler for what a view or a middleware let go: 503 when nothing can be stored, else 500.

    A page, JSON for our own scripts and for the API, or a message beside the form for htmx, which then leaves what
    was typed as it is.
    """
    if not cannot_store(sys.exception()):
        return HttpResponse(render_to_string("500.html"), status=500)
    response = _answer(request)
    response.status_code = 503
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.answer(problem())
    said = _("Rondpoint cannot store anything right now. Nothing was sent: what you typed still stands here.")
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"error": said})
    if request.headers.get("HX-Request"):
        if request.method != "POST":
            return HttpResponse()  # a part that draws itself again: what it shows stays
        return HttpResponse(headers={"HX-Trigger": json.dumps({"toast": {"text": said, "kind": "bad"}})})
    return HttpResponse(render_to_string("503.html", {"sent": request.method == "POST"}))
