"""The roundabout as SVG: a customer's channels around a hub, one spoke each.

Thickness is use, a solid spoke may be written to now, a dotted one may not, a dot stands where she was last. It reads
without colour and is said in words to screen readers.
"""

import math

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rondpoint.ui.icons import ICONS

LARGE = 40  # pixels from which a ring is drawn with room
GLYPHS = 160  # pixels from which each spoke ends in its channel's glyph


def draw(size: int, spokes: list[dict]) -> SafeString:
    """Each spoke: ``channel``, ``label``, ``use`` (0 to 1), ``open``, ``last``; with ``url`` it is a link, and ``why``
    says why it is shut."""
    centre, hub = size / 2, size * 0.17
    links = any(spoke.get("url") for spoke in spokes)
    words = "; ".join(say(spoke) for spoke in spokes)
    role = (
        format_html('role="group" aria-label="{}"', _("Channels"))
        if links
        else format_html('role="img" aria-label="{}"', words or _("No channel yet"))
    )
    drawn = [_spoke(size, number, len(spokes), spoke) for number, spoke in enumerate(spokes)]
    return format_html(
        '<svg class="ring" width="{0}" height="{0}" viewBox="0 0 {0} {0}" {1}>'
        '<circle class="hub" cx="{2}" cy="{2}" r="{3}" stroke-width="{4}"/>{5}</svg>',
        size,
        role,
        _short(centre),
        _short(hub),
        2 if size > LARGE else 1.5,
        format_html_join("", "{}", ((part,) for part in drawn)),
    )


def say(spoke: dict) -> str:
    """One spoke in words."""
    state = _("may be written to") if spoke["open"] else spoke.get("why") or _("may not be written to")
    return f"{spoke['label']}: {state}" + (f", {_('used last')}" if spoke["last"] else "")


def _spoke(size: int, number: int, count: int, spoke: dict) -> SafeString:
    angle = -math.pi / 2 + number * 2 * math.pi / count

    def at(reach: float) -> tuple[float, float]:
        return _short(size / 2 + math.cos(angle) * reach), _short(size / 2 + math.sin(angle) * reach)

    glyphs = size >= GLYPHS
    end, dot = (0.31, 0.345) if glyphs else (0.40, 0.47)
    start, stop = at(size * 0.23), at(size * end)
    width, dash = _line(spoke, size > LARGE)
    drawn = format_html(
        '<line class="c-{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}" stroke-dasharray="{}"/>',
        spoke["channel"], *start, *stop, width, dash,
    )  # fmt: skip
    if glyphs:
        drawn += _glyph(spoke["channel"], at(size * 0.43))
    if spoke["last"]:
        radius = 3.5 if size > LARGE else 1.8
        drawn += format_html('<circle class="last" cx="{}" cy="{}" r="{}"/>', *at(size * dot), radius)
    if not spoke.get("url"):
        return drawn
    reached = at(size * 0.36)
    return format_html(
        '<a href="{}" data-channel="{}" aria-label="{}" data-tip="{}">'
        '<circle class="hit" cx="{}" cy="{}" r="{}"/>{}</a>',
        spoke["url"], spoke["channel"], say(spoke), say(spoke), *reached, _short(max(13, size * 0.13)), drawn,
    )  # fmt: skip


def _line(spoke: dict, large: bool) -> tuple[float, str]:
    if not spoke["open"]:
        return (1.5, "1 4") if large else (1, "1 2")
    thinnest, range_ = (2, 7) if large else (1.2, 3)
    return _short(thinnest + spoke["use"] * range_), "none"


def _glyph(channel: str, place: tuple[float, float]) -> SafeString:
    return format_html(
        '<path class="glyph c-{}" transform="translate({} {})" d="{}"/>',
        channel, _short(place[0] - 10), _short(place[1] - 10), ICONS.get(channel, ICONS["dot"]),
    )  # fmt: skip


def _short(value: float) -> float:
    return round(value, 1)
