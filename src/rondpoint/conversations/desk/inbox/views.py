"""The list of the desk."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.inbox import pane


@require_GET
@require("read")
def inbox(request: HttpRequest) -> HttpResponse:
    """The list alone, or only its rows for a live update."""
    at, _dash, row = request.GET.get("before", "").partition("-")
    before = (int(at), int(row)) if at.isdigit() and row.isdigit() else None
    context = pane.rows(request.GET.get("view", "open"), request.user, before)
    context["selected"] = request.GET.get("selected", "")
    if request.htmx:
        return render(request, "desk/inbox/rows.html", context)
    return render(request, "desk/inbox/page.html", context)
