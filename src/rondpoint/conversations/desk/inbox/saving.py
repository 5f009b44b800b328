"""Saved views: making, renaming, sharing and forgetting them."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.actions import views
from rondpoint.conversations.desk.inbox.asked import asked
from rondpoint.conversations.models import SavedView
from rondpoint.conversations.queries import saved


@require_POST
@require("read")
def create(request: HttpRequest) -> HttpResponse:
    """Keeps the list that ``view`` names under ``name``; ``shared`` with everybody, by supervisors."""
    wanted = asked(request.POST, request.user)
    shared = bool(request.POST.get("shared")) and request.user.may("operate")
    try:
        view = views.save(request.user, request.POST.get("name", ""), wanted.filters, wanted.sort, shared)
    except views.BadView as error:
        return JsonResponse({"error": _reason(error)}, status=422)
    return JsonResponse({"href": f"/inbox?view={view.public_id}"}, status=201)


@require_POST
@require("read")
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another ``name``; ``shared``, yes or no, by supervisors."""
    view = _hers(request, public_id)
    shared = {"yes": True, "no": False}.get(request.POST.get("shared", ""))
    if not request.user.may("operate"):
        shared = None
    try:
        views.change(view, request.POST.get("name"), request.user, shared)
    except views.BadView as error:
        return JsonResponse({"error": _reason(error)}, status=422)
    return JsonResponse({"name": view.name, "shared": view.owner_id is None})


@require_POST
@require("read")
def removal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forgets a view."""
    views.remove(_hers(request, public_id))
    return JsonResponse({"href": "/inbox"})


def _hers(request: HttpRequest, public_id: str) -> SavedView:
    view = saved.find(request.user, public_id)
    if view is None or not saved.may_change(request.user, view):
        raise Http404
    return view


def _reason(error: views.BadView) -> str:
    if error.code == "many":
        return _("There are %(n)s views already. Delete one first.") % {"n": views.MOST}
    return _("Give the view a name.")
