"""Screens of rights: what people asked for, forgetting somebody, and how long data is kept."""

import uuid
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.decorators import require
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.events import catalogue
from rondpoint.files import queries as files
from rondpoint.hub.models import Erasure, Hold, RightsRequest
from rondpoint.hub.rights import access, actions, held, holds, queries, requests, retention, sentences
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import clock
from rondpoint.segments import queries as segments

SHOWN = 50
NEAR = 7 * clock.DAY  # before an answer is due


@require_GET
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, what was answered, and who was forgotten."""
    context = {
        "waiting": _shown(queries.waiting()),
        "answered": _shown([row for row in queries.requests(SHOWN) if row.state in ("done", "refused")]),
        "erasures": Erasure.objects.order_by("-id")[:SHOWN],
        "now": clock.now(),
    }
    return render(request, "hub/rights/list.html", context)


@require_GET
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A request, and what can be done with it."""
    return _page(request, _request(public_id))


@require_POST
@require("administer")
def answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Says how it was proved that it is she, gives more time, refuses, lets it wait for a hold, or carries it out."""
    row, said, by = _request(public_id), request.POST, _by(request)
    try:
        if said.get("do") == "prove":
            requests.prove(row, said.get("proof", ""), by)
        elif said.get("do") == "extend":
            requests.extend(row, said.get("extended", ""), by)
        elif said.get("do") == "refuse":
            requests.refuse(row, said.get("answer", ""), by)
        elif said.get("do") == "wait":
            requests.wait(row, by)
        else:
            requests.settle(row, by)
    except Invalid as invalid:
        return _page(request, row, invalid)
    return redirect("rights-request", public_id=row.public_id)


@require_http_methods(["GET", "POST"])
@require("reply")
def of_customer(request: HttpRequest, public_id: str) -> HttpResponse:
    """The rights of one customer: what she asked for, and a form that writes down what she asks for now."""
    person, problem, said = _customer(public_id), None, request.POST
    if request.method == "POST":
        try:
            row = requests.ask(
                said.get("kind", ""), person, "colleague", _by(request), said.get("channel", ""), said.get("proof", ""),
                said.get("law", ""), at_once=request.user.may("administer"),
            )  # fmt: skip
            if request.user.may("administer"):
                return redirect("rights-request", public_id=row.public_id)
            return redirect("rights-customer", public_id=public_id)
        except Invalid as invalid:
            problem = invalid
    context = {
        "customer": person,
        "rows": _shown(queries.of_customer(person.id)),
        "kinds": sentences.kinds(),
        "channels": sentences.channels(),
        "laws": sentences.laws(),
        "law": said.get("law") or requests.law_of(person),
        "given": said,
        "field": problem.field if problem else "",
        "problem": sentences.invalid(problem.field, str(problem)) if problem else "",
        "may_erase": request.user.may("administer"),
        "now": clock.now(),
    }
    return render(request, "hub/rights/customer.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@require("administer")
def erasure(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks once more whom one is about to forget, by her name; then forgets her."""
    person = _customer(public_id)
    wanted, said = _named(person), request.POST
    problem = ""
    if request.method == "POST":
        if said.get("name", "").strip().casefold() != wanted.casefold():
            problem = _("This is not what she is called here. Type it as it stands above.")
        else:
            try:
                row = actions.erase(
                    person, _by(request), said.get("reason", ""), override=said.get("override", "")
                )  # fmt: skip
                return redirect("rights-erasure", public_id=row.public_id)
            except Invalid as invalid:
                problem = sentences.invalid(invalid.field, str(invalid))
    asked = queries.of_customer(person.id)
    context = {
        "customer": person, "wanted": wanted, "reasons": sentences.reasons(), "problem": problem, "given": said,
        "open": next((row for row in asked if row.kind == "erasure" and row.state in ("open", "held")), None),
        "holds": _holds(held.over(customers.profile_ids(person.id))),
    }  # fmt: skip
    return render(request, "hub/rights/erase.html", context, status=422 if problem else 200)


