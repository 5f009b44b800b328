"""Going on elsewhere: a link, a QR code, a code or an address, shown on the screen or sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from rondpoint.accounts.decorators import require
from rondpoint.conversations.actions import codes, continuations
from rondpoint.conversations.desk.found import found
from rondpoint.conversations.queries.reasons import explain
from rondpoint.lib import addresses


@require_POST
@require("reply")
def continuation(request: HttpRequest, public_id: str) -> HttpResponse:
    """A way to go on elsewhere: shown once, or sent."""
    current = found(request, public_id)
    via, channel, target = (request.POST.get(name, "").strip() for name in ("via", "channel", "target"))
    context: dict = {"conversation": current}
    try:
        context["issued"] = continuations.issue(
            current, via, channel=channel, target=target, by=request.user.name, user=request.user
        )
    except codes.Refused as refused:
        context["error"] = explain(refused.detail or refused.reason)
    except (addresses.BadAddress, ValueError) as error:
        context["error"] = str(error)
    return render(request, "desk/thread/issued.html", context)
