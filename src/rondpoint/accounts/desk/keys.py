"""API keys: made, shown once, revoked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import ApiKey


@require_http_methods(["GET", "POST"])
@require("administer")
def keys(request: HttpRequest) -> HttpResponse:
    """All keys; makes a new one, whose text is shown on this page alone."""
    text, problem = "", ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:120]
        if name:
            key, text = actions.create_api_key(name)
            actions.audit(request.user.email, "api_key.created", key.prefix, {"name": name})
        else:
            problem = _("Say what the key is for.")
    context = {"rows": ApiKey.objects.order_by("-id"), "text": text, "problem": problem}
    answer = render(request, "accounts/keys.html", context, status=422 if problem else 200)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@require("administer")
def revocation(request: HttpRequest, number: int) -> HttpResponse:
    """The key opens nothing any more."""
    key = get_object_or_404(ApiKey, id=number)
    actions.revoke_api_key(key)
    actions.audit(request.user.email, "api_key.revoked", key.prefix, {"name": key.name})
    return redirect("keys")
