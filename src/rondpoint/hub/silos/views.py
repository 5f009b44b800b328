"""The screen of the silo audit."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.accounts.decorators import require
from rondpoint.customers import queries as customers
from rondpoint.hub.silos import actions, queries, sentences, showing


@require_http_methods(["GET", "POST"])
@require("operate")
def audit(request: HttpRequest) -> HttpResponse:
    """Which sources know whom; posting finds it anew. It draws itself anew while that is at work."""
    assert request.user.is_authenticated
    if request.method == "POST":
        actions.ask(request.user.email)
        return redirect("silos")
    found = queries.latest()
    context = {
        "row": found[0] if found else None,
        "at_work": queries.at_work(),
        "problem": queries.problem(),
        "administers": request.user.may("administer"),
        **(showing.page(found[1]) if found else {}),
    }
    part = "hub/silos/state.html" if request.headers.get("HX-Target") == "silos-state" else "hub/silos/audit.html"
    answer = render(request, part, context)
    if part == "hub/silos/state.html" and not context["at_work"]:
        answer["HX-Refresh"] = "true"  # the figures below are new
    return answer


@require_GET
@require("operate")
def examples(request: HttpRequest) -> HttpResponse:
    """Some customers of whom two sources say different things of a trait."""
    found, said = queries.latest(), request.GET
    wanted = (said.get("one", ""), said.get("other", ""), said.get("trait", ""))
    conflicts = found[1].conflicts if found else []
    conflict = next((each for each in conflicts if (each.one, each.other, each.trait) == wanted), None)
    if conflict is None:
        raise Http404
    assert found is not None
    rows = showing.examples(conflict)
    people = customers.by_ids({row["number"] for row in rows})
    called = sentences.names(found[1])
    context = {
        "rows": [(people[row["number"]], row["one"], row["other"]) for row in rows if row["number"] in people],
        "one": called[conflict.one],
        "other": called[conflict.other],
    }
    return render(request, "hub/silos/examples.html", context)

