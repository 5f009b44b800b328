"""Twilio's webhooks and API: signatures, what the forms say, and each way a send can end."""

import asyncio
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from rondpoint.channels.contract import (
    Address,
    ConnectionInfo,
    Consent,
    FileIn,
    FileOut,
    MessageIn,
    MessageOut,
    OutcomeUnknown,
    Part,
    Raw,
    Refused,
    SendError,
    Sent,
)
from rondpoint.channels.sms import twilio
from rondpoint.channels.sms.channel import channel

PAYLOADS = Path(__file__).parent / "payloads"
URL = "https://desk.example.com/in/c1?x=1"
CONNECTION = ConnectionInfo(
    id=1, public_id="c1", kind="sms", name="SMS", inbound_url=URL,
    settings={"number": "01 99 00 00 01", "auth_token": "token", "account_sid": "AC1"},
)  # fmt: skip


def payload(name: str) -> Raw:
    return Raw((PAYLOADS / f"{name}.txt").read_bytes().strip(), {}, URL, "POST", 1_700_000_000_000_000)


def signed(raw: Raw, token: str = "token", url: str = URL) -> Raw:
    given = twilio.signature(token, url, twilio._fields(raw))
    return replace(raw, headers={"x-twilio-signature": given})


def test_the_published_vector() -> None:
    """The example of Twilio's security page (its own token, URL and parameters)."""
    fields = {
        "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"],
        "From": ["+14158675309"], "To": ["+18005551212"],
    }  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio.signature("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_signatures() -> None:
    raw = payload("message")
    good = signed(raw)
    assert channel.verify(good, CONNECTION)
    assert channel.verify(replace(good, url=URL.replace(".com/", ".com:443/")), CONNECTION)
    assert not channel.verify(raw, CONNECTION)
    assert not channel.verify(replace(good, body=good.body + b"&Extra=1"), CONNECTION)
    assert not channel.verify(replace(good, url=URL + "2"), CONNECTION)
    assert not channel.verify(replace(good, headers={"x-twilio-signature": "é"}), CONNECTION)
    assert not channel.verify(signed(raw, "other"), CONNECTION)
    assert not channel.verify(replace(good, body=b"&".join(b"a%d=1" % i for i in range(500))), CONNECTION)


def test_an_empty_secret_rejects() -> None:
    bare = replace(CONNECTION, settings={**CONNECTION.settings, "auth_token": ""})
    assert not channel.verify(signed(payload("message"), ""), bare)
    smpp = replace(CONNECTION, settings={**CONNECTION.settings, "provider": "smpp"})
    assert not channel.verify(signed(payload("message")), smpp)


def test_repeated_parameters_are_signed() -> None:
    raw = Raw(b"MessageSid=SM1&A=2&A=1&A=2", url=URL)
    assert twilio.signature("t", "u", {"A": ["2", "1", "2"]}) == twilio.signature("t", "u", {"A": ["1", "2"]})
    assert channel.verify(signed(raw), CONNECTION)
    assert not channel.verify(replace(signed(raw), body=b"MessageSid=SM1&A=2"), CONNECTION)


def test_a_message() -> None:
    raw = payload("message")
    sid = "SM00000000000000000000000000000001"
    assert channel.delivery_id(raw) == sid
    assert channel.parse(raw, CONNECTION) == [
        MessageIn(
            event_id=sid,
            at=raw.received,
            sender=Address("phone", "+33199001234", "", "provider"),
            account="+33199000001",
            text="Bonjour, où est ma commande ?",
            files=(FileIn(f"{sid}-0.jpeg", "image/jpeg", ref="https://api.example.com/Media/ME1"),),
            external_id=sid,
        )
    ]
    assert channel.acknowledgement(raw, CONNECTION) == (b"<Response></Response>", "text/xml")


def test_stop_is_consent_first_and_a_message_too() -> None:
    consent, message = channel.parse(payload("stop"), CONNECTION)
    assert isinstance(consent, Consent)
    assert (consent.action, consent.address.value) == ("stop", "+33199001234")
    assert message.text == "Arrêt."
    assert consent.event_id != message.event_id


def test_receipts() -> None:
    (delivered,) = channel.parse(payload("delivered"), CONNECTION)
    assert (delivered.state, delivered.permanent, delivered.error) == ("delivered", False, "")
    assert channel.delivery_id(payload("delivered")) == "SM00000000000000000000000000000003:delivered"
    (failed,) = channel.parse(payload("undelivered"), CONNECTION)
    assert (failed.state, failed.permanent, failed.error) == ("failed", True, "30005")


def test_what_is_no_form_is_refused_and_has_an_id() -> None:
    raw = Raw(b"\xff\x00{}", url=URL)
    assert channel.delivery_id(raw).startswith("sha256:")
    with pytest.raises(ValueError, match="MessageSid"):
        channel.parse(raw, CONNECTION)


def send(answer: httpx.Response | Exception) -> tuple[object, list[httpx.Request]]:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run() -> object:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
            return await channel.send(Part(to="+33199001234", text="Voilà"), CONNECTION, http, "k")

    return asyncio.run(run()), asked


def test_send() -> None:
    result, (request,) = send(httpx.Response(201, json={"sid": "SM9"}))
    assert result == Sent(("SM9",))
    assert str(request.url) == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert request.headers["authorization"] == "Basic QUMxOnRva2Vu"
    form = dict(httpx.QueryParams(request.content.decode()))
    assert form == {"From": "+33199000001", "To": "+33199001234", "Body": "Voilà", "StatusCallback": URL}


@pytest.mark.parametrize(
    ("answer", "permanent", "dead", "after"),
    [
        (httpx.Response(429, headers={"retry-after": "7"}, json={"code": 20429}), False, False, 7.0),
        (httpx.Response(503, text="oops"), False, False, None),
        (httpx.Response(400, json={"code": 21610, "message": "opted out"}), True, False, None),
        (httpx.Response(400, json={"code": 21211}), True, True, None),
        (httpx.Response(400, json={"code": 21614}), True, True, None),
        (httpx.Response(401, json=[]), True, False, None),
        (httpx.ConnectError("refused"), False, False, None),
        (httpx.ConnectTimeout("slow"), False, False, None),
    ],
)
def test_refusals(
    answer: httpx.Response | Exception, permanent: bool, dead: bool, after: float | None
) -> None:
    result, _ = send(answer)
    assert isinstance(result, SendError)
    assert (result.permanent, result.dead_address, result.retry_after) == (permanent, dead, after)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.Response(201, text="?"),
    ],
)
def test_nobody_knows(answer: httpx.Response | Exception) -> None:
    assert isinstance(send(answer)[0], OutcomeUnknown)


