"""Channels and mistakes of the house's rules in words, for staff."""

from django.utils.translation import gettext as _

from rondpoint.consent import queries as consent
from rondpoint.sending.rules.house import BadRule


def channel(kind: str) -> str:
    """A channel as people say it."""
    named = {"chat": _("Chat"), "webpush": _("Notification in the browser"), "mobilepush": _("Notification of the app")}
    return named.get(kind) or consent.channel_name(kind)


def problem(error: BadRule) -> str:
    """Why rules cannot be kept so, on a screen."""
    name = error.field.partition("[")[0]
    said = {
        "hold_out": _("Control group: a whole number of percent, from 0 to 100."),
        "duplicate_days": _("The same words again: a whole number of days, from 0 to 30."),
        "quiet": _("Quiet hours: two different times of a day, from and to, or neither."),
        "complaint_priority": _("Complaints: choose from the list."),
        "complaint_teams": _("Complaints: choose from the list."),
        "caps": _("At most: a whole number from 0 to 100, with a span, a purpose and a channel of the lists."),
        "prices": _(
            "Costs: cents from 0 to 1,000, countries by name or code, and one price for each channel and country."
        ),
    }
    return said[name]
