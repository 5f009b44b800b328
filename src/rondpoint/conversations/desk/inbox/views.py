"""The list of the desk."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.house import House
from rondpoint.conversations.desk.inbox import pane
from rondpoint.conversations.desk.inbox.asked import asked
from rondpoint.conversations.queries.inbox import ORDERS, some
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem

ASKED_AT_ONCE = 100


@require_GET
@require("read")
def inbox(request: HttpRequest) -> HttpResponse:
    """The list alone, nothing chosen yet; without scripts also its later pages."""
    wanted = asked(request.GET, request.user)
    context = pane.whole(wanted, request.user, House(request.user), _after(request, wanted.sort))
    return render(request, "desk/inbox/page.html", context)


@require_GET
@require("read")
def rows(request: HttpRequest) -> HttpResponse:
    """One page of rows: the first, or the one ``after`` a place."""
    wanted = asked(request.GET, request.user)
    after = _after(request, wanted.sort)
    return render(request, "desk/inbox/rows.html", pane.page(wanted, request.user, after))


@require_GET
@require("read")
def news(request: HttpRequest) -> HttpResponse:
    """How some conversations stand in a list now: ``ids`` are numbers or public ids with commas between them.

    ``rows``: {number: its row}, only those that belong to the list; ``counts``: {view: how many}.
    """
    wanted = asked(request.GET, request.user)
    names = [name for name in request.GET.get("ids", "").split(",") if name][:ASKED_AT_ONCE]
    numbers = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 19]
    public = [uuid.UUID(name) for name in names if _is_uuid(name)]
    shown = some(wanted.filters, request.user, numbers, public)
    return JsonResponse(
        {
            "rows": {
                str(row.conversation.id): render_to_string(
                    "desk/inbox/row.html", {"line": pane.line(row, wanted), "view": wanted.whole}, request
                )
                for row in shown
            },
            "counts": pane.views(wanted, request.user)["counts"],
        }
    )


def _after(request: HttpRequest, sort: str) -> tuple[int, ...] | None:
    """The place behind which the page begins; a place we did not give is the beginning."""
    try:
        return paging.position(request.GET.get("after"), len(ORDERS[sort]))
    except Problem:
        return None


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
