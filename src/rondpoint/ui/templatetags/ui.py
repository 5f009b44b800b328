"""Tags of the design system: icons, the roundabout, times."""

import math

from babel.dates import format_datetime
from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rondpoint.lib import addresses, clock
from rondpoint.ui.icons import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of our set; with a label it speaks, without it is silent."""
    path = ICONS.get(name, ICONS["dot"])
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="i c-{}" viewBox="0 0 20 20" {}><path d="{}"/></svg>', name, spoken, path)


@register.simple_tag
def ring(size: int, spokes: list[dict]) -> SafeString:
    """The roundabout of a customer: a spoke per channel.

    Each spoke: ``channel``, ``label``, ``use`` (0–1, its thickness), ``open`` (may be written to now: filled, else
    dotted) and ``last`` (she used it last: a dot).
    """
    centre, inner, outer = size / 2, size * 0.17, size * 0.40
    large = size > 40
    parts, words = [], []
    for number, spoke in enumerate(spokes):
        angle = -math.pi / 2 + number * 2 * math.pi / max(len(spokes), 1)
        x, y = math.cos(angle), math.sin(angle)
        width = ((2 if large else 1.2) + spoke["use"] * (7 if large else 3)) if spoke["open"] else (1.5 if large else 1)
        dash = "" if spoke["open"] else ("1 4" if large else "1 2")
        start = inner + size * 0.06
        parts.append(
            format_html(
                '<line class="c-{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}" stroke-dasharray="{}"/>',
                spoke["channel"],
                *(round(value, 1) for value in (centre + x * start, centre + y * start)),
                *(round(value, 1) for value in (centre + x * outer, centre + y * outer)),
                round(width, 1),
                dash or "none",
            )
        )
        if spoke["last"]:
            reach = size * 0.47
            parts.append(
                format_html(
                    '<circle class="last" cx="{}" cy="{}" r="{}"/>',
                    round(centre + x * reach, 1),
                    round(centre + y * reach, 1),
                    3.5 if large else 1.8,
                )
            )
        state = _("may be written to") if spoke["open"] else _("may not be written to")
        words.append(f"{spoke['label']}: {state}" + (f", {_('used last')}" if spoke["last"] else ""))
    return format_html(
        '<svg class="ring" width="{0}" height="{0}" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">'
        '<circle class="hub" cx="{2}" cy="{2}" r="{3}" stroke-width="{4}"/>{5}</svg>',
        size,
        "; ".join(words),
        centre,
        round(inner, 1),
        2 if large else 1.5,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


@register.filter
def when(microseconds: int | None) -> str:
    """A time as people say it, exact on hover."""
    if not microseconds:
        return ""
    moment = timezone.localtime(clock.to_datetime(microseconds), timezone.get_current_timezone())
    now = timezone.localtime(clock.to_datetime(clock.now()), timezone.get_current_timezone())
    language = (get_language() or "en")[:2]
    days = (now.date() - moment.date()).days
    if days == 0:
        said = format_datetime(moment, "HH:mm", locale=language)
    elif days == 1:
        said = _("yesterday %(time)s") % {"time": format_datetime(moment, "HH:mm", locale=language)}
    elif days < 300:
        said = format_datetime(moment, "d MMM", locale=language)
    else:
        said = format_datetime(moment, "d MMM y", locale=language)
    exact = format_datetime(moment, "d MMMM y, HH:mm:ss", locale=language)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, said)


@register.filter
def waited(microseconds: int | None) -> str:
    """How long somebody has waited, in the largest whole unit."""
    if not microseconds:
        return ""
    minutes = max(0, clock.now() - microseconds) // clock.MINUTE
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(n)s d") % {"n": minutes // 1440}


@register.filter
def warmth(microseconds: int | None) -> str:
    """The class of a waiting time: it warms after five minutes and is late after thirty."""
    if not microseconds:
        return ""
    minutes = (clock.now() - microseconds) // clock.MINUTE
    return "late" if minutes >= 30 else "warm" if minutes >= 5 else ""


@register.filter
def phone(value: str) -> str:
    """A number with its gaps; anything else as it is."""
    return addresses.show_phone(value) if value.startswith("+") else value
