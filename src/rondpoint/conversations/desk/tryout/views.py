"""A person, a purpose, a channel, a time: what the gate would say, step by step; or which channel she would get it on.
Nothing is written."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rondpoint.accounts.decorators import require
from rondpoint.consent import queries as consent
from rondpoint.conversations.queries.choosing import choose
from rondpoint.conversations.queries.trying import attempt
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import queries as sending
from rondpoint.sending.types import Stage
from rondpoint.ui import times

FOUND = 8  # people offered for what was typed
LONGEST = 200
FIELDS = ("q", "customer", "purpose", "channel", "at", "step", "of")
MOST = 5  # reminders that the form offers


@require_safe
@require("operate")
def tryout(request: HttpRequest) -> HttpResponse:
    """The form, and under it the verdict on what was chosen; without a channel, on which one she would get it."""
    asked = {name: request.GET.get(name, "").strip()[:LONGEST] for name in FIELDS}
    text = request.GET.get("text", "").strip()[:20_000]
    customer = customers.resolve(asked["customer"]) if asked["customer"] else None
    people = customers.typed(asked["q"], FOUND) if asked["q"] and customer is None else []
    if len(people) == 1:
        customer = people[0]
    names = consent.purpose_names(translation.get_language() or "en")
    at, problem = clock.now(), ""
    try:
        at = times.typed(asked["at"]) or at
    except ValueError:
        problem = _("Time: a day and an hour, as 2026-12-24 18:30.")
    if customer is None and asked["customer"]:
        problem = _("There is no such customer.")
    elif customer is None and asked["q"] and not people:
        problem = _("Nobody is found under this name or address.")
    context = {
        "asked": asked,
        "text": text,
        "customer": customer,
        "people": people if customer is None else [],
        "problem": problem,
        "purposes": list(names.items()),
        "channels": [(kind, sending.channel_name(kind)) for kind in sending.channels()],
        "zone": timezone.get_current_timezone_name(),
        "steps": [str(number) for number in range(1, MOST + 1)],
        "tried": None,
        "choice": [],
    }
    if customer and not problem and asked["purpose"] in names and not asked["channel"]:
        context["choice"] = choose(customer.id, asked["purpose"], at, text, _stage(asked["step"], asked["of"]))
    if customer and not problem and asked["purpose"] in names and asked["channel"] in sending.channels():
        context["tried"] = attempt(customer, asked["purpose"], asked["channel"], at, text)
        context["promotion"] = bool(sending.promoting([asked["purpose"]]))
    return render(request, "desk/tryout/tryout.html", context, status=422 if problem else 200)


def _stage(step: str, of: str) -> Stage:
    """Which of several it is; the last, where more were asked for than there are."""
    number, many = (int(text) if text.isdecimal() and len(text) < 3 else 1 for text in (step, of))
    many = min(max(many, 1), MOST)
    return Stage(min(max(number, 1), many), many)