def test_render() -> None:
    message = MessageOut(id="m", to=Address("phone", "+33199001234"), text="a" * 161)
    (part,) = channel.render(message, CONNECTION)
    assert (part.segments, part.text) == (2, "a" * 161)
    assert channel.render(replace(message, text=" "), CONNECTION).reason == "empty"
    assert channel.render(replace(message, text="a" * 1531), CONNECTION).reason == "too_long"
    assert isinstance(channel.render(replace(message, to=Address("phone", "")), CONNECTION), Refused)
    file = FileOut("a.pdf", "application/pdf", "00", url="https://desk.example.com/f/1")
    (part,) = channel.render(replace(message, files=(file,)), CONNECTION)
    assert part.data == {"media": [file.url]}
    smpp = replace(CONNECTION, settings={**CONNECTION.settings, "provider": "smpp"})
    parts = channel.render(replace(message, text="Voici", files=(file,)), smpp)
    assert [part.text for part in parts] == [f"Voici\n{file.url}"]


def test_settings() -> None:
    good = {"provider": "twilio", "number": "+33199000001", "auth_token": "x"}
    assert channel.check_settings(good) == {}
    assert set(channel.check_settings({"provider": "twilio", "number": "12"})) == {"auth_token", "number"}
    assert set(channel.check_settings({"provider": "smpp", "number": "38123"})) == {
        "host", "port", "system_id", "password",
    }  # fmt: skip
    assert "provider" in channel.check_settings({**good, "provider": "pigeon"})
    assert channel.account(CONNECTION) == "+33199000001"
    assert channel.normalize_address("01 99 00 12 34", CONNECTION) == "+33199001234"
