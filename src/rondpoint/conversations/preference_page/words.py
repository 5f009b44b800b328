"""Channels and reasons in the words of whoever is written to."""

from django.utils.translation import gettext as _

from rondpoint.consent.queries import channel_name
from rondpoint.consent.types import Standing


def channel(kind: str) -> str:
    """A channel as people say it; a purpose that is no message is simply agreed to."""
    return channel_name(kind) if kind else _("Yes, you may")


def reason(standing: Standing) -> str:
    """Why something is as it is, where a tick alone does not say it."""
    said = {
        "pending": _("waits for you to confirm it by the link in our mail"),
        "expired": _("your agreement has ended"),
        "bounce": _("our messages did not arrive there"),
        "stop": _("you asked us to stop writing there"),
        "complaint": _("you reported a message from us as unwanted"),
        "manual": _("we do not write there"),
        "restricted": _("you asked to be forgotten"),
    }
    return "" if standing.allowed else said.get(standing.reason, "")
