"""Screens of segments: the list, one of them with its members, and the builder with its live count."""

import json
import re
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.customers import queries as customers
from rondpoint.customers.queries import companies
from rondpoint.events import catalogue, titles
from rondpoint.jobs import children
from rondpoint.segments import actions, queries
from rondpoint.segments.models import Segment
from rondpoint.segments.types import BadDefinition

SHOWN = 50
SHOWN_COMPANIES = 500  # in the builder; any other can be named in the text
SHOWN_EVENTS, SHOWN_PROPERTIES = 200, 40  # among which the builder suggests
START: dict[str, Any] = {"version": 1, "all": []}
ROW = re.compile(r"(?:not\.)?(?:all|any)\[(\d+)\]")  # the place of a row of the builder in a definition


@require_GET
@require("read")
def listing(request: HttpRequest) -> HttpResponse:
    """All segments, each with what it means."""
    rows = [(row, queries.meaning(row.definition)) for row in queries.every()]
    return render(request, "segments/segments.html", {"rows": rows, "may_change": _may_change(request)})


@require_GET
@require("read")
def segment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One segment: its meaning, its newest members, its versions and how it was last proven."""
    assert request.user.is_authenticated
    row = _found(public_id)
    accounts.saw(request.user, "segment", str(row.public_id))
    return _segment(request, row)


def _segment(request: HttpRequest, row: Segment, problem: str = "") -> HttpResponse:
    context = {
        "row": row,
        "problem": problem,
        "meaning": queries.meaning(row.definition),
        "members": queries.newest(row, SHOWN),
        "versions": [(each, queries.meaning(each.definition)) for each in queries.versions(row)],
        "proof": queries.last_proof(row),
        "may_change": _may_change(request),
        "may_export": request.user.is_authenticated and request.user.may("administer"),
    }
    template = "segments/members.html" if request.headers.get("HX-Request") else "segments/segment.html"
    return render(request, template, context, status=409 if problem else 200)


@require_http_methods(["GET", "POST"])
@require("operate")
def add(request: HttpRequest) -> HttpResponse:
    """The builder, for a new one."""
    if request.method == "GET":
        return _builder(request, None, "", "", json.dumps(START))
    return _save(request, None)


@require_http_methods(["GET", "POST"])
@require("operate")
def change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The builder, for one that is there."""
    row = _found(public_id)
    if request.method == "GET":
        return _builder(request, row, row.name, row.description, json.dumps(row.definition, ensure_ascii=False))
    return _save(request, row)


@require_POST
@require("operate")
def preview(request: HttpRequest) -> HttpResponse:
    """What a definition means and how many it means; nothing is stored."""
    try:
        definition = _told(request)
        meaning = queries.meaning(definition)
        found = actions.preview(definition)
    except BadDefinition as bad:
        return render(request, "segments/preview.html", {"problem": _sentence(bad)})
    except children.Broken:
        problem = _("The count did not come in time. Try again.")
        return render(request, "segments/preview.html", {"meaning": meaning, "problem": problem})
    people = customers.by_ids(set(found["sample"]))
    context = {"count": found["count"], "of": found["of"], "meaning": meaning, "sample": list(people.values())}
    return render(request, "segments/preview.html", context)


@require_POST
@require("operate")
def remove(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Archives a segment."""
    row = _found(public_id)
    try:
        actions.archive(row)
    except BadDefinition:
        return _segment(request, row, _("Another segment looks at this one. Change that one first."))
    accounts.audit(_by(request), "segment.archived", str(row.public_id), {"name": row.name})
    return redirect("segments")


def _save(request: HttpRequest, row: Segment | None) -> HttpResponse:
    name, description = request.POST.get("name", ""), request.POST.get("description", "")
    try:
        definition = _told(request)
        if row is None:
            saved = actions.define(name, definition, _by(request), description)
        else:
            saved = actions.redefine(row, _by(request), name, definition, description)
    except BadDefinition as bad:
        return _builder(request, row, name, description, request.POST.get("definition", ""), bad)
    kind = "segment.defined" if row is None else "segment.changed"
    accounts.audit(_by(request), kind, str(saved.public_id), {"name": saved.name, "version": saved.version})
    return redirect("segment", public_id=saved.public_id)


def _builder(
    request: HttpRequest, row: Segment | None, name: str, description: str, definition: str,
    bad: BadDefinition | None = None,
) -> HttpResponse:  # fmt: skip
    manifests = [channel.manifest for channel in registry.every()]
    types = catalogue.every()[:SHOWN_EVENTS]
    context = {
        "row": row,
        "name": name,
        "description": description,
        "definition": definition,
        "field": ("name" if bad.place == "name" else "definition") if bad else "",
        "problem": _sentence(bad) if bad else "",
        "traits": queries.trait_names(),
        "companies": companies.find(limit=SHOWN_COMPANIES),
        "company_traits": companies.trait_names(),
        "events": _called([each.name for each in types]),
        "properties": {each.name: list(each.shape.get("properties", {}))[:SHOWN_PROPERTIES] for each in types},
        "purposes": list(consent.purpose_names(translation.get_language() or "en").items()),
        "purpose_channels": [(kind, consent.channel_name(kind)) for kind in _asked_for()],
        "segments": [each for each in queries.every() if row is None or each.id != row.id],
        "channels": [(each.kind, _(each.label)) for each in manifests if each.kind != "chat"],
    }
    return render(request, "segments/builder.html", context, status=422 if bad else 200)


def _called(came: list[str]) -> list[tuple[str, str]]:
    """What types of facts are called where they are chosen: those that came, then those that the house knows by name.
    The first of a name has it for itself; the others say their type too."""
    found: dict[str, str] = {}
    for type_ in came + [type_ for type_ in titles.named() if type_ not in came]:
        name = titles.name(type_)
        taken = name != type_ and (name in came or name in found.values())
        found[type_] = f"{name} ({type_})" if taken else name
    return [(type_, name) for type_, name in found.items() if not type_.startswith("segment.")]


def _asked_for() -> list[str]:
    """The channels for which people are asked to agree to something."""
    return list(dict.fromkeys(channel for each in consent.terms().values() for channel in each.channels))


def _told(request: HttpRequest) -> Any:
    try:
        return json.loads(request.POST.get("definition", ""))
    except (ValueError, RecursionError) as error:
        raise BadDefinition("", _("this is not JSON")) from error


def _sentence(bad: BadDefinition) -> str:
    if bad.place == "name":
        return _("A name has 1 to 120 characters.")
    if bad.place in ("all", "any"):
        return _("Add at least one condition.")
    row = ROW.match(bad.place)
    if row:
        told = {"row": int(row[1]) + 1, "reason": _(bad.reason), "place": bad.place}
        return _("Row %(row)s: %(reason)s (%(place)s)") % told
    return _("Something is missing: %(problem)s") % {"problem": str(bad)}


def _may_change(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.may("operate")


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Segment:
    row = queries.get(public_id)
    if row is None:
        raise Http404
    return row
