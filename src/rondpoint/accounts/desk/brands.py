"""Brands: the face a customer sees, and the hours at which somebody answers."""

import re
from zoneinfo import available_timezones

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rondpoint.accounts.actions import audit
from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Brand
from rondpoint.accounts.queries import default_brand
from rondpoint.accounts.rules import hours
from rondpoint.files import actions as files
from rondpoint.files import queries as contents
from rondpoint.lib.db import write

MAX_LOGO, MAX_GREETING = 1_000_000, 500
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
COLOUR, COUNTRY = re.compile(r"#[0-9a-f]{6}"), re.compile(r"[A-Z]{2}")


@require_GET
@require("administer")
def brands(request: HttpRequest) -> HttpResponse:
    """All brands."""
    return render(request, "accounts/brands.html", {"rows": Brand.objects.order_by("id")})


@require_http_methods(["GET", "POST"])
@require("administer")
def brand(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """A new brand (no ``number``), or one to change."""
    row = get_object_or_404(Brand, id=number) if number else Brand()
    if request.method == "GET":
        return _form(request, row, stored(row), {})
    said = {name: request.POST.get(name, "").strip() for name in stored(row)}
    problems: dict[str, str] = {}
    read(row, said, problems)
    content = _logo(request.FILES.get("logo"), problems)
    if problems:
        return _form(request, row, said, problems)
    keep(row, request.user.email, content)
    return redirect("brands")


def keep(row: Brand, by: str, logo: bytes = b"") -> None:
    """Saves a brand that :func:`read` found nothing wrong with, and its new ``logo`` if there is one."""
    if logo:
        row.logo = files.save(logo)
    with write():
        if logo:
            files.register(row.logo, len(logo))
        row.slug = row.slug or _free_slug(row.name)
        row.save()
        audit(by, "brand.changed", row.name)


@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    """The logo of the house's first brand, for the desk and the sign-in page; 404 without one."""
    row = default_brand()
    try:
        content = contents.read(row.logo) if row and row.logo else b""
    except OSError:
        content = b""
    kind = next((kind for kind, sign in PICTURES.items() if content.startswith(sign)), "")
    if not kind:
        raise Http404
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": "public, max-age=86400"})


def stored(row: Brand) -> dict[str, str]:
    """A brand as its form says it."""
    said = {name: getattr(row, name) for name in ("name", "colour", "language", "country", "timezone")}
    said |= {f"greeting-{code}": row.greeting.get(code, "") for code, _name in settings.LANGUAGES}
    said |= {day: hours.write_day(row.hours.get(day, [])) for day in hours.DAYS}
    return said | {"closed": " ".join(row.hours.get("closed", []))}


def read(row: Brand, said: dict[str, str], problems: dict[str, str]) -> None:
    """Takes over what was said; what cannot be is named in ``problems``."""
    row.name, row.colour, row.country = said["name"][:120], said["colour"].lower(), said["country"].upper()
    row.language, row.timezone = said["language"], said["timezone"]
    if not row.name:
        problems["name"] = _("A name is needed.")
    if not COLOUR.fullmatch(row.colour):
        problems["colour"] = _("A colour is # and six digits, such as #0b5cab.")
    if not COUNTRY.fullmatch(row.country):
        problems["country"] = _("A country is two letters, such as FR.")
    if row.language not in dict(settings.LANGUAGES):
        problems["language"] = _("There is no such language.")
    if row.timezone not in available_timezones():
        problems["timezone"] = _("There is no such time zone; one is called Europe/Paris, for example.")
    row.greeting = {code: said[f"greeting-{code}"] for code, _name in settings.LANGUAGES if said[f"greeting-{code}"]}
    for code, text in row.greeting.items():
        if len(text) > MAX_GREETING:
            problems[f"greeting-{code}"] = _("At most %(n)s characters.") % {"n": MAX_GREETING}
    _read_hours(row, said, problems)


def _read_hours(row: Brand, said: dict[str, str], problems: dict[str, str]) -> None:
    read = dict.fromkeys(hours.DAYS, hours.read_day) | {"closed": hours.read_closed}
    kept = {}
    for name, reader in read.items():
        try:
            kept[name] = reader(said[name])
        except hours.BadHours as error:
            problems[name] = _("“%(part)s” cannot be read.") % {"part": error.place[:60]}
    row.hours = {name: value for name, value in kept.items() if value}


def _logo(upload: UploadedFile | None, problems: dict[str, str]) -> bytes:
    if upload is None:
        return b""
    content = upload.read(MAX_LOGO + 1)
    if len(content) > MAX_LOGO:
        problems["logo"] = _("The picture is larger than 1 MB.")
    elif not content.startswith(tuple(PICTURES.values())) or (content[:4] == b"RIFF" and content[8:12] != b"WEBP"):
        problems["logo"] = _("The picture has to be a PNG, JPEG or WebP.")
    return content


def _free_slug(name: str) -> str:
    base = slugify(name)[:40] or "brand"
    taken = set(Brand.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _form(request: HttpRequest, row: Brand, said: dict[str, str], problems: dict[str, str]) -> HttpResponse:
    days = zip(hours.DAYS, _day_names(), strict=True)
    context = {
        "brand": row,
        "said": said,
        "problems": problems,
        "languages": settings.LANGUAGES,
        "zones": sorted(available_timezones()),
        "greetings": [
            (f"greeting-{code}", name, said[f"greeting-{code}"], problems.get(f"greeting-{code}", ""))
            for code, name in settings.LANGUAGES
        ],
        "days": [(day, name, said[day], problems.get(day, "")) for day, name in days],
    }
    return render(request, "accounts/brand.html", context, status=422 if problems else 200)


def _day_names() -> tuple[str, ...]:
    return _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")
