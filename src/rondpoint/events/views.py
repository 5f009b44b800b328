"""Screens of the catalogue: which facts there are, how many, what they look like, and what changed."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import Struct

from rondpoint.accounts.decorators import require
from rondpoint.events import catalogue as known
from rondpoint.events import titles
from rondpoint.events.models import EventType
from rondpoint.events.rules import shape as rules

HEIGHT = 24  # of the tallest bar, in pixels
KINDS = {
    "text": lambda: _("text"),
    "number": lambda: _("number"),
    "time": lambda: _("time"),
    "yes/no": lambda: _("yes or no"),
    "list": lambda: _("list"),
    "object": lambda: _("object"),
    "empty": lambda: _("empty"),
}


class Bar(Struct, frozen=True):
    """A day of a type's volume, as it is drawn."""

    left: int
    top: int
    height: int


class Row(Struct, frozen=True):
    """A type as the list shows it."""

    type: EventType
    name: str
    meaning: str
    bars: list[Bar]
    week: int
    sources: list[str]


@require_GET
@require("operate")
def catalogue(request: HttpRequest) -> HttpResponse:
    """All types, those heard last first; or those that differ from before."""
    wanted = request.GET.get("q", "").strip()[:200]
    differing = request.GET.get("show") == "different"
    types = known.every(wanted, differing)
    volumes = known.volumes([row.id for row in types])
    rows = [
        Row(
            row, titles.name(row.name), row.description or titles.meaning(row.name), _bars(volumes[row.id]),
            sum(volumes[row.id][-7:]), _names(row),
        )
        for row in types
    ]  # fmt: skip
    template = "events/types.html" if request.headers.get("HX-Request") else "events/catalogue.html"
    context = {"rows": rows, "q": wanted, "differing": differing, "waiting": known.waiting()}
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@require("operate")
def event_type(request: HttpRequest, number: int) -> HttpResponse:
    """A type: its properties, examples, where it differs from before, and what the company says it means."""
    row = get_object_or_404(EventType, id=number)
    if request.method == "POST":
        known.describe(row, request.POST.get("description", ""))
        return redirect("event_type", number=row.id)
    shape = msgspec.convert(row.shape, rules.Shape)
    context = {
        "row": row,
        "name": titles.name(row.name),
        "meaning": titles.meaning(row.name),
        "bars": _bars(known.volumes([row.id])[row.id]),
        "sources": _names(row),
        "properties": [_property(name, each, shape.count) for name, each in sorted(shape.properties.items())],
        "drift": [{**each, "detail": _change(each["detail"])} for each in row.drift],
        "newest": max((each["at"] for each in row.drift), default=0),
        "examples": [_example(fact) for fact in known.examples(row)],
    }
    return render(request, "events/type.html", context)


@require_POST
@require("operate")
def acceptance(request: HttpRequest, number: int) -> HttpResponse:
    """It is right so: what is there now is expected from now on."""
    assert request.user.is_authenticated
    row = get_object_or_404(EventType, id=number)
    known.accept(row, request.user.email, _moment(request, "until"), _moment(request, "silent"))
    return redirect("event_type", number=row.id)


def _moment(request: HttpRequest, name: str) -> int | None:
    said = request.POST.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 19 else None


def _bars(volume: list[int]) -> list[Bar]:
    most = max([*volume, 1])
    heights = [max(1, round(HEIGHT * count / most)) if count else 0 for count in volume]
    return [Bar(4 * place, HEIGHT - height, height) for place, height in enumerate(heights)]


def _property(name: str, known_: rules.Property, count: int) -> dict[str, Any]:
    return {
        "name": name,
        "kinds": [_kind(kind) for kind in sorted(known_.kinds, key=lambda kind: -known_.kinds[kind])],
        "share": round(100 * known_.seen / count) if count else 0,
        "last_at": known_.last_at,
    }


def _names(row: EventType) -> list[str]:
    """Who tells facts of a type, each name once."""
    return list(dict.fromkeys(known.names(row.sources)))


def _kind(name: str) -> str:
    return KINDS[name]() if name in KINDS else name


def _change(detail: str) -> str:
    """``text → number`` in the reader's language."""
    return " → ".join(_kind(name) for name in detail.split(" → "))


def _example(fact: Any) -> dict[str, Any]:
    said = msgspec.json.format(msgspec.json.encode(fact.properties), indent=2).decode()
    return {"at": fact.occurred, "said": said, "source": known.names({fact.source: 0})[0]}
