"""The page of the design system, the way into the settings, and light or dark."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rondpoint.lib.db import write
from rondpoint.ui import design as shown
from rondpoint.ui import navigation, theme


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Every part of the design system in every state."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.may("read"):
        raise Http404
    return render(request, "ui/design/page.html", shown.everything())


@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    """Leads to the first page of the settings that the role may open."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    found = navigation.doors("settings", request.user.may)
    if not found:
        raise Http404
    return redirect(found[0].url)


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the system; 422 for anything else."""
    wanted = request.POST.get("theme", "")
    if wanted not in theme.THEMES:
        return HttpResponse(_("The appearance is light, dark or empty for as the system."), status=422)
    if request.user.is_authenticated:
        request.user.theme = wanted
        with write():
            request.user.save(update_fields=["theme"])
    response = HttpResponse(status=204)
    if request.headers.get("X-Requested-With") != "fetch":
        back = request.META.get("HTTP_REFERER", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        response = redirect(back if safe else "/")
    theme.keep(response, wanted)
    return response
