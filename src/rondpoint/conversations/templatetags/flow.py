"""Times in the flow of a conversation, as people say them, and its words."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rondpoint.lib import clock as clocks
from rondpoint.ui import times

register = template.Library()


@register.filter
def clock(microseconds: int | None) -> SafeString | str:
    """The time of day, exact on hover: the day stands above."""
    return _time(_local(microseconds), "") if microseconds else ""


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
