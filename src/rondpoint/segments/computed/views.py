"""Screens of computed traits: the list, one of them, its builder with a live preview, and why a value is so."""

import uuid
from typing import Any
from zoneinfo import available_timezones

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.customers import queries as customers
from rondpoint.events import catalogue
from rondpoint.jobs import children
from rondpoint.segments.computed import actions, forms, queries, sentences
from rondpoint.segments.computed.rules import reading
from rondpoint.segments.computed.types import Formula
from rondpoint.segments.models import ComputedTrait
from rondpoint.segments.types import BadDefinition

SHOWN = 20


@require_GET
@require("read")
def listing(request: HttpRequest) -> HttpResponse:
    """All computed traits, each with what it means."""
    rows = [(row, queries.meaning(row.definition)) for row in queries.every()]
    return render(request, "segments/computed/traits.html", {"rows": rows, "may_change": _may_change(request)})


@require_GET
@require("read")
def trait(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One computed trait: its meaning, how its values lie, customers, its versions and how it was last proven."""
    return _trait(request, _found(public_id))


def _trait(request: HttpRequest, row: ComputedTrait, problem: str = "") -> HttpResponse:
    formula = reading.read(row.definition)
    context = {
        "row": row,
        "problem": problem,
        "meaning": sentences.meaning(formula),
        "measured": sentences.measured(formula, row.parameters),
        "spread": queries.spread(row),
        "heads": [sentences.called(row, formula, name) for name in row.names],
        "sample": queries.sample(row, SHOWN),
        "versions": [(each, queries.meaning(each.definition)) for each in queries.versions(row)],
        "proof": queries.last_proof(row),
        "may_change": _may_change(request),
    }
    template = "values" if request.headers.get("HX-Request") else "trait"
    return render(request, f"segments/computed/{template}.html", context, status=409 if problem else 200)


@require_GET
@require("read")
def why(request: HttpRequest, public_id: uuid.UUID, customer: uuid.UUID) -> HttpResponse:
    """How the value of a customer came about."""
    row, person = _found(public_id), customers.resolve(customer)
    if person is None:
        raise Http404
    values, evidence = queries.why(row, person.id)
    formula = reading.read(row.definition)
    context = {
        "row": row,
        "customer": person,
        "values": values,
        "evidence": evidence,
        "meaning": sentences.meaning(formula),
        "measured": sentences.measured(formula, row.parameters),
    }
    return render(request, "segments/computed/why.html", context)


@require_http_methods(["GET", "POST"])
@require("operate")
def add(request: HttpRequest) -> HttpResponse:
    """The builder, for a new one."""
    return _builder(request, None, forms.Typed()) if request.method == "GET" else _save(request, None)


@require_http_methods(["GET", "POST"])
@require("operate")
def change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The builder, for one that is there."""
    row = _found(public_id)
    if request.method == "GET":
        return _builder(request, row, forms.shown(row.name, row.label, row.definition))
    return _save(request, row)


@require_POST
@require("operate")
def preview(request: HttpRequest) -> HttpResponse:
    """What a definition means and what it comes to; nothing is stored."""
    try:
        definition = forms.definition(forms.typed(request.POST))
        formula = reading.read(definition)
        found = actions.preview(definition)
    except BadDefinition as bad:
        return render(request, "segments/computed/preview.html", {"problem": _sentence(bad)})
    except children.Broken:
        problem = _("The values did not come in time. Try again.")
        return render(request, "segments/computed/preview.html", {"problem": problem})
    return render(request, "segments/computed/preview.html", _previewed(formula, found))


def _previewed(formula: Formula, found: dict[str, Any]) -> dict[str, Any]:
    people = customers.by_ids({number for number, _values in found["sample"]})
    sample = [
        (people[number], [sentences.value(formula, ending, value) for ending, value in values.items()])
        for number, values in found["sample"]
        if number in people
    ]
    spread = [
        (sentences.part(formula, each["name"]), queries.lines(formula, each["name"], each))
        for each in found["values"]
        if each["count"]
    ]
    return {
        "count": found["count"],
        "of": found["of"],
        "meaning": sentences.meaning(formula),
        "measured": sentences.measured(formula, found["parameters"]),
        "spread": spread,
        "sample": sample,
    }


@require_POST
@require("operate")
def remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Archives a computed trait."""
    row = _found(public_id)
    try:
        actions.archive(row)
    except BadDefinition:
        return _trait(request, row, _("A segment looks at this trait. Change that one first."))
    accounts.audit(_by(request), "computed.archived", str(row.public_id), {"name": row.name})
    return redirect("computed-traits")


def _save(request: HttpRequest, row: ComputedTrait | None) -> HttpResponse:
    form = forms.typed(request.POST)
    try:
        definition = forms.definition(form)
        if row is None:
            saved = actions.define(form.name, form.label, definition, _by(request))
        else:
            saved = actions.redefine(row, _by(request), form.label, definition)
    except BadDefinition as bad:
        return _builder(request, row, form, bad)
    kind = "computed.defined" if row is None else "computed.changed"
    accounts.audit(_by(request), kind, str(saved.public_id), {"name": saved.name, "version": saved.version})
    return redirect("computed-trait", public_id=saved.public_id)


def _builder(
    request: HttpRequest, row: ComputedTrait | None, form: forms.Typed, bad: BadDefinition | None = None
) -> HttpResponse:
    place = _field(bad) if bad else ""
    context = {
        "row": row,
        "form": form,
        "problems": {place: _sentence(bad)} if bad else {},
        "kinds": [(kind.value, said, " ".join(reading.members(kind))) for kind, said in sentences.kinds().items()],
        "events": [each.name for each in catalogue.every()[:200]],
        "operators": sentences.operators(),
        "zones": sorted(available_timezones()),
    }
    return render(request, "segments/computed/builder.html", context, status=422 if bad else 200)


FIELDS = ("name", "label", "kind", "event", "property", "within_days", "older_than_days", "half_life_days", "minimum",
          "timezone", "where")  # fmt: skip


def _field(bad: BadDefinition) -> str:
    """The field that a place belongs to; ``definition`` for all else."""
    start = bad.place.partition("[")[0].partition(".")[0]
    return start if start in FIELDS else "definition"


def _sentence(bad: BadDefinition) -> str:
    said = {
        "name": _(
            "A name has at most 60 small letters, digits and _, begins with a letter, and means one thing: no source "
            "and no other computed trait may use it already."
        ),
        "label": _("A label has 1 to 120 characters."),
        "kind": _("Choose what is worked out."),
        "event": _("Choose the event that is looked at."),
        "property": _("Name a property, as in total or page.title."),
        "within_days": _("Days are a number above 0."),
        "older_than_days": _("Days are a number above 0, and fewer than those in which facts count."),
        "half_life_days": _("Days are a number from 1 to 3650."),
        "minimum": _("Expected is a whole number from 1 to 1000."),
        "timezone": _("There is no such time zone; one is called Europe/Paris, for example."),
        "where": _("A comparison is incomplete: it has a property and a value."),
    }
    return said.get(_field(bad)) or _("Something is missing: %(problem)s") % {"problem": str(bad)}


def _may_change(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.may("operate")


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> ComputedTrait:
    row = queries.get(public_id)
    if row is None:
        raise Http404
    return row
