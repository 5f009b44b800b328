"""Files that a provider only names: fetched, stored, and never a reason to lose the message."""

import httpx
import pytest
from msgspec.structs import replace

from rondpoint.channels import reading
from rondpoint.channels.contract import Address, ConnectionInfo, FileIn, Ignored, MessageIn, Raw
from rondpoint.channels.sms.channel import SmsChannel
from rondpoint.files import queries as stored
from rondpoint.lib.http import TooLarge

CONNECTION = ConnectionInfo(
    id=1, public_id="c1", kind="sms", name="SMS",
    settings={"number": "+33199000001", "auth_token": "token", "account_sid": "AC1", "provider": "twilio"},
)  # fmt: skip


@pytest.fixture
def provider(monkeypatch):
    """What is asked of the provider; ``answers[ref]`` is what it says."""
    answers, asked = {}, []

    async def fetch(self, ref, connection, http):
        asked.append(ref)
        if isinstance(answers[ref], Exception):
            raise answers[ref]
        return answers[ref]

    monkeypatch.setattr(SmsChannel, "fetch_media", fetch)
    return answers, asked


def content(read):
    """What is on disk of the files of the first item."""
    return [stored.read(sha256) for sha256, _ in read.files[0]]


def message():
    raw = Raw(
        b"MessageSid=MM1&From=%2B33199001234&Body=Look&NumMedia=2"
        b"&MediaUrl0=https%3A%2F%2Fexample.com%2F0&MediaContentType0=image%2Fpng"
        b"&MediaUrl1=https%3A%2F%2Fexample.com%2F1&MediaContentType1=image%2Fpng",
        {}, "https://desk.example.com/in/c1", "POST", 1,
    )  # fmt: skip
    return reading.parse(raw, CONNECTION)


def test_files_are_fetched_stored_and_let_go(provider):
    answers, asked = provider
    answers.update({"https://example.com/0": b"first", "https://example.com/1": b"second"})
    read = reading.complete(message(), CONNECTION)
    assert asked == list(answers)
    assert content(read) == [b"first", b"second"]
    assert [size for _, size in read.files[0]] == [5, 6]
    assert [file.content for file in read.items[0].files] == [b"", b""]
    assert [file.name for file in read.items[0].files] == ["MM1-0.png", "MM1-1.png"]


@pytest.mark.parametrize("error", [httpx.ConnectError("gone"), httpx.InvalidURL("no"), TooLarge("big")])
def test_a_file_that_cannot_be_had_becomes_a_note_and_the_others_arrive(provider, error):
    answers, _ = provider
    answers.update({"https://example.com/0": error, "https://example.com/1": b"second"})
    read = reading.complete(message(), CONNECTION)
    assert content(read) == [f"https://example.com/0: {type(error).__name__}".encode(), b"second"]
    lost, kept = read.items[0].files
    assert (lost.name, lost.content_type) == ("MM1-0.png.txt", "text/plain")
    assert (kept.name, kept.content_type) == ("MM1-1.png", "image/png")


def test_what_came_with_the_message_is_not_asked_for(provider):
    answers, asked = provider
    answers["r"] = b"fetched"
    item = MessageIn("m1", 1, Address("phone", "+33199001234"), "+33199000001")
    here, named = FileIn("a.txt", "text/plain", content=b"here", ref="known"), FileIn("", "image/png", ref="r")
    both = reading.complete([replace(item, files=(here, named))], CONNECTION)
    assert content(both) == [b"here", b"fetched"]
    assert asked == ["r"]
    reading.complete([replace(item, files=(here,))], CONNECTION)
    assert asked == ["r"]


def test_what_is_no_message_has_no_files(provider):
    assert reading.complete([Ignored("nothing new")], CONNECTION) == reading.Read([Ignored("nothing new")], [()])
