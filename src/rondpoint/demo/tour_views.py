"""What the card of the demo on the desk asks and does."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.demo import reset as resetting
from rondpoint.demo import tour, traffic
from rondpoint.demo.guard import demo_only


@demo_only
@never_cache
@require_GET
@require("read")
def state(request: HttpRequest) -> HttpResponse:
    """How far the tour is, and whether live traffic is on."""
    found = tour.progress()
    return JsonResponse(
        {"done": found.done, "next": found.next, "conversation": found.conversation, "traffic": traffic.is_on()}
    )


@demo_only
@require_POST
@require("read")
def switch(request: HttpRequest) -> HttpResponse:
    """Live traffic on (``on=1``) or off."""
    traffic.switch(request.POST.get("on") == "1")
    return HttpResponse(status=204)


@demo_only
@require_POST
@require("reply")
def reset(request: HttpRequest) -> HttpResponse:
    """The demo as on its first day."""
    try:
        resetting.reset()
    except resetting.Incomplete as missing:
        return JsonResponse(
            {"detail": _("The demo cannot be reset: %(what)s is gone. Start it in a new folder.") % {"what": missing}},
            status=409,
        )
    accounts.audit(request.user.email, "demo.reset", "demo")
    return redirect("inbox")