@require_GET
@require("administer")
def receipt(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """How far an erasure has come; then its receipt."""
    row = queries.get(public_id)
    if row is None:
        raise Http404
    context = {
        "row": row,
        "removed": sentences.removed(row),
        "reason": dict(sentences.reasons()).get(row.reason, ""),
        "waits": sentences.waiting(row.waits),
    }
    whole = request.headers.get("HX-Target") != "receipt"
    return render(request, f"hub/rights/{'receipt' if whole else 'receipt_part'}.html", context)


@require_GET
@require("administer")
def receipt_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The receipt as JSON, to be kept elsewhere."""
    row = queries.get(public_id)
    if row is None:
        raise Http404
    made = JsonResponse(queries.receipt(row), json_dumps_params={"indent": 1})
    made["Content-Disposition"] = f'attachment; filename="erasure-{row.public_id}.json"'
    return made


@require_http_methods(["GET", "POST"])
@require("administer")
def keeping(request: HttpRequest) -> HttpResponse:
    """How long each kind of data is kept: tried first, then said."""
    said, problem, tried = request.POST, "", {}
    if request.method == "POST":
        name = said.get("kind", "")
        try:
            days = _days(said.get("days", ""))
            if said.get("do") == "try" and days is not None:
                retention.preview(name, days)
                tried = {name: days}
            else:
                retention.change(
                    name, None if said.get("do") == "remove" else days, said.get("do") == "on", _by(request)
                )
                return redirect("retention")
        except Invalid as invalid:
            problem = str(invalid)
    known = [row.name for row in catalogue.every()]
    context = {
        "lines": retention.lines(tried), "tried": tried, "problem": problem, "types": known, "facts": retention.FACTS,
    }  # fmt: skip
    return render(request, "hub/rights/retention.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@require("administer")
def holding(request: HttpRequest) -> HttpResponse:
    """What may not be deleted, and a form that says so of more."""
    problem = None
    if request.method == "POST":
        try:
            _hold(request)
            return redirect("holds")
        except Invalid as invalid:
            problem = invalid
    return _holds_page(request, problem)


@require_POST
@require("administer")
def lifting(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ends a hold, with the reason."""
    row = holds.get(public_id)
    if row is None:
        raise Http404
    try:
        holds.lift(row, request.POST.get("why", ""), _by(request))
    except Invalid as invalid:
        return _holds_page(request, invalid, row)
    return redirect("holds")


@require_GET
def file(request: HttpRequest, token: str) -> HttpResponse:
    """A file of an access request, for whoever holds its link until it ends. Who takes it is written down."""
    try:
        row, form, sha256 = access.opened(token, clock.now())
        opened = files.opened(sha256)
    except (LookupError, FileNotFoundError) as error:
        raise Http404 from error
    access.fetched(row, form, request.user.email if request.user.is_authenticated else "link")
    made = FileResponse(opened, as_attachment=True, filename=f"{row.customer}.{form}")
    made["Content-Type"] = access.FORMS[form]
    made["Cache-Control"] = "no-store"
    made["Referrer-Policy"] = "no-referrer"
    return made


def _hold(request: HttpRequest) -> Hold:
    said, by = request.POST, _by(request)
    why = (said.get("reason", ""), said.get("reference", ""), by)
    ends = holds.day(said.get("ends", ""), "ends")
    if said.get("about") == "segment":
        segment = segments.get(said.get("segment", ""))
        if segment is None:
            raise Invalid("segment", _("There is no such segment any more."))
        return holds.on_segment(segment, *why, ends)
    if said.get("about") == "kind":
        first, last = holds.day(said.get("first", ""), "days"), holds.day(said.get("last", ""), "days")
        return holds.on_kind(said.get("kind", ""), first, last, *why, ends)
    found = customers.typed(said.get("customer", ""), 2) if said.get("customer", "").strip() else []
    named = customers.resolve(said.get("customer", "").strip()) or (found[0] if len(found) == 1 else None)
    if named is None:
        raise Invalid("customer", _("Nobody, or more than one, is called so. Type an address of hers."))
    return holds.on_customer(named, *why, ends)


def _holds_page(request: HttpRequest, problem: Invalid | None, lifted: Hold | None = None) -> HttpResponse:
    known = [(name, this.label()) for name, this in retention.KINDS.items()]
    rows = holds.newest(SHOWN)
    context = {
        "rows": _holds([row for row in rows if row.is_live(clock.now())]),
        "past": _holds([row for row in rows if not row.is_live(clock.now())]),
        "kinds": known + [(f"{retention.FACTS}{row.name}", row.name) for row in catalogue.every()],
        "segments": segments.every(),
        "given": request.POST or request.GET,
        "field": problem.field if problem else "",
        "problem": str(problem) if problem else "",
        "lifted": lifted,
    }
    return render(request, "hub/rights/holds.html", context, status=422 if problem else 200)


def _holds(rows: list[Hold]) -> list[dict[str, Any]]:
    """Holds, each with what it is about."""
    named = segments.names([str(row.segment) for row in rows if row.segment])
    people = {row.customer: customers.resolve(row.customer) for row in rows if row.customer}
    found = []
    for row in rows:
        person = people.get(row.customer) if row.customer else None
        name = _named(person) if person else ""
        found.append(
            {"row": row, "person": person, "what": sentences.held(row, name, named.get(str(row.segment), ""))}
        )
    return found


def _page(request: HttpRequest, row: RightsRequest, problem: Invalid | None = None) -> HttpResponse:
    [shown] = _shown([row])
    context = {
        **shown,
        "customer": shown["person"],
        "holds": _holds(_over(row, shown["person"])),
        "ground": sentences.ground(row.law),
        "longer": row.state == "open" and not row.extended and row.law == "gdpr",
        "links": {form: access.link(row, form) for form in access.FORMS} if row.json_sha256 else {},
        "field": problem.field if problem else "",
        "problem": sentences.invalid(problem.field, str(problem)) if problem else "",
        "given": request.POST,
        "now": clock.now(),
    }
    whole = request.headers.get("HX-Target") != "request"
    name = "request" if whole else "request_part"
    return render(request, f"hub/rights/{name}.html", context, status=422 if problem else 200)


def _shown(rows: list[RightsRequest]) -> list[dict[str, Any]]:
    """Requests as their lines and their pages show them."""
    channels, laws, now = dict(sentences.channels()), dict(sentences.laws()), clock.now()
    people = queries.people(rows)
    return [
        {
            "row": row,
            "kind": sentences.kind(row.kind),
            "channel": channels.get(row.channel, ""),
            "law": laws.get(row.law, ""),
            "person": people.get(row.customer),
            "name": people[row.customer].name if row.customer in people else "",
            "late": row.state in queries.UNANSWERED and row.due < now,
            "near": row.state in queries.UNANSWERED and row.due < now + NEAR,
        }
        for row in rows
    ]


def _over(row: RightsRequest, person: Customer | None) -> list[Hold]:
    """The holds that an erasure waits for, or would have to."""
    if row.kind != "erasure" or row.state not in ("open", "held") or person is None:
        return []
    return held.over(customers.profile_ids(person.id))


def _named(person: Customer) -> str:
    """What somebody types to say that she means this customer."""
    held = customers.identifiers(person.id)
    return person.name or (held[0].value if held else str(person.public_id)[:8])


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError as error:
        raise Invalid("days", _("This is no number of days.")) from error


def _customer(public_id: str) -> Customer:
    row = customers.resolve(public_id)
    if row is None:
        raise Http404
    return row


def _request(public_id: uuid.UUID) -> RightsRequest:
    row = queries.request(public_id)
    if row is None:
        raise Http404
    return row


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email
