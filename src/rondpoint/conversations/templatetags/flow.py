"""Times in the flow of a conversation, as people say them, and its words."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from rondpoint.lib import clock as clocks
from rondpoint.ui import times

register = template.Library()
LINKS = ".@:"  # Django finds a link in no word without one of these
SHOWN = 60  # characters of a link


@register.filter
def clock(microseconds: int | None) -> SafeString | str:
    """The time of day, exact on hover: the day stands above."""
    return _time(_local(microseconds), "") if microseconds else ""


@register.filter
def channel(kind: str) -> str:
    """What a message's channel is called in a line about it."""
    return {"sms": "SMS", "email": _("E-mail"), "chat": _("Chat")}.get(kind, kind)


@register.filter(is_safe=True)
def linked(text: str) -> SafeString:
    """A text whose web and mail addresses are links. Most messages have none, and are not taken apart for them."""
    if any(mark in text for mark in LINKS):
        return mark_safe(urlize(text, trim_url_limit=SHOWN, nofollow=True, autoescape=True))
    return escape(text)


@register.filter
def daykey(microseconds: int) -> str:
    """The date, to compare."""
    return _local(microseconds).date().isoformat()


@register.filter
def until(microseconds: int | None) -> SafeString | str:
    """A time to come, with its day unless it is today."""
    if not microseconds:
        return ""
    moment, today = _local(microseconds), _local(clocks.now()).date()
    if moment.date() == today:
        return _time(moment, "")
    near = abs((moment.date() - today).days) < 7
    return _time(moment, times.dated(moment.date(), "EEE " if near else "d MMM, ", times.language()))


def _time(moment: datetime, day: str) -> SafeString:
    """A time with what is said before it."""
    exact = f"{times.dated(moment.date(), 'd MMMM y', times.language())}, {moment:%H:%M:%S}"
    said = f"{day}{times.clock_time(moment)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, said)


def _local(microseconds: int) -> datetime:
    return timezone.localtime(clocks.to_datetime(microseconds))
