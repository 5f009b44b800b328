"""Why a customer got something, and why not: every decision about her."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from msgspec import Struct

from rondpoint.accounts.decorators import require
from rondpoint.consent import queries as consent
from rondpoint.conversations.desk.customer.views import found
from rondpoint.conversations.queries.decided import VERDICTS, Asked, choices, decided
from rondpoint.customers import queries
from rondpoint.sending import queries as sending


class Pill(Struct, frozen=True):
    """One choice of a filter, and where it leads."""

    label: str
    chosen: bool
    address: str


@require_GET
@require("read")
def decisions(request: HttpRequest, public_id: str) -> HttpResponse:
    """A page of them, the newest first, by verdict, channel and purpose."""
    current, asked = found(public_id), _read(request.GET)
    profiles = queries.profile_ids(current.id)
    rows, more = decided(current.id, profiles, request.user, asked)
    names = _names(choices(profiles)[1])
    context = {
        "customer": current,
        "decisions": [(row, names.get(row.why.decision.purpose, row.why.decision.purpose)) for row in rows],
        "filters": _filters(profiles, asked, names),
        "filtered": asked != Asked(),
        "more": asked.address(before=more) if more else "",
    }
    return render(request, "desk/customer/decisions.html", context)


def _read(query: QueryDict) -> Asked:
    """What an address asks for; what makes no sense in it is as if it were not there."""
    before = query.get("before", "")
    verdict = query.get("verdict", "")
    return Asked(
        verdict if verdict in VERDICTS else "",
        query.get("channel", "")[:24],
        query.get("purpose", "")[:32],
        int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else 0,
    )


def _names(purposes: list[str]) -> dict[str, str]:
    """What the purposes are called, those of the house's own messages too."""
    own = {
        "order": _("About an order"), "receipt": _("Receipt"), "code": _("Code"), "proof": _("Code"),
        "continuation": _("Going on elsewhere"), "opt_out_confirmation": _("Confirmation of a STOP"),
        "opt_in_confirmation": _("Mail that asks to confirm"),
    }  # fmt: skip
    known = own | consent.purpose_names(translation.get_language() or "en")
    return {key: known.get(key, key) for key in purposes}


def _filters(profiles: list[int], asked: Asked, purposes: dict[str, str]) -> list[tuple[str, list[Pill]]]:
    """The filters by what they are about; what is chosen can be let go."""
    channels = choices(profiles)[0]
    verdicts = {"send": _("Sent"), "defer": _("Put off"), "refuse": _("Not sent")}
    called = {kind: sending.channel_name(kind) for kind in channels}
    return [
        (_("Verdict"), _pills("verdict", verdicts, asked)),
        (_("Channel"), _pills("channel", called, asked)),
        (_("Purpose"), _pills("purpose", purposes, asked)),
    ]


def _pills(name: str, labels: dict[str, str], asked: Asked) -> list[Pill]:
    chosen = getattr(asked, name)
    return [
        Pill(label, key == chosen, asked.address(**{name: "" if key == chosen else key}))
        for key, label in labels.items()
    ]
