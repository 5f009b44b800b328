"""``/forms/{key}``: a form of another site without any script, sent as browsers send forms. ``key``: of a chat."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rondpoint.channels import connections, registry
from rondpoint.conversations.chat import forms
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.own_page.showing import Visit, private
from rondpoint.conversations.rules import forms as rules
from rondpoint.lib.text import storable

STATUSES = {"empty": 422, "long": 422, "origin": 403, "many": 429}
_brake = Brake(30, 60)  # by address: an office shares one


class SeeOther(HttpResponse):
    """The browser goes on with a GET (RFC 9110, 15.4.4)."""

    status_code = 303

    def __init__(self, to: str):
        super().__init__()
        self["Location"] = to


@csrf_exempt  # it comes from other sites, and no cookie gives any permission here
@require_POST
def form(request: HttpRequest, key: str) -> HttpResponse:
    """Takes a form and leads the browser to where its conversation goes on, or back to the page that it names."""
    row = connections.by_public_id("chat", key)
    if row is None:
        raise Http404
    visit = Visit(request, row)
    with visit.speaking():
        try:
            return _taken(visit)
        except rules.Unfit as unfit:
            reason = str(unfit)
            return private(visit.show("continuation/form.html", {"reason": reason}, STATUSES[reason]))


def _taken(visit: Visit) -> HttpResponse:
    assert visit.chat is not None
    request, info = visit.request, connections.info(visit.chat)
    origin = request.headers.get("Origin", "").lower()
    own = "://".join(urlsplit(settings.RONDPOINT_URL)[:2]).lower()
    if origin and origin != own and not registry.get(info.kind).takes(origin, info):
        raise rules.Unfit("origin")
    if _brake.wait(visit.sender):
        raise rules.Unfit("many")
    fields = [(storable(name), storable(value)) for name, all_ in request.POST.lists() for value in all_]
    said = rules.read(fields)
    page = storable(request.headers.get("Referer", "").partition("#")[0])[:500]
    url = forms.take(said, info, page, visit.language)
    return SeeOther(said.then if rules.leads_back(said.then, origin) else f"{url}?sent=1")
