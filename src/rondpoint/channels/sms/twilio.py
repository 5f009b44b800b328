"""Twilio's Programmable Messaging: signed form webhooks in, the Messages resource out.

Sources: https://www.twilio.com/docs/usage/security#validating-requests,
https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/messaging/api/message-resource,
https://www.twilio.com/docs/api/errors. Not proven live: see the README beside this file.
"""

import base64
import functools
import hashlib
import hmac
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import httpx

from rondpoint.channels.contract import (
    ConnectionInfo,
    DispatchState,
    FileIn,
    Ignored,
    MessageOut,
    OutcomeUnknown,
    Parsed,
    Part,
    Raw,
    Receipt,
    SendError,
    SendResult,
    Sent,
)
from rondpoint.channels.sms import inbound, segments
from rondpoint.lib import clock
from rondpoint.lib.http import request_capped
from rondpoint.lib.text import storable

API_BASE = "https://api.twilio.com"
MAX_FIELDS = 200
MAX_FILES = 10  # Twilio's own limit of media a message
MAX_MEDIA = 16 * 1024 * 1024
MAX_ANSWER = 256 * 1024

STATES: dict[str, DispatchState] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
DEAD = frozenset({"21211", "21214", "21217", "21614", "30005", "30006"})  # no such number, or a landline
RETRYABLE = frozenset({"20429", "14107", "21611", "30001", "30022"})  # too fast, or the queue is full
OPT_OUT_TYPES = {"STOP": "stop", "START": "start"}
REQUIRED = ("auth_token",)


def verify(raw: Raw, connection: ConnectionInfo) -> bool:
    """X-Twilio-Signature over the full public URL and the sorted parameters; an empty token rejects."""
    token = connection.get("auth_token")
    given = raw.headers.get("x-twilio-signature", "")
    if not token or not given or raw.method != "POST":
        return False
    try:
        fields = _fields(raw)
    except ValueError:
        return False
    matches = [
        hmac.compare_digest(signature(token, url, fields).encode(), given.encode("utf-8", "replace"))
        for url in _spellings(raw.url)
    ]
    return any(matches)


def signature(token: str, url: str, fields: dict[str, list[str]]) -> str:
    """Base64 of HMAC-SHA1(token, URL + each name and value, sorted); a repeated value counts once."""
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return base64.b64encode(
        hmac.digest(token.encode(), text.encode("utf-8", "replace"), hashlib.sha1)
    ).decode()


def _spellings(url: str) -> set[str]:
    """The URL with and without its default port: Twilio signs either, depending on the product."""
    parts = urlsplit(url)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    if port and parts.netloc.endswith(port):
        return {url, urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(port)))}
    if port and ":" not in parts.netloc.rpartition("]")[2]:
        return {url, urlunsplit(parts._replace(netloc=parts.netloc + port))}
    return {url}


def _fields(raw: Raw) -> dict[str, list[str]]:
    return _form(raw.body)


