"""A telephone company in small: it speaks Twilio's dialect with the house, in both directions, over HTTP."""

import base64
import hmac
import secrets
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings

from rondpoint.channels import connections
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.demo.models import PhoneItem
from rondpoint.lib import clock
from rondpoint.lib.db import write

ACCOUNT = "ACdemo00000000000000000000000000"
REPORT_AFTER = clock.SECOND
TIMEOUT = 10.0


class NotTaken(Exception):
    """The house did not take what the phone sent; the message says what it answered."""


def line() -> ConnectionInfo:
    """The house's SMS connection. Raises NotTaken when there is none."""
    row = connections.first("sms", None)
    if row is None:
        raise NotTaken("there is no SMS connection")
    return connections.info(row)


def send(owner: str, text: str) -> PhoneItem:
    """The phone ``owner`` sends an SMS: a signed webhook to the house. Raises NotTaken."""
    connection, sid = line(), _sid()
    number = connection.get("number").replace(" ", "")
    _post(
        connection,
        {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT,
            "From": owner,
            "To": number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        },
    )
    with write():
        return PhoneItem.objects.create(
            app="sms", direction="out", owner=owner, peer=number, text=text, external_id=sid
        )


def take(sender: str, to: str, text: str) -> PhoneItem:
    """The house hands an SMS over; the phone of ``to`` has it, and the report follows."""
    now = clock.now()
    with write():
        return PhoneItem.objects.create(
            app="sms",
            direction="in",
            owner=to,
            peer=sender,
            peer_name="Maison Hirondelle",
            text=text,
            external_id=_sid(),
            at=now,
            report_due=now + REPORT_AFTER,
        )


def report_due() -> int:
    """Reports what was delivered, by signed status callbacks; how many."""
    due = list(PhoneItem.objects.filter(report_due__lte=clock.now()).order_by("id")[:50])
    for item in due:
        _post(
            line(),
            {
                "MessageSid": item.external_id,
                "SmsSid": item.external_id,
                "AccountSid": ACCOUNT,
                "MessageStatus": "delivered",
                "SmsStatus": "delivered",
                "To": item.owner,
                "From": item.peer,
            },
        )
        with write():
            PhoneItem.objects.filter(id=item.id).update(report_due=None)
    return len(due)


def _post(connection: ConnectionInfo, fields: dict[str, str]) -> None:
    """Posts to the loopback side of the webhook's public address; that public address is what is signed."""
    signed = _signature(connection.get("auth_token"), connection.inbound_url, fields)
    url = f"http://127.0.0.1:{settings.ENVIRONMENT.port}{urlsplit(connection.inbound_url).path}"
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = httpx.post(url, content=urlencode(fields), headers=headers, timeout=TIMEOUT, trust_env=False)
    except httpx.HTTPError as error:
        raise NotTaken(f"the house does not answer: {type(error).__name__}") from error
    if not answer.is_success:
        raise NotTaken(f"the house answered {answer.status_code}")


def _signature(token: str, url: str, fields: dict[str, str]) -> str:
    """https://www.twilio.com/docs/usage/security#validating-requests, written apart from the one that checks it."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def _sid() -> str:
    return f"SM{secrets.token_hex(16)}"
