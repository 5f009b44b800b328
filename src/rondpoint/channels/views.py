"""Screens of connections and quarantine."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.channels import actions, deliveries, quarantine, registry, trying
from rondpoint.channels import connections as known
from rondpoint.channels.contract import Manifest
from rondpoint.channels.models import Connection

RAW_SHOWN = 20_000


@require_GET
@require("administer")
def connections(request: HttpRequest) -> HttpResponse:
    """All channel accounts."""
    rows = [
        (row, registry.get(row.kind).account(known.info(row)))
        for row in Connection.objects.select_related("brand").order_by("id")
    ]
    return render(request, "channels/connections.html", {"rows": rows, "channels": registry.every()})


@require_http_methods(["GET", "POST"])
@require("administer")
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new account of a channel; its form comes from the channel's own manifest."""
    if kind not in registry.kinds():
        raise Http404
    return _form(request, registry.get(kind).manifest, None)


@require_http_methods(["GET", "POST"])
@require("administer")
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """The settings of an account. Secrets are never shown; an empty one keeps its value."""
    row = _found(public_id)
    return _form(request, registry.get(row.kind).manifest, row)


@require_POST
@require("administer")
def activity(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pauses an account, or takes it up again."""
    row = _found(public_id)
    actions.set_active(row, not row.active)
    accounts.audit(_by(request), "connection.activity", str(row.public_id), {"active": not row.active})
    return redirect("connection", public_id=row.public_id)


@require_POST
@require("administer")
def removal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes an account away that was never used; one that was can only be paused."""
    row = _found(public_id)
    kept = f"{row.kind} {row.name}"
    if not actions.remove_connection(row):
        return _form(request, registry.get(row.kind).manifest, _found(public_id), used=True)
    accounts.audit(_by(request), "connection.removed", kept)
    return redirect("connections")


@require_POST
@require("administer")
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tries the account for real and says what to mend."""
    row = _found(public_id)
    problem = trying.try_out(row)
    return _form(request, registry.get(row.kind).manifest, _found(public_id), checked=not problem)


@require_GET
@require("operate")
def quarantined(request: HttpRequest) -> HttpResponse:
    """Deliveries that failed five times."""
    before = request.GET.get("before", "")
    rows = quarantine.listing(int(before) if before.isdigit() else None)
    return render(request, "channels/quarantine.html", {"rows": [(row, row.error.partition("\n")[0]) for row in rows]})


@require_http_methods(["GET", "POST"])
@require("operate")
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """One delivery with its raw form and error; replays it."""
    if request.method == "POST" and public_id == "all":
        quarantine.replay_all(_by(request))
        return redirect("quarantine")
    row = quarantine.get(public_id)
    if row is None:
        raise Http404
    if request.method == "POST":
        quarantine.replay(row, _by(request))
        return redirect("quarantine")
    body = deliveries.raw(row).body
    context = {"row": row, "body": body[:RAW_SHOWN].decode("utf-8", "replace"), "cut": len(body) > RAW_SHOWN}
    return render(request, "channels/delivery.html", context)


def _by(request: HttpRequest) -> str:
    """Who of the staff asks."""
    assert request.user.is_authenticated
    return request.user.email


def _found(public_id: str) -> Connection:
    try:
        wanted = uuid.UUID(public_id)
    except ValueError as error:
        raise Http404 from error
    row = Connection.objects.select_related("brand").filter(public_id=wanted).first()
    if row is None:
        raise Http404
    return row


def _form(
    request: HttpRequest, manifest: Manifest, row: Connection | None, checked: bool = False, used: bool = False
) -> HttpResponse:
    stored = row.settings if row else {field.name: field.default for field in manifest.settings}
    values, problems, name = stored, {}, row.name if row else ""
    if request.method == "POST" and "name" in request.POST:
        name = request.POST["name"].strip()[:120] or manifest.label
        values = {field.name: request.POST.get(field.name, "").strip() for field in manifest.settings}
        try:
            if row is None:
                row = actions.add_connection(manifest.kind, name, values)
            else:
                actions.change_connection(row, name, values)
        except actions.BadSettings as error:
            problems = error.problems
        else:
            accounts.audit(_by(request), "connection.change", str(row.public_id))
            return redirect("connection", public_id=row.public_id)
    context = {
        "manifest": manifest,
        "row": row,
        "name": name,
        "fields": [(field, values.get(field.name, ""), problems.get(field.name, "")) for field in manifest.settings],
        "problems": problems,
        "checked": checked,
        "used": used,
        "inbound_url": known.inbound_url(row) if row else "",
        "url": settings.RONDPOINT_URL,
    }
    return render(request, "channels/connection.html", context, status=422 if problems or used else 200)
