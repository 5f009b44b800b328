"""Screens of imports: bringing a file, saying what its columns mean, looking at what would become of it."""

import csv
import io
import uuid

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts.actions import upload_ticket
from rondpoint.accounts.decorators import require
from rondpoint.files import actions as store
from rondpoint.hub import uploads
from rondpoint.hub.imports import actions, keeping, kinds, queries, sentences
from rondpoint.hub.imports.rules import recognising
from rondpoint.hub.imports.types import TYPES, Kind
from rondpoint.hub.models import Import, Sync
from rondpoint.lib import clock

REFUSED = 20  # rows shown
PAGE = 30
OWN = {
    "text": lambda: _("text"),
    "number": lambda: _("number"),
    "truth": lambda: _("yes or no"),
    "date": lambda: _("day"),
    "json": lambda: _("list or object (JSON)"),
}


@require_http_methods(["GET", "POST"])
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """The imports, and a form for the next one. Posting is for browsers without scripts, which send small files."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None or not file.size:
                raise actions.Invalid("file", _("Choose a file that is not empty."))
            sha256, size = store.save_stream(file.chunks(), uploads.MOST)
            said = request.POST
            row = actions.begin(
                said.get("kind", ""), file.name or "", sha256, size, _by(request), said.get("origin", ""),
                said.get("country", ""),
            )  # fmt: skip
            return redirect("import", public_id=row.public_id)
        except actions.Invalid as invalid:
            problem = sentences.said(str(invalid))
    return _listing(request, problem)


def _listing(request: HttpRequest, problem: str) -> HttpResponse:
    context = {
        "rows": queries.every(PAGE), "kinds": kinds.every(), "problem": problem, "given": request.POST,
        "days": keeping.days(), "shortest": keeping.SHORTEST, "longest": keeping.LONGEST,
    }  # fmt: skip
    return render(request, "hub/imports/list.html", context, status=422 if problem else 200)


@require_POST
@require("administer")
def retention(request: HttpRequest) -> HttpResponse:
    """Chooses for how long files and refused rows are kept."""
    said = request.POST.get("days", "")
    try:
        keeping.choose(int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 0, _by(request))
    except actions.Invalid as invalid:
        return _listing(request, sentences.said(str(invalid)))
    return redirect("imports")


@require_GET
@require("administer")
def ticket(request: HttpRequest) -> HttpResponse:
    """Lets the page send a large file."""
    assert request.user.is_authenticated
    said = {"ticket": upload_ticket(request.user, request.session.session_key or ""), "most": uploads.MOST}
    return JsonResponse(said)


@require_GET
@require("administer")
def one(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """An import: what is to be decided, or how far it has come. It draws itself anew while it is at work."""
    return _page(request, _found(public_id))


@require_POST
@require("administer")
def mapping(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Says what the columns mean, and looks at all rows."""
    row = _found(public_id)
    fields = [request.POST.get(f"c{place}", "") for place in range(len(row.header))]
    try:
        actions.choose(row, fields, request.POST.get("origin", ""), request.POST.get("country", ""))
        actions.start(row, check=True)
    except actions.Invalid as invalid:
        row.mapping = fields
        return _page(request, row, str(invalid))
    return redirect("import", public_id=row.public_id)


@require_POST
@require("administer")
def run(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Brings the rows in."""
    row = _found(public_id)
    try:
        actions.start(row, check=False)
    except actions.Invalid as invalid:
        return _page(request, row, str(invalid))
    return redirect("import", public_id=row.public_id)


@require_POST
@require("administer")
def cancellation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Stops an import."""
    row = _found(public_id)
    actions.cancel(row, _by(request))
    return redirect("import", public_id=row.public_id)


@require_GET
@require("administer")
def refused(request: HttpRequest, public_id: uuid.UUID) -> StreamingHttpResponse:
    """What was refused, as a file."""
    row = _found(public_id)
    answer = StreamingHttpResponse(queries.refused_csv(row), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="refused.csv"'
    return answer


@require_GET
@require("administer")
def template(request: HttpRequest, name: str) -> HttpResponse:
    """A file with the columns of a kind and one invented row."""
    kind = kinds.get(name)
    if kind is None:
        raise Http404
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow([column.field for column in kind.columns])
    sheet.writerow([column.example for column in kind.columns])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind.name}.csv"'
    return answer


def _page(request: HttpRequest, row: Import, problem: str = "") -> HttpResponse:
    kind = kinds.get(row.kind)
    assert kind is not None
    now = clock.now()
    left = actions.left(row, now)
    context = {
        "row": row,
        "kind": kind,
        "problem": sentences.said(problem),
        "columns": columns_of(row, kind) if row.state in ("mapping", "checked") else [],
        "read": max(0, row.line - 1),
        "progress": round(actions.progress(row) * 100),
        "until": now + left if left is not None else None,
        "refused": [(each, sentences.said(each.reason)) for each in queries.refused(row, REFUSED)],
        "reasons": [(sentences.said(reason), *told) for reason, *told in row.found.get("reasons", [])],
        "error": sentences.said(row.error),
        "at_work": row.state in actions.AT_WORK,
        "over": row.state in actions.OVER,
        "pace": _pace(row, now),
    }
    part = "hub/imports/state.html" if request.headers.get("HX-Target") == "state" else "hub/imports/one.html"
    return render(request, part, context, status=422 if problem else 200)


def columns_of(row: Import | Sync, kind: Kind) -> list[dict[str, object]]:
    """Each column with its first cells and what it may be."""
    known = [(column.field, f"{column.field} · {column.meaning()}") for column in kind.columns]
    found = []
    for place, name in enumerate(row.header):
        field = row.mapping[place] if place < len(row.mapping) else ""
        bare = recognising.own_name(name)
        own = [(f"{type_}:{bare}", f"{bare} · {OWN[type_]()}") for type_ in TYPES] if kind.own and bare else []
        if recognising.is_own(field) and field not in dict(own):
            type_, _colon, given = field.partition(":")
            own.append((field, f"{given} · {OWN[type_]()}"))
        samples = [cells[place] for cells in row.samples if len(cells) > place and cells[place].strip()]
        found.append({"place": place, "name": name, "field": field, "known": known, "own": own, "samples": samples[:3]})
    return found


def _pace(row: Import, now: int) -> int:
    """Rows a second."""
    if row.began is None or row.line < 2:
        return 0
    return int(row.line / max(0.1, ((row.ended or now) - row.began) / clock.SECOND))


def _by(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: uuid.UUID) -> Import:
    row = queries.get(public_id)
    if row is None:
        raise Http404
    return row
