"""Tags and filters of the design system, known to every template."""

import functools
import uuid
from decimal import Decimal, InvalidOperation

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rondpoint.lib import addresses, clock
from rondpoint.ui import roundabout, times
from rondpoint.ui.icons import ICONS

register = template.Library()


@register.simple_tag
@functools.lru_cache(maxsize=1000)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of our set; with a label it speaks, without it is silent."""
    path = ICONS.get(name, ICONS["dot"])
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="i c-{}" viewBox="0 0 20 20" {}><path d="{}"/></svg>', name, spoken, path)


@register.simple_tag
def ring(size: int, spokes: list[dict]) -> SafeString:
    """The roundabout of a customer; see ``ui.roundabout.draw``."""
    return _drawn(size, get_language(), tuple(tuple(spoke.items()) for spoke in spokes))


@functools.lru_cache(maxsize=2000)
def _drawn(size: int, language: str | None, spokes: tuple[tuple[tuple[str, object], ...], ...]) -> SafeString:
    """A page of the inbox has thirty of them, and most are alike."""
    return roundabout.draw(size, [dict(spoke) for spoke in spokes])


@register.simple_tag
@functools.lru_cache(maxsize=1000)
def avatar(name: str, kind: str = "") -> SafeString:
    """The initials of a member of staff; ``kind``: "tiny", "here" (looks at this conversation now)."""
    parts = [part for part in name.replace("@", " ").replace(".", " ").split() if part[0].isalnum()]
    initials = "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"
    return format_html('<span class="avatar {}" title="{}" aria-hidden="true">{}</span>', kind, name, initials)


@register.inclusion_tag("ui/source.html")
def source(value: str, source: str = "", at: int | None = None, evidence: str = "") -> dict:
    """A value that can be asked where it comes from: source, time (microseconds) and evidence, in a popover."""
    return {"value": value, "source": source, "at": at, "evidence": evidence, "id": f"source-{uuid.uuid4().hex[:12]}"}


@register.filter
def when(microseconds: int | None) -> str:
    """A time as people say it, exact on hover."""
    return _time(microseconds, times.said)


@register.filter
def ago(microseconds: int | None) -> str:
    """How long ago, or in how long; exact on hover."""
    return _time(microseconds, times.ago)


@register.filter
def day(microseconds: int | None) -> str:
    """The day alone: "Today", "Monday 3 March"."""
    return times.day(microseconds, clock.now()) if microseconds else ""


@register.filter
def exactly(microseconds: int | None) -> str:
    """Date and time to the second."""
    return times.exact(microseconds) if microseconds else ""


@register.filter
def money(amount: object, currency: str = "EUR") -> str:
    """An amount in whole units ("189.00") with its currency; what is no amount stays as it is."""
    try:
        return times.money(Decimal(str(amount)), currency)
    except InvalidOperation:
        return str(amount)


@register.filter
def number(value: object) -> str:
    """A number with its thousands apart."""
    return times.number(value) if isinstance(value, int | float | Decimal) else str(value)


@register.filter
def territory(code: str) -> str:
    """A country by its name; the code itself where it has none."""
    return times.territory(code)


@register.filter
def short(value: int) -> str:
    """A number for a counter: 950, 1.2K."""
    return times.short(value)


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


def _time(microseconds: int | None, say) -> str:
    if not microseconds:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        times.local(microseconds).isoformat(),
        times.exact(microseconds),
        say(microseconds, clock.now()),
    )
