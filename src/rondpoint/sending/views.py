"""The screen of what the house decided about promotions."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rondpoint.accounts.decorators import require
from rondpoint.accounts.models import Team
from rondpoint.consent import queries as consent
from rondpoint.lib import clock
from rondpoint.sending import house, words
from rondpoint.sending.promoting import promoting
from rondpoint.sending.rules.house import DAYS, BadRule
from rondpoint.sending.types import CENT, Cap, HouseRules, Price, Span

EMPTY_CAPS = EMPTY_PRICES = 2  # lines for new ones


@require_http_methods(["GET", "POST"])
@require("administer")
def rules(request: HttpRequest) -> HttpResponse:
    """Caps, quiet hours, prices, the control group, duplicates and complaints; what was typed is kept when something
    is wrong with it."""
    if request.method != "POST":
        return _form(request, _typed(house.rules()))
    assert request.user.is_authenticated
    try:
        changed = house.decide(_told(request.POST), request.user.email)
    except BadRule as error:
        return _form(request, _said(request.POST), words.problem(error))
    return redirect(f"/promotions?saved={len(changed)}")


def _told(said: QueryDict) -> HouseRules:
    """What a form decides. Raises BadRule."""
    quiet = {}
    for channel in house.channels():
        start, end = (said.get(f"{side}-{channel}", "").strip() for side in ("from", "to"))
        if start or end:
            quiet[channel] = _span(start, end)
    urgent = said.get("complaint_priority", "")
    return HouseRules(
        hold_out=_number("hold_out", said.get("hold_out", "")),
        duplicate_days=_number("duplicate_days", said.get("duplicate_days", "")),
        quiet=quiet,
        complaint_priority=_number("complaint_priority", urgent) if urgent else None,
        complaint_teams=tuple(_number("complaint_teams", number) for number in said.getlist("complaint_teams")),
        caps=tuple(
            Cap(_number("caps", most), _number("caps", days) * clock.DAY, purpose, channel)
            for most, days, purpose, channel in _lines(said)
            if most.strip()
        ),
        prices=tuple(
            Price(channel, _cost(cents), _countries(countries))
            for channel, countries, cents in _priced(said)
            if cents.strip()
        ),
    )


def _priced(said: QueryDict) -> list[tuple[str, ...]]:
    columns = [said.getlist(name) for name in ("price-channel", "price-countries", "price-cents")]
    return list(zip(*columns, strict=False))


def _cost(text: str) -> int:
    """Hundredths of a cent out of cents as they are typed, as 4.5 or 4,5."""
    whole, _dot, part = text.strip().replace(",", ".").partition(".")
    if not f"{whole}{part}".isdecimal() or len(whole) > 6 or len(part) > 2:
        raise BadRule("prices", "cents, as 4.5")
    return int(whole or "0") * CENT + int(part.ljust(2, "0"))


def _countries(text: str) -> tuple[str, ...]:
    """The codes of countries by their names or codes, with commas between them; what is none stays as it was typed."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(consent.country_of(name, "") or name for name in named))


def _lines(said: QueryDict) -> list[tuple[str, ...]]:
    columns = [said.getlist(name) for name in ("most", "days", "purpose", "channel")]
    return list(zip(*columns, strict=False))


def _span(start: str, end: str) -> Span:
    minutes = []
    for text in (start, end):
        hour, _colon, minute = text.partition(":")
        if not (hour.isdecimal() and minute.isdecimal() and len(text) == 5):
            raise BadRule("quiet", "from and to, as 21:00")
        minutes.append(int(hour) * 60 + int(minute))
    return minutes[0], minutes[1]


def _number(field: str, text: str) -> int:
    if not text.strip().isdecimal() or len(text) > 9:
        raise BadRule(field, "a whole number")
    return int(text)


def _typed(decided: HouseRules) -> dict:
    """The decisions in force as a form shows them."""
    return {
        "hold_out": decided.hold_out,
        "duplicate_days": decided.duplicate_days,
        "complaint_priority": str(decided.complaint_priority or ""),
        "complaint_teams": [str(number) for number in decided.complaint_teams],
        "quiet": {
            channel: (f"{start // 60:02d}:{start % 60:02d}", f"{end // 60:02d}:{end % 60:02d}")
            for channel, (start, end) in decided.quiet.items()
        },
        "caps": [(str(cap.most), str(cap.within // clock.DAY), cap.purpose, cap.channel) for cap in decided.caps],
        "prices": [
            (price.channel, ", ".join(price.countries), f"{price.cost / CENT:g}") for price in decided.prices
        ],
    }


def _said(said: QueryDict) -> dict:
    """What was typed, as the form shows it again."""
    return {
        **{name: said.get(name, "") for name in ("hold_out", "duplicate_days", "complaint_priority")},
        "complaint_teams": said.getlist("complaint_teams"),
        "quiet": {
            channel: (said.get(f"from-{channel}", ""), said.get(f"to-{channel}", "")) for channel in house.channels()
        },
        "caps": [line for line in _lines(said) if line[0].strip()],
        "prices": [line for line in _priced(said) if line[2].strip()],
    }


def _form(request: HttpRequest, typed: dict, problem: str = "") -> HttpResponse:
    names = consent.purpose_names(translation.get_language() or "en")
    promotions = promoting(names)
    context = {
        "typed": typed,
        "problem": problem,
        "saved": request.GET.get("saved", ""),
        "prices": [*typed["prices"], *[("", "", "")] * EMPTY_PRICES],
        "lines": [*typed["caps"], *[("", "7", "", "")] * EMPTY_CAPS],
        "spans": [(str(days), name) for days, name in zip(DAYS, (_("a day"), _("a week"), _("a month")), strict=True)],
        "purposes": [(key, name) for key, name in names.items() if key in promotions],
        "channels": [(kind, words.channel(kind)) for kind in house.channels()],
        "quiet": [
            (kind, words.channel(kind), *typed["quiet"].get(kind, ("", ""))) for kind in house.channels()
        ],
        "priorities": [("", _("none")), ("2", _("urgent")), ("1", _("high and urgent"))],
        "teams": [(str(team.id), team.name) for team in Team.objects.order_by("name")],
    }
    return render(request, "sending/rules.html", context, status=422 if problem else 200)
