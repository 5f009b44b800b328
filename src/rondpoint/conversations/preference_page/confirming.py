"""``/u/confirmation/{token}``: confirming an agreement. GET shows, POST confirms."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rondpoint.consent import actions
from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.types import Link
from rondpoint.conversations.own_page.showing import private
from rondpoint.conversations.preference_page.visit import Choosing
from rondpoint.lib import clock


@csrf_exempt  # the token is the permission; no cookie gives any here
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be confirmed, with its text; or that it is confirmed, or why it cannot be any more."""
    entry_id = consent.read_confirmation(token, clock.now())
    found = consent.pending(entry_id) if entry_id is not None else None
    if found is None:
        raise Http404
    row, purpose, standing = found
    link = Link(row.profile_id or 0, row.address_kind, row.address)
    visit = Choosing(request, token, link)
    if row.language:
        visit.language = row.language
    if request.method == "POST":
        proof = {"how": "link in a mail", "ip": request.META.get("REMOTE_ADDR", "")}
        standing = actions.confirm(row.id, proof) or standing
    with visit.speaking():
        context = {
            "title": texts.text(purpose.names, visit.language),
            "text": row.proof.get("text") or texts.text(purpose.descriptions, visit.language),
            "standing": standing,
            "centre": consent.centre_url(link),
        }
        return private(visit.show("preference_page/confirmation.html", context))
