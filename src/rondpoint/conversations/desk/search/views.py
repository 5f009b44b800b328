"""The page that finds: customers, conversations, messages and notes as somebody types."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.search import pane
from rondpoint.conversations.search.question import LONGEST

RECENT, MOST_RECENT = "searches", 8
CONTROLS = ("channel", "direction", "state", "assignee", "team", "after", "before", "has", "in")


@require_GET
@require("read")
def search(request: HttpRequest) -> HttpResponse:
    """The page, its answers while somebody types (htmx), or the answers further back (``next``)."""
    text = request.GET.get("q", "").replace("\x00", " ")[:LONGEST].strip()
    given = {name: value[:200] for name in CONTROLS if (value := request.GET.get(name, "").replace("\x00", ""))}
    order = "fitting" if request.GET.get("sort") == "fitting" else "newest"
    begin = _number(request.GET.get("next"))
    state = {**({"q": text} if text else {}), **given, **({"sort": order} if order != "newest" else {})}
    found = pane.find(text, given, request.user, order, begin)
    context = {
        "text": text,
        "given": given,
        "order": order,
        "found": found,
        "address": f"/search?{urlencode(state)}",
        "recent": request.session.get(RECENT, []),
    }
    if request.htmx and not request.htmx.boosted:
        if begin is not None:
            return render(request, "desk/search/further.html", context)
        response = render(request, "desk/search/finds.html", context)
        response["HX-Replace-Url"] = context["address"] if state else "/search"
        return response
    return render(request, "desk/search/page.html", context | pane.choices(given))


@require_POST
@require("read")
def remember(request: HttpRequest) -> HttpResponse:
    """Notes what was looked for, in this session alone, the last first."""
    text = request.POST.get("q", "").replace("\x00", " ")[:LONGEST].strip()
    if text:
        before = [one for one in request.session.get(RECENT, []) if one.casefold() != text.casefold()]
        request.session[RECENT] = [text, *before][:MOST_RECENT]
    return HttpResponse(status=204)


@require_POST
@require("read")
def forget(request: HttpRequest) -> HttpResponse:
    """Forgets what was looked for."""
    request.session.pop(RECENT, None)
    return redirect("/search")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