@functools.lru_cache(maxsize=8)
def _form(body: bytes) -> dict[str, list[str]]:
    """A form as a dictionary that nobody changes: verifying, naming and reading a delivery ask for the same one."""
    return parse_qs(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")


def _one(fields: dict[str, list[str]], *names: str) -> str:
    """The first of these fields that holds something every database can store; empty without one."""
    return next((value for name in names if name in fields and (value := storable(fields[name][0]))), "")


def _status(fields: dict[str, list[str]]) -> str:
    """The status of a status callback; an inbound message says ``received`` or nothing."""
    status = _one(fields, "MessageStatus", "SmsStatus").lower()
    return "" if status in ("received", "receiving") else status


def delivery_id(raw: Raw) -> str:
    """``MessageSid``, with ``:MessageStatus`` for a status; a hash of the body without them."""
    try:
        fields = _fields(raw)
    except ValueError:
        fields = {}
    sid = _one(fields, "MessageSid", "SmsSid", "SmsMessageSid")
    if not sid:
        return "sha256:" + hashlib.sha256(raw.body).hexdigest()
    status = _status(fields)
    return f"{sid}:{status}" if status else sid


def acknowledgement(raw: Raw, connection: ConnectionInfo) -> tuple[bytes, str]:
    """Empty TwiML: stored, and nothing is answered in the same breath."""
    return b"<Response></Response>", "text/xml"


def parse(raw: Raw, connection: ConnectionInfo) -> list[Parsed]:
    """A message or a status. Raises ValueError when the form names neither."""
    fields = _fields(raw)
    sid = _one(fields, "MessageSid", "SmsSid", "SmsMessageSid")
    if not sid:
        raise ValueError("the form has no MessageSid")
    status = _status(fields)
    if status:
        return _receipt(raw, fields, sid, status)
    sender, account = _one(fields, "From"), _one(fields, "To")
    if not sender:
        raise ValueError(f"message {sid} has no From")
    return inbound.items(
        connection,
        sid,
        raw.received,
        inbound.address(sender, connection, _one(fields, "ProfileName")),
        inbound.address(account, connection).value if account else inbound.own_number(connection),
        _one(fields, "Body"),
        _files(fields, sid),
        OPT_OUT_TYPES.get(_one(fields, "OptOutType").upper(), ""),
    )


def _receipt(raw: Raw, fields: dict[str, list[str]], sid: str, status: str) -> list[Parsed]:
    state = STATES.get(status)
    if state is None:
        return [Ignored(f"Twilio status {status[:40]!r} of {sid} says nothing new")]
    code = _one(fields, "ErrorCode")
    code = "" if code == "0" else code
    error = ": ".join(text for text in (code, _one(fields, "ErrorMessage")) if text)
    return [
        Receipt(
            event_id=f"{sid}:{status}",
            at=raw.received,
            external_id=sid,
            state=state,
            error=(error or status) if state == "failed" else "",
            permanent=state == "failed" and code in DEAD,
            address=_one(fields, "To"),
        )
    ]


def _files(fields: dict[str, list[str]], sid: str) -> tuple[FileIn, ...]:
    number = _one(fields, "NumMedia")
    total = min(int(number), MAX_FILES) if number.isascii() and number.isdigit() else 0
    files = []
    for index in range(total):
        url = _one(fields, f"MediaUrl{index}")
        if url:
            kind = _one(fields, f"MediaContentType{index}") or "application/octet-stream"
            extension = kind.partition("/")[2].partition(";")[0].partition("+")[0]
            safe = extension if extension.isalnum() else "bin"
            files.append(FileIn(name=f"{sid}-{index}.{safe}", content_type=kind, ref=url))
    return tuple(files)


async def fetch_media(ref: str, connection: ConnectionInfo, http: httpx.AsyncClient) -> bytes:
    """The bytes behind a ``MediaUrl``, at most 16 MB. The token goes to the API's host only.

    Raises ``httpx.HTTPError``.
    """
    url = httpx.URL(ref)
    api = httpx.URL(connection.get("api_base", API_BASE))
    for _ in range(3):
        ours = (url.scheme, url.host, url.port) == (api.scheme, api.host, api.port)
        auth = _auth(connection) if ours else None
        response = await request_capped(http, "GET", str(url), limit=MAX_MEDIA, auth=auth)
        if not response.has_redirect_location:
            response.raise_for_status()
            return response.content
        url = url.join(response.headers["location"])
    raise httpx.TooManyRedirects("the media was moved too often", request=response.request)


def render(message: MessageOut, text: str, connection: ConnectionInfo) -> list[Part]:
    """One part: Twilio cuts a long text itself. Files go as MMS where they have a URL Twilio may fetch."""
    media = [file.url for file in message.files if file.url][:MAX_FILES]
    return [
        Part(
            to=message.to.value,
            text=text,
            segments=max(segments.count(text).segments, 1),
            data={"media": media} if media else {},
        )
    ]


async def send(
    part: Part, connection: ConnectionInfo, http: httpx.AsyncClient, idempotency_key: str
) -> SendResult:
    """Creates a message. Only what failed before the request left may be tried again."""
    if not connection.get("account_sid"):
        return SendError("the connection has no account_sid: Twilio needs it to send", permanent=True)
    form: dict[str, Any] = {"From": inbound.own_number(connection), "To": part.to, "Body": part.text}
    if connection.inbound_url:
        form["StatusCallback"] = connection.inbound_url
    if part.data.get("media"):
        form["MediaUrl"] = list(part.data["media"])
    try:
        response = await request_capped(
            http, "POST", f"{_account_url(connection)}/Messages.json", limit=MAX_ANSWER, data=form,
            auth=_auth(connection),
        )  # fmt: skip
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return SendError(f"Twilio could not be reached: {str(error) or type(error).__name__}")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        return SendError(f"api_base is not a URL: {error}", permanent=True)
    except httpx.HTTPError as error:
        return OutcomeUnknown(f"the line to Twilio was cut after the request: {type(error).__name__}")
    return _result(response)


def _result(response: httpx.Response) -> SendResult:
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    if response.is_success:
        sid = answer.get("sid")
        if isinstance(sid, str) and sid:
            return Sent((sid,))
        return OutcomeUnknown(f"Twilio answered {response.status_code} without a sid")
    code = str(answer.get("code") or "")
    detail = f"Twilio {response.status_code}" + (f", {code}" if code else "")
    if answer.get("message"):
        detail += f": {str(answer['message'])[:300]}"
    if response.status_code in (429, 503) or code in RETRYABLE:
        return SendError(detail, retry_after=_seconds(response.headers.get("retry-after", "")))
    if response.status_code >= 500:  # it may have been taken before it broke, or by what stands behind a gateway
        return OutcomeUnknown(detail)
    return SendError(detail, permanent=True, dead_address=code in DEAD)


def _seconds(text: str) -> float | None:
    """Retry-After in seconds: a number, or a date (RFC 9110 §10.2.3); None when it is neither."""
    if text.isascii() and text.isdigit():
        return float(min(int(text), 86_400))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max((clock.from_datetime(moment) - clock.now()) / clock.SECOND, 0.0), 86_400.0)


def _account_url(connection: ConnectionInfo) -> str:
    base = connection.get("api_base", API_BASE).rstrip("/")
    return f"{base}/2010-04-01/Accounts/{quote(connection.get('account_sid'), safe='')}"


def _auth(connection: ConnectionInfo) -> tuple[str, str]:
    return connection.get("account_sid"), connection.get("auth_token")


async def check(connection: ConnectionInfo, http: httpx.AsyncClient) -> str:
    """Reads the account; a sentence when that fails."""
    if not connection.get("account_sid"):
        return "account_sid is missing: messages come in, but none can be sent."
    try:
        response = await request_capped(
            http, "GET", f"{_account_url(connection)}.json", limit=MAX_ANSWER, auth=_auth(connection)
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"Twilio could not be reached: {error}"
    if response.status_code in (401, 403, 404):
        return "Twilio refuses the account: compare account_sid and auth_token with its console."
    if not response.is_success:
        return f"Twilio answered {response.status_code}: try again later."
    try:
        status = response.json().get("status", "active")
    except (ValueError, AttributeError):
        return "What answers at api_base is not Twilio's API."
    return "" if status == "active" else f"The Twilio account is {status}."
