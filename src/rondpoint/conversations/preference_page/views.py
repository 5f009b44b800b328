"""``/u/{token}``: preferences, and the one click that unsubscribes. GET changes nothing: scanners follow every link."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rondpoint.consent import actions as consent
from rondpoint.consent import queries as known
from rondpoint.consent.rules.preferring import NEVER
from rondpoint.consent.types import BadPreference, Link
from rondpoint.conversations.own_page.showing import private
from rondpoint.conversations.preference_page import form
from rondpoint.conversations.preference_page.visit import Choosing
from rondpoint.lib import clock
from rondpoint.lib.db import write

ONE_CLICK = ("List-Unsubscribe", "One-Click")
OFTEN = (1, 2, 3, 5, 7)
ZONES = (
    "Europe/Paris", "Europe/Brussels", "Europe/Zurich", "Europe/London", "Europe/Dublin", "America/Toronto",
    "America/Vancouver", "America/New_York", "America/Los_Angeles", "America/Martinique", "Indian/Reunion",
    "Pacific/Noumea", "Africa/Dakar", "Africa/Casablanca",
)  # fmt: skip


@csrf_exempt  # the token is the permission; no cookie gives any here
@require_http_methods(["GET", "HEAD", "POST"])
def centre(request: HttpRequest, token: str) -> HttpResponse:
    """The preference centre of whoever was sent this link; 404 for a link that we did not make."""
    link = known.read_centre(token)
    if link is None:
        raise Http404
    if request.method == "POST" and request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        consent.one_click(link, _proof(request))
        return private(HttpResponse("unsubscribed\n", content_type="text/plain; charset=utf-8"))
    return _speaking(request, token, link, _save if request.method == "POST" else _show)


def _speaking(request: HttpRequest, token: str, link: Link, answer: Callable) -> HttpResponse:
    visit = Choosing(request, token, link)
    with visit.speaking():
        return private(answer(visit))


def _show(visit: Choosing, status: int = 200, problem: str = "") -> HttpResponse:
    quiet, per_week = visit.preferences.quiet, visit.preferences.per_week.get("")
    context = {
        "rows": visit.rows(),
        "said": visit.preferences,
        "quiet_from": _clock(quiet[0]) if quiet else "",
        "quiet_to": _clock(quiet[1]) if quiet else "",
        "pause": _paused(visit),
        "often": sorted({*OFTEN, *visit.preferences.per_week.values()}),
        "per_week": per_week,
        "spoken": visit.preferences.language or visit.language,
        "zones": ZONES,
        "zone": visit.preferences.timezone or (visit.brand.timezone if visit.brand else ""),
        "done": visit.request.GET.get("done", "") if not problem else "",
        "problem": problem,
        "never": NEVER,
    }
    return visit.show("preference_page/centre.html", context, status)


def _save(visit: Choosing) -> HttpResponse:
    said, now = visit.request.POST, clock.now()
    proof = _proof(visit.request)
    if "everything" in said:
        consent.refuse_all(visit.link.profile_id, proof, now=now)
        return _done(visit, "everything")
    rows = visit.rows(now)
    try:
        with write():
            wishes = form.preferences(said, rows, visit.preferences, now)
            consent.prefer(visit.link.profile_id, wishes, now=now)
            chosen, outdated = form.choices(said, rows)
            consent.choose(
                visit.link.profile_id, chosen, proof, language=visit.language, proved=visit.sent_to, now=now
            )
    except form.Wrong as wrong:
        return _show(visit, 422, str(wrong))
    except BadPreference as wrong:
        sentence = _("Time zone: choose one of the list.") if wrong.field == "timezone" else ""
        return _show(visit, 422, sentence or _("This cannot be chosen. Open the page again, then try once more."))
    return _done(visit, "outdated" if outdated else "saved")


def _done(visit: Choosing, what: str) -> HttpResponse:
    return HttpResponseRedirect(f"{visit.request.path}?done={what}&language={visit.language}")


def _proof(request: HttpRequest) -> dict[str, object]:
    """Where it was said. The address of the page is left out: it is the key to it."""
    return {
        "page": "preference centre",
        "ip": request.META.get("REMOTE_ADDR", ""),
        "browser": request.headers.get("User-Agent", "")[:200],
    }


def _paused(visit: Choosing) -> int:
    """Until when nothing is sent, 0 when that is over."""
    until = visit.preferences.paused_until
    return until if until > clock.now() else 0


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
