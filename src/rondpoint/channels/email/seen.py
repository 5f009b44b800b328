"""Opened mails and followed links, as providers tell them by webhook: Postmark, Brevo, SendGrid, Mailgun.

Fields as published: Postmark "Open webhook" and "Click webhook", Brevo "Transactional webhooks", SendGrid "Event
webhook reference", Mailgun "Event structure". Privacy proxies open mails and scanners follow links that nobody has
looked at; where a provider says so, it is marked. Not proven live.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal

from rondpoint.channels.contract import Seen
from rondpoint.lib import clock

Action = Literal["opened", "clicked"]
LONGEST_LINK = 2000

_POSTMARK: dict[str, Action] = {"Open": "opened", "Click": "clicked"}
# A provider that is asked for both tells the first opening twice; it is one.
_BREVO: dict[str, tuple[Action, bool]] = {
    "opened": ("opened", False),
    "unique_opened": ("opened", False),
    "proxy_open": ("opened", True),
    "unique_proxy_open": ("opened", True),
    "click": ("clicked", False),
}
_SENDGRID: dict[str, Action] = {"open": "opened", "click": "clicked"}
_MAILGUN: dict[str, Action] = {"opened": "opened", "clicked": "clicked"}


def read(event: dict[str, Any], received: int) -> Seen | None:
    """What one event of a provider says; None when it is about something else. ``received``: microseconds UTC."""
    if "RecordType" in event:
        return _postmark(event, received)
    if isinstance(event.get("event-data"), dict):
        return _mailgun(event["event-data"], received)
    if "sg_event_id" in event:
        return _sendgrid(event, received)
    return _brevo(event, received)


def _postmark(event: dict[str, Any], received: int) -> Seen | None:
    action = _POSTMARK.get(str(event["RecordType"]))
    if action is None:
        return None
    at = str(event.get("ReceivedAt") or "")
    link = str(event.get("OriginalLink") or "")
    return _seen(action, str(event.get("MessageID") or ""), at, link, False, _moment(at, received))


def _brevo(event: dict[str, Any], received: int) -> Seen | None:
    told = _BREVO.get(str(event.get("event")))
    if told is None:
        return None
    at = event.get("ts_event") or event.get("ts")
    link = str(event.get("link") or "")
    return _seen(told[0], str(event.get("message-id") or ""), str(at), link, told[1], _moment(at, received))


def _sendgrid(event: dict[str, Any], received: int) -> Seen | None:
    action = _SENDGRID.get(str(event.get("event")))
    if action is None:
        return None
    message = str(event.get("anymail_id") or event.get("smtp-id") or event.get("sg_message_id") or "")
    return _seen(
        action,
        message,
        "",
        str(event.get("url") or ""),
        event.get("sg_machine_open") is True,
        _moment(event.get("timestamp"), received),
        str(event["sg_event_id"]),
    )


def _mailgun(event: dict[str, Any], received: int) -> Seen | None:
    action = _MAILGUN.get(str(event.get("event")))
    if action is None:
        return None
    message = _object(_object(event.get("message")).get("headers")).get("message-id")
    return _seen(
        action,
        str(message or ""),
        "",
        str(event.get("url") or ""),
        bool(_object(event.get("client-info")).get("bot")),
        _moment(event.get("timestamp"), received),
        str(event.get("id") or ""),
    )


def _seen(
    action: Action, message: str, told_at: str, link: str, machine: bool, at: int, event_id: str = ""
) -> Seen | None:
    """``event_id``: the provider's own; without one the event is known by what it says."""
    external_id = message.strip("<> ")
    if not external_id:
        return None
    key = event_id or hashlib.sha256("\n".join((external_id, action, told_at, link)).encode()).hexdigest()
    return Seen(key[:150], at, external_id[:255], action, link[:LONGEST_LINK] if action == "clicked" else "", machine)


def _moment(told: Any, received: int) -> int:
    """Microseconds UTC of a time in seconds or as ISO 8601 writes it; when it came, where it is neither."""
    try:
        if isinstance(told, str) and not told.isdecimal():
            moment = datetime.fromisoformat(told)
            at = clock.from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        else:
            at = round(float(told) * clock.SECOND)
    except (TypeError, ValueError, OverflowError):
        return received
    return at if 0 < at <= received else received


def _object(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}
