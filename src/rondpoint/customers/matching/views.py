"""The screen of probable links: what is allowed, what to expect of it, and what was done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.customers.matching import choosing, queries, weighing, words, working
from rondpoint.customers.matching.models import MatchChoice, MatchRun
from rondpoint.customers.matching.rules.expecting import THRESHOLDS
from rondpoint.customers.matching.rules.scoring import Agreement


@require_http_methods(["GET", "POST"])
@require("administer")
def matching(request: HttpRequest) -> HttpResponse:
    """How likeness stands; the form changes what is allowed."""
    problem, choice = "", weighing.choice()
    if request.method == "POST":
        try:
            suggest_from = float(request.POST.get("suggest_from", ""))
            opening = request.POST.get("open_from", "")
            changed = choosing.choose(bool(request.POST.get("on")), suggest_from, float(opening) if opening else None)
            if changed:
                assert request.user.is_authenticated
                accounts.audit(request.user.email, "matching.chosen", "", changed)
            return redirect("matching")
        except ValueError:
            problem = _("Choose from the lists; what is linked without asking has to be as sure as what is suggested.")
    return _screen(request, choice, problem)


@require_POST
@require("administer")
def run(request: HttpRequest) -> HttpResponse:
    """Learns from all records and compares them, in a moment."""
    assert request.user.is_authenticated
    working.ask(by=request.user.email)
    accounts.audit(request.user.email, "matching.run", "", {})
    return redirect("matching")


def _screen(request: HttpRequest, choice: MatchChoice, problem: str) -> HttpResponse:
    runs = queries.runs()
    trained = queries.last_trained()
    expected = queries.expected()
    context = {
        "choice": choice,
        "problem": problem,
        "suggesting": [(str(each), words.percent(each), each == choice.suggest_from) for each in THRESHOLDS],
        "opening": [(str(each), words.percent(each), each == choice.open_from) for each in choosing.OPENING],
        "expected": [
            {
                "from": words.percent(each.threshold),
                "precision": _share(each.precision),
                "recall": _share(each.recall),
                "pairs": each.pairs,
                "answers": _answers(each.yes, each.no),
                "chosen": each.threshold == choice.suggest_from,
            }
            for each in expected
        ],
        "bands": [
            (words.chance(each.least), words.percent(each.least), words.percent(each.below), each.waiting)
            for each in queries.bands()
        ],
        "waiting": queries.waiting(),
        "trained": trained,
        "records": weighing.count(),
        "enough": weighing.ENOUGH,
        "learned": [
            (words.what(each.comparison), words.degree(Agreement(each.comparison, each.degree, each.bits)),
             words.share(each.m), words.share(each.u), words.weight(each.bits))
            for each in queries.learned()
        ],
        "runs": [(row, _state(row)) for row in runs],
        "busy": any(row.state in ("waiting", "running") for row in runs),
    }  # fmt: skip
    return render(request, "customers/matching.html", context, status=422 if problem else 200)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{words.percent(value)} %"


def _answers(yes: int, no: int) -> str:
    return _("%(yes)s of %(all)s") % {"yes": yes, "all": yes + no} if yes + no else "–"


def _state(row: MatchRun) -> str:
    return {"waiting": _("waits"), "running": _("is running"), "done": _("done"), "failed": _("failed")}[row.state]
