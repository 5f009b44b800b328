"""Who did what: searched on screen, taken away as CSV."""

import csv
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import AuditEntry
from rondpoint.accounts.rules.cells import harmless
from rondpoint.lib import clock

PAGE, EXPORTED, LATELY = 50, 50_000, 2000
PLACES = {"conversation": "conversations", "customer": "customers", "segment": "segments"}


@require_GET
@require("administer")
def audit(request: HttpRequest) -> HttpResponse:
    """The newest entries that match; ``before`` leads to older ones."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in ("actor", "action", "target", "since", "until")}
    rows = _matching(asked)
    if request.GET.get("format") == "csv":
        return _csv(rows[:EXPORTED])
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(id__lt=int(before))
    found = list(rows[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "rows": [(row, _place(row.target)) for row in found[:PAGE]],
        "actions": _actions(),
        "more": found[PAGE - 1].id if len(found) > PAGE else 0,
        "asked": asked,
        "query": query.urlencode(),
    }
    return render(request, "accounts/audit.html", context)


def _actions() -> list[str]:
    """The kinds of things that were done lately, to choose from."""
    lately = AuditEntry.objects.order_by("-id").values_list("action", flat=True)[:LATELY]
    return sorted(set(lately))


def _place(target: str) -> str:
    """The page of what an entry is about; "" for what has none."""
    kind, colon, public_id = target.partition(":")
    return f"/{PLACES[kind]}/{public_id}" if colon and kind in PLACES else ""


def _matching(asked: dict[str, str]) -> QuerySet:
    rows = AuditEntry.objects.order_by("-id")
    for name in ("actor", "action", "target"):
        if asked[name]:
            rows = rows.filter(**{f"{name}__icontains": asked[name]})
    since, until = _midnight(asked["since"]), _midnight(asked["until"], days=1)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows


def _midnight(text: str, days: int = 0) -> int | None:
    """The beginning of an ISO day in the reader's zone, in microseconds UTC; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    moment = timezone.make_aware(datetime.combine(day, time()))
    return int(moment.timestamp()) * clock.SECOND


def _csv(rows: QuerySet) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    sheet = csv.writer(answer)
    sheet.writerow(["at", "actor", "action", "target", "detail"])
    for row in rows.iterator():
        at = clock.to_datetime(row.at).isoformat()
        sheet.writerow([at, *(harmless(str(cell)) for cell in (row.actor, row.action, row.target, row.detail))])
    return answer
