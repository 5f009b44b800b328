"""The screen of probable links: what is allowed, what to expect of it, and what was done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.customers.matching import choosing, queries, weighing, words, working
from rondpoint.customers.matching.models import MatchChoice, MatchRun
from rondpoint.customers.matching.rules import timing
from rondpoint.customers.matching.rules.expecting import THRESHOLDS
from rondpoint.customers.matching.rules.scoring import Agreement


@require_http_methods(["GET", "POST"])
@require("administer")
def matching(request: HttpRequest) -> HttpResponse:
    """How likeness stands; the form changes what is allowed. While records are compared, that part of the page draws
    itself anew."""
    problem, choice = "", weighing.choice()
    if request.method == "POST":
        try:
            suggest_from = float(request.POST.get("suggest_from", ""))
            opening = request.POST.get("open_from", "")
            open_from = float(opening) if opening else None
            often, day = request.POST.get("often"), request.POST.get("day")
            changed = choosing.choose(bool(request.POST.get("on")), suggest_from, open_from, often, day)
            if changed:
                assert request.user.is_authenticated
                accounts.audit(request.user.email, "matching.chosen", "", changed)
            return redirect("matching")
        except ValueError:
            problem = _("Choose from the lists; what is linked without asking has to be as sure as what is suggested.")
    if request.headers.get("HX-Target") == "matching-state":
        context = _at_work(queries.runs())
        answer = render(request, "customers/matching_state.html", context)
        if not context["busy"]:
            answer["HX-Refresh"] = "true"  # the figures below are new
        return answer
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
        "often": [(each, said, each == choice.often) for each, said in _often().items()],
        "days": [(each, said, each == choice.day) for each, said in zip(timing.DAYS, _days(), strict=True)],
        **_at_work(runs),
    }  # fmt: skip
    return render(request, "customers/matching.html", context, status=422 if problem else 200)


def _at_work(runs: list[MatchRun]) -> dict[str, Any]:
    """How far the comparison is that waits or runs, and when the next one comes."""
    row = next((row for row in runs if row.state in ("waiting", "running")), None)
    number, steps = timing.place(row.step, row.train) if row else (0, 0)
    doing = _steps().get(row.step, _("It begins in a moment")) if row else ""
    return {"busy": row, "step": number, "steps": steps, "doing": doing, "next": queries.coming()}


def _steps() -> dict[str, str]:
    return {
        "reading": _("records are read"),
        "learning": _("it is learned what each agreement weighs"),
        "names": _("how frequent names are is noted"),
        "comparing": _("records are compared"),
        "noting": _("likely pairs are noted"),
    }


def _often() -> dict[str, str]:
    return {
        "daily": _("every day"),
        timing.WEEKLY: _("every week"),
        "monthly": _("every month, on the first"),
        timing.NEVER: _("only when somebody asks for it"),
    }


def _days() -> tuple[str, ...]:
    return _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{words.percent(value)} %"


def _answers(yes: int, no: int) -> str:
    return _("%(yes)s of %(all)s") % {"yes": yes, "all": yes + no} if yes + no else "–"


def _state(row: MatchRun) -> str:
    return {"waiting": _("waits"), "running": _("is running"), "done": _("done"), "failed": _("failed")}[row.state]
