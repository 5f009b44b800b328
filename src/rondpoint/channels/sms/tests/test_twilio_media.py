"""Twilio: the files of a message, the account's check, and answers that are not Twilio's."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from rondpoint.channels.contract import ConnectionInfo, Part, Raw, SendError
from rondpoint.channels.sms import twilio

CONNECTION = ConnectionInfo(
    id=1, public_id="c1", kind="sms", name="SMS", inbound_url="",
    settings={"number": "01 99 00 00 01", "auth_token": "token", "account_sid": "AC1"},
)  # fmt: skip
MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
STORE = "https://media.example.net/ME1"


def ask(call: Callable[[httpx.AsyncClient], Any], handle: Callable[[httpx.Request], httpx.Response]) -> Any:
    """What a call makes of the answers of ``handle``."""

    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as http:
            return await call(http)

    return asyncio.run(run())


def test_a_file_is_followed_to_where_it_lies_and_the_token_stays_with_twilio():
    asked: list[tuple[str, bool]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), "authorization" in request.headers))
        if request.url.host == "api.twilio.com":
            return httpx.Response(307, headers={"location": STORE})
        return httpx.Response(200, content=b"a picture")

    assert ask(lambda http: twilio.fetch_media(MEDIA, CONNECTION, http), handle) == b"a picture"
    assert asked == [(MEDIA, True), (STORE, False)]


def test_a_file_that_is_moved_for_ever_is_given_up():
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "/again"})

    with pytest.raises(httpx.TooManyRedirects):
        ask(lambda http: twilio.fetch_media(MEDIA, CONNECTION, http), handle)
    assert len(asked) == 3


def test_a_file_that_is_gone_is_an_error_and_not_its_page():
    with pytest.raises(httpx.HTTPStatusError):
        ask(lambda http: twilio.fetch_media(MEDIA, CONNECTION, http), lambda _: httpx.Response(404, text="gone"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"status": "active"}), ""),
        (httpx.Response(200, json={"status": "suspended"}), "suspended"),
        (httpx.Response(200, json=["a list"]), "not Twilio's API"),
        (httpx.Response(200, text="<html>"), "not Twilio's API"),
        (httpx.Response(401, json={}), "refuses the account"),
        (httpx.Response(500, json={}), "Twilio answered 500"),
        (httpx.ConnectError("no route"), "could not be reached: no route"),
    ],
)
def test_the_check_says_what_is_wrong_with_the_account(answer, said):
    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://api.twilio.com/2010-04-01/Accounts/AC1.json"
        if isinstance(answer, Exception):
            raise answer
        return answer

    told = ask(lambda http: twilio.check(CONNECTION, http), handle)
    assert said in told if said else told == ""


def test_the_check_says_that_an_account_is_missing():
    bare = replace(CONNECTION, settings={"auth_token": "token"})
    assert "account_sid is missing" in ask(lambda http: twilio.check(bare, http), lambda _: httpx.Response(500))


def test_nothing_is_sent_without_an_account_or_to_what_is_no_url():
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("no http")

    part = Part(to="+33199001234", text="Bonjour")
    for settings, reason in (
        ({"auth_token": "token"}, "account_sid"),
        ({"account_sid": "AC1", "auth_token": "token", "api_base": "ftp://example.com"}, "api_base is not a URL"),
    ):
        here = replace(CONNECTION, settings=settings)
        result = ask(lambda http, here=here: twilio.send(part, here, http, "1"), handle)
        assert isinstance(result, SendError)
        assert result.permanent
        assert reason in result.detail


def test_files_of_an_answer_go_where_twilio_may_fetch_them():
    forms = []

    def handle(request: httpx.Request) -> httpx.Response:
        forms.append(httpx.QueryParams(request.content.decode()))
        return httpx.Response(201, json={"sid": "SM1"})

    part = Part(to="+33199001234", text="", data={"media": ["https://example.com/1", "https://example.com/2"]})
    ask(lambda http: twilio.send(part, CONNECTION, http, "1"), handle)
    assert forms[0].get_list("MediaUrl") == ["https://example.com/1", "https://example.com/2"]
    assert "StatusCallback" not in forms[0]  # no address is known where receipts could come to


def test_when_to_try_again_is_read_as_seconds_or_as_a_date():
    def later(given: str) -> float | None:
        answer = httpx.Response(503, headers={"retry-after": given}, json=["not an object"])
        result = ask(
            lambda http: twilio.send(Part(to="+33199001234", text="x"), CONNECTION, http, "1"), lambda _: answer
        )
        assert isinstance(result, SendError)
        assert not result.permanent
        return result.retry_after

    assert later("7") == 7
    assert later("99999999") == 86_400
    assert later("soon") is None
    assert later(format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)) == 0
    assert 3000 < later(format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)) <= 3600


def form(text: str) -> Raw:
    return Raw(text.encode(), {}, "https://desk.example.com/in/c1", "POST", 1)


def test_a_file_without_a_kind_is_bytes_and_a_strange_kind_makes_no_strange_name():
    raw = form(
        "MessageSid=MM1&From=%2B33199001234&NumMedia=3&MediaUrl0=https%3A%2F%2Fexample.com%2F0"
        "&MediaUrl2=https%3A%2F%2Fexample.com%2F2&MediaContentType2=image%2F..%2Fx"
    )
    [message] = twilio.parse(raw, CONNECTION)
    assert [(file.name, file.content_type) for file in message.files] == [
        ("MM1-0.bin", "application/octet-stream"), ("MM1-2.bin", "image/../x"),
    ]  # fmt: skip
    assert message.account == "+33199000001"  # without To: our own number


@pytest.mark.parametrize(("text", "reason"), [("Body=x", "no MessageSid"), ("MessageSid=SM1&Body=x", "has no From")])
def test_a_form_that_names_no_message_or_nobody_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        twilio.parse(form(text), CONNECTION)


def test_the_signature_is_looked_for_only_in_a_form_that_was_posted():
    raw = replace(form("MessageSid=SM1"), headers={"x-twilio-signature": "x"})
    assert not twilio.verify(replace(raw, method="GET"), CONNECTION)
    assert not twilio.verify(replace(raw, body=b"&".join([b"a=1"] * 300)), CONNECTION)


def test_the_signature_may_be_over_the_address_with_its_port():
    for shown, signed in (
        ("https://desk.example.com:443/in", "https://desk.example.com/in"),
        ("https://desk.example.com/in", "https://desk.example.com:443/in"),
        ("http://[::1]:8000/in", "http://[::1]:8000/in"),
    ):
        raw = replace(form("MessageSid=SM1"), url=shown)
        given = twilio.signature("token", signed, {"MessageSid": ["SM1"]})
        assert twilio.verify(replace(raw, headers={"x-twilio-signature": given}), CONNECTION)
