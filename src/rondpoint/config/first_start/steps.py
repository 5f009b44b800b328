"""What each step of the first start reads, keeps and tries."""

import asyncio
from collections.abc import Collection
from zoneinfo import available_timezones

import httpx
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from msgspec import Struct, field, structs

from rondpoint.accounts import staff
from rondpoint.accounts.actions import audit
from rondpoint.accounts.desk import brands
from rondpoint.accounts.desk.people import role_names
from rondpoint.accounts.models import Brand, User
from rondpoint.accounts.queries import default_brand
from rondpoint.channels import actions, connections, registry, trying
from rondpoint.channels.models import Connection
from rondpoint.config.first_start import rules
from rondpoint.lib.http import guarded_client, request_capped

BRAND = ("name", "colour", "language", "country", "timezone")
MOST_BYTES = 2_000_000
MOST_COLLEAGUES = 5


class Outcome(Struct):
    """What a step shows. ``problems``: by field; ``trouble``: what trying it found; ``stay``: look at this first."""

    said: dict = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    stay: bool = False
    row: object = None
    more: dict = field(default_factory=dict)


def titles() -> dict[str, str]:
    """What each step is called."""
    return {
        "brand": _("Your brand"),
        "mailbox": _("A mailbox"),
        "number": _("A number for SMS"),
        "widget": _("The chat on your site"),
        "colleagues": _("Your colleagues"),
    }


def brand(request: HttpRequest) -> Outcome:
    """Name, colour, language, country and zone of the first brand."""
    row = default_brand() or Brand()
    said = brands.stored(row)
    outcome = Outcome(said, row=row, more={"languages": settings.LANGUAGES, "zones": sorted(available_timezones())})
    if request.method == "POST":
        said |= {name: request.POST.get(name, "").strip() for name in BRAND}
        brands.read(row, said, outcome.problems)
        if not outcome.problems:
            brands.keep(row, request.user.email)
    return outcome


def mailbox(request: HttpRequest) -> Outcome:
    """A mailbox with its servers; the sign-in is tried on both."""
    row = _connection("mailbox")
    known = rules.mailbox_of(connections.info(row).settings if row else {})
    shown = structs.replace(known, password="")  # what is kept is never sent back to the page
    if request.method != "POST":
        return Outcome(structs.asdict(shown), trouble=row.problem if row else "", row=row)
    typed = rules.Mailbox(**{name: request.POST.get(name, "").strip() for name in rules.Mailbox.__struct_fields__})
    outcome = Outcome(structs.asdict(structs.replace(typed, password="")), row=row)
    try:
        values = rules.settings_of(typed if typed.password else structs.replace(typed, password=known.password))
    except rules.Bad as error:
        words = {"host": _("A host is called mail.example.com, for example."), "port": _("A port is 1 to 65535.")}
        outcome.problems[error.field] = words[str(error)]
        return outcome
    return _keep(request, "mailbox", outcome, values, forget={"imap_url", "smtp_url"} - set(values))


def number(request: HttpRequest) -> Outcome:
    """A number at a provider of SMS."""
    return _by_manifest(request, "number")


def widget(request: HttpRequest) -> Outcome:
    """The chat: the line for the site, and a look whether it is there."""
    new = _connection("widget") is None
    outcome = _by_manifest(request, "widget")
    row = outcome.row
    if row is None:
        return outcome
    source = f"{settings.RONDPOINT_URL}/widget.js"
    outcome.more["line"] = f'<script src="{source}" data-key="{row.public_id}" async></script>'
    if request.method == "POST" and not outcome.problems:
        outcome.stay = new or "look" in request.POST
        outcome.more["looks"] = asyncio.run(_look(row)) if "look" in request.POST else []
    return outcome


