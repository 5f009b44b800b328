"""Times in the flow of a conversation, as people say them."""

from datetime import datetime

from babel.dates import format_datetime
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from rondpoint.lib import clock as clocks

register = template.Library()


@register.filter
def clock(microseconds: int | None) -> SafeString | str:
    """The time of day, exact on hover: the day stands above."""
    if not microseconds:
        return ""
    return _time(_local(microseconds), "HH:mm")


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
        return _time(moment, "HH:mm")
    near = abs((moment.date() - today).days) < 7
    return _time(moment, "EEE HH:mm" if near else "d MMM, HH:mm")


def _time(moment: datetime, pattern: str) -> SafeString:
    language = _language()
    exact = format_datetime(moment, "d MMMM y, HH:mm:ss", locale=language)
    said = format_datetime(moment, pattern, locale=language)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, said)


def _local(microseconds: int) -> datetime:
    return timezone.localtime(clocks.to_datetime(microseconds))


def _language() -> str:
    return (get_language() or "en")[:2]
