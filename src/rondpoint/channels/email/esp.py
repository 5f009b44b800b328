"""Mail out through a provider's API, by django-anymail. Not proven live: only against a local stand-in.

anymail is Django's: it is imported when the first mail leaves this way, in a process where Django is set up.
"""

import importlib
import json
import re
from email import message_from_bytes
from email.message import Message
from typing import Any

from rondpoint.channels.contract import OutcomeUnknown, SendError, SendResult, Sent
from rondpoint.channels.email.compose import Mail
from rondpoint.channels.email.headers import header

PROVIDERS = (
    "amazon_ses",
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "postal",
    "postmark",
    "resend",
    "scaleway",
    "sendgrid",
    "sparkpost",
    "unisender_go",
)


def read_settings(text: str) -> dict[str, Any]:
    """The provider's settings out of JSON. Raises ValueError with a sentence."""
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(f"esp_settings is not JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise ValueError('esp_settings is an object such as {"api_key": "…"}')
    return found


def send(
    mail: Mail, text: str, html: str, files: list[tuple[str, bytes, str]], provider: str, settings: str
) -> SendResult:
    """Sends by the provider's API.

    Blocking. Text, HTML and files apart, since providers build the MIME themselves.
    """
    if provider not in PROVIDERS:
        return SendError(f"{provider!r} is no provider we know", permanent=True)
    from anymail.exceptions import (  # type: ignore[import-untyped]  # it comes without types
        AnymailAPIError,
        AnymailConfigurationError,
        AnymailError,
        AnymailRecipientsRefused,
    )
    from django.core.mail import EmailMultiAlternatives

    from rondpoint.channels.email import provider_line

    try:
        backend = importlib.import_module(f"anymail.backends.{provider}").EmailBackend(
            **read_settings(settings)
        )
    except (AnymailConfigurationError, ImportError, TypeError, ValueError) as error:
        return SendError(f"the provider's settings are not right: {str(error)[:200]}")
    message = message_from_bytes(mail.data)
    outgoing = EmailMultiAlternatives(
        subject=header(message, "Subject"),
        body=text,
        from_email=header(message, "From"),
        to=[header(message, "To")],
        reply_to=[header(message, "Reply-To")] if message["Reply-To"] else None,
        headers={name: header(message, name) for name in _kept(message)},
        attachments=files,
    )
    if html:
        outgoing.attach_alternative(html, "text/html")
    try:
        backend.open()
        if session := getattr(backend, "session", None):  # all speak HTTP by requests, but Amazon's
            provider_line.guard(session)
        backend.send_messages([outgoing])
    except AnymailRecipientsRefused as error:
        return SendError(f"the provider refuses the recipient: {str(error)[:200]}", permanent=True)
    except AnymailAPIError as error:
        return _failure(error)
    except AnymailError as error:
        return SendError(f"the provider cannot carry this mail: {str(error)[:200]}", permanent=True)
    finally:
        backend.close()
    theirs = getattr(getattr(outgoing, "anymail_status", None), "message_id", None)
    return Sent(
        (mail.message_id, re.sub(r"[<>]", "", theirs)) if isinstance(theirs, str) else (mail.message_id,)
    )


def _kept(message: Message) -> list[str]:
    wanted = (
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "X-Rondpoint-Id",
        "List-Unsubscribe",
    )
    return [name for name in (*wanted, "List-Unsubscribe-Post") if message[name]]


def _reason(cause: BaseException | None) -> str:
    """What kept a connection from being made, out of what requests wraps around it."""
    wrapped = getattr(cause, "args", None) or ("",)
    return str(getattr(getattr(wrapped[0], "reason", None), "__cause__", None) or "")[:200]


def _failure(error: BaseException) -> SendResult:
    status = getattr(error, "status_code", None)
    if status is None:
        cause = type(error.__cause__).__name__
        if cause in ("ConnectTimeout", "ConnectionError", "SSLError", "ProxyError", "NewConnectionError"):
            return SendError(f"no connection to the provider: {_reason(error.__cause__) or cause}")
        return OutcomeUnknown(f"the provider did not answer: {cause}")
    detail = f"the provider answers {status}"
    if status == 429 or status in (401, 403):
        return SendError(detail)
    if status >= 500:
        return OutcomeUnknown(detail)
    return SendError(detail, permanent=True)