def colleagues(request: HttpRequest) -> Outcome:
    """Invitations, whose links are handed over by whoever invites."""
    roles = role_names()
    rows = list(User.objects.order_by("id").exclude(pk=request.user.pk)[:50])
    outcome = Outcome(more={"roles": roles.items(), "there": [(row, roles[row.role]) for row in rows], "links": []})
    if request.method != "POST":
        return outcome
    asked = zip(*(request.POST.getlist(name) for name in ("name", "email", "role")), strict=False)
    lines = [tuple(part.strip() for part in line) for line in asked if any(part.strip() for part in line[:2])]
    for name, email, role in lines[:MOST_COLLEAGUES]:
        try:
            user = staff.invite(request.user, email, name, role, [], [])
        except staff.Refused as error:
            outcome.problems[email or name] = f"{email or name}: {error}"
        else:
            outcome.more["links"].append((user, staff.invitation(request.user, user)))
    outcome.stay = bool(outcome.more["links"])
    return outcome


HANDLERS = {"brand": brand, "mailbox": mailbox, "number": number, "widget": widget, "colleagues": colleagues}


def summary() -> dict:
    """What there is at the end."""
    return {
        "brand": default_brand(),
        "connections": Connection.objects.order_by("id"),
        "colleagues": User.objects.filter(is_active=True).count() - 1,
    }


def _connection(step: str) -> Connection | None:
    return Connection.objects.filter(kind=rules.KINDS[step]).order_by("id").first()


def _by_manifest(request: HttpRequest, step: str) -> Outcome:
    manifest, row = registry.get(rules.KINDS[step]).manifest, _connection(step)
    shown = [part for part in manifest.settings if part.name in rules.SHOWN[step]]
    kept = row.settings if row else {}
    outcome = Outcome({part.name: kept.get(part.name, part.default) for part in shown}, row=row)
    if request.method == "POST":
        outcome.said = {part.name: request.POST.get(part.name, "").strip() for part in shown}
        _keep(request, step, outcome, dict(outcome.said))
    elif row:
        outcome.trouble = row.problem
    outcome.more["fields"] = [
        (part, outcome.said.get(part.name, ""), outcome.problems.get(part.name, ""), rules.ONLY_FOR.get(part.name, ""))
        for part in shown
    ]
    return outcome


def _keep(
    request: HttpRequest, step: str, outcome: Outcome, values: dict[str, str], forget: Collection[str] = ()
) -> Outcome:
    """Adds or changes the connection of a step, then tries it."""
    kind = rules.KINDS[step]
    label = values.get("address") or values.get("number") or registry.get(kind).manifest.label
    try:
        if outcome.row is None:
            outcome.row = actions.add_connection(kind, label, values)
        else:
            actions.change_connection(outcome.row, label, {**outcome.row.settings, **values}, forget)
    except actions.BadSettings as error:
        outcome.problems = error.problems
        return outcome
    audit(request.user.email, "connection.change", str(outcome.row.public_id))
    outcome.trouble = trying.try_out(outcome.row)
    return outcome


async def _look(row: Connection) -> list[tuple[str, str]]:
    """Each origin of the chat and what is to mend there; "" where the site carries the line."""
    origins = [part.strip() for part in row.settings.get("origins", "").split(",") if part.strip()]
    async with guarded_client(allow_private=settings.ENVIRONMENT.allow_private) as http:
        return [(origin, await _found_at(http, origin, str(row.public_id))) for origin in origins[:5]]


async def _found_at(http: httpx.AsyncClient, origin: str, key: str) -> str:
    try:
        answer = await request_capped(http, "GET", origin + "/", limit=MOST_BYTES)
        for _hop in range(3):
            if not answer.has_redirect_location:
                break
            place = str(answer.url.join(answer.headers["location"]))
            answer = await request_capped(http, "GET", place, limit=MOST_BYTES)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return _("It does not answer: %(why)s") % {"why": str(error)[:200] or type(error).__name__}
    if key not in answer.text:
        return _("It answers, but its first page does not carry the line yet.")
    return ""
