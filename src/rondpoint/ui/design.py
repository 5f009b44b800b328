"""What the page of the design system shows: every part in every state, with invented people."""

from django.utils.translation import gettext as _

from rondpoint.lib import clock
from rondpoint.ui import colours
from rondpoint.ui.icons import ACTS, CHANNELS, THINGS

SIGNS = ("blue", "yellow", "red", "green")
TEXTS = ("ink", "soft")
WASHES = ("wash", "yellow-wash", "red-wash", "green-wash")
GROUNDS = ("bg", "panel", "sunk", "float", "hover", "line", "edge")
SIZES = (28, 20, 16, 14, 13, 12)
SPACES = (4, 8, 12, 16, 20, 24, 28, 32)


def everything() -> dict:
    """The context of ``/design``."""
    now = clock.now()
    return {
        "colours": ((_("Grounds"), GROUNDS), (_("Text"), TEXTS), (_("Signs"), SIGNS), (_("Washes"), WASHES)),
        "channels": colours.CHANNELS,
        "sizes": SIZES,
        "spaces": SPACES,
        "icons": ((_("Channels"), CHANNELS), (_("Things"), THINGS), (_("Acts"), ACTS)),
        "ring_sizes": (20, 28),
        "spokes": _spokes(""),
        "spokes_linked": _spokes("#roundabout"),
        "minutes": now - 7 * clock.MINUTE,
        "hour": now - clock.HOUR,
        "yesterday": now - clock.DAY,
        "week": now - 6 * clock.DAY,
        "years": now - 500 * clock.DAY,
        "tomorrow": now + clock.DAY,
    }


def _spokes(url: str) -> list[dict]:
    drawn = (
        ("chat", _("Chat"), 0.5, True, False, ""),
        ("sms", "SMS", 1.0, True, True, ""),
        ("email", _("E-mail"), 0.3, True, False, ""),
        ("voice", _("Telephone"), 0.0, False, False, _("no number is known")),
        ("shop", _("Shop"), 0.15, True, False, ""),
    )
    names = ("channel", "label", "use", "open", "last", "why")
    return [dict(zip(names, row, strict=True)) | {"url": url} for row in drawn]
