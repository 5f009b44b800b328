"""The screens of purposes and of the rules by country."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from rondpoint.accounts.actions import audit
from rondpoint.accounts.decorators import require
from rondpoint.consent import law, purposes, words
from rondpoint.consent.models import ConsentEntry, Purpose, Wording
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.types import BASES, CLASSES, FIRST, LANGUAGES, WAYS, BadPurpose

NEW = "new"


@require_safe
@require("administer")
def listing(request: HttpRequest) -> HttpResponse:
    """All purposes, in the order in which people see them."""
    language = translation.get_language() or "en"
    rows = [
        {
            "row": row,
            "name": texts.text(row.names, language),
            "text": texts.text(row.descriptions, language),
            "class": words.purpose_class(row.purpose_class),
            "basis": words.basis(row.basis),
            "channels": [words.channel(channel) for channel in row.channels],
        }
        for row in purposes.every()
    ]
    return render(request, "consent/purposes.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@require("administer")
def purpose(request: HttpRequest, key: str) -> HttpResponse:
    """One purpose, or a new one; what was typed is kept when something is wrong with it."""
    row = next((each for each in purposes.every() if each.key == key), None)
    if row is None and key != NEW:
        raise Http404
    if request.method != "POST":
        return _form(request, row, _known(row))
    told, new_key = _told(request, row), request.POST.get("key", "").strip()
    assert request.user.is_authenticated
    try:
        if row is None:
            made = purposes.define(new_key, told, request.user.email)
            audit(request.user.email, "purpose.made", made.key, {})
        else:
            purposes.change(row, told, request.user.email)
            audit(request.user.email, "purpose.changed", row.key, {})
    except BadPurpose as error:
        return _form(request, row, {**told, "key": new_key}, error)
    return redirect("purposes")


@require_safe
@require("administer")
def rules(request: HttpRequest) -> HttpResponse:
    """The rules by country, with their source and the day from which they hold."""
    language = translation.get_language() or "en"
    books = [
        {
            "name": texts.text(book.name, language),
            "checked": book.checked,
            "rules": [
                {
                    "rule": rule,
                    "text": texts.text(rule.text, language),
                    "channels": [words.channel(channel) for channel in rule.channels],
                }
                for rule in book.rule
            ],
        }
        for book in law.books()
    ]
    return render(request, "consent/rules.html", {"books": books})


def _told(request: HttpRequest, row: Purpose | None) -> dict[str, Any]:
    said = request.POST
    fixed = row is not None and _is_fixed(row)
    position = said.get("position", "").strip()
    told: dict[str, Any] = {
        field: {language: text for language in LANGUAGES if (text := said.get(f"{field}.{language}", "").strip())}
        for field in ("names", "descriptions", "wordings")
    }
    told["channels"] = [channel for channel in WAYS if channel in said.getlist("channels")]
    told["double_opt_in"], told["active"] = "double_opt_in" in said, "active" in said
    if position.isdecimal() and len(position) < 5:
        told["position"] = int(position)
    if not fixed:
        told["purpose_class"], told["basis"] = said.get("purpose_class", ""), said.get("basis", "")
    return told


def _known(row: Purpose | None) -> dict[str, Any]:
    if row is None:
        return {"key": "", "purpose_class": "marketing", "basis": "consent", "channels": ["email"], "active": True}
    worded = purposes.wordings([row.id]).get(row.id, {})
    return {
        **{field: getattr(row, field) for field in purposes.FIELDS},
        "key": row.key,
        "wordings": {language: each.text for language, each in worded.items()},
    }


def _form(
    request: HttpRequest, row: Purpose | None, said: dict[str, Any], error: BadPurpose | None = None
) -> HttpResponse:
    context = {
        "row": row,
        "said": said,
        "fixed": row is not None and _is_fixed(row),
        "first": row is not None and row.key in FIRST,
        "problem": words.problem(error) if error else "",
        "languages": [
            {
                "code": language,
                "label": {"fr": "français", "en": "English"}[language],
                **{field: said.get(field, {}).get(language, "") for field in ("names", "descriptions", "wordings")},
            }
            for language in LANGUAGES
        ],
        "classes": [(name, words.purpose_class(name)) for name in CLASSES],
        "bases": [(name, words.basis(name)) for name in BASES],
        "ways": [(way, words.channel(way)) for way in WAYS],
        "versions": Wording.objects.filter(purpose=row).order_by("-at", "-id") if row else (),
    }
    return render(request, "consent/purpose.html", context, status=422 if error else 200)


def _is_fixed(row: Purpose) -> bool:
    return row.key in FIRST or ConsentEntry.objects.filter(purpose=row.key).exists()
