"""The chat channel's own promises."""

import gzip
import json
from pathlib import Path

import pytest

import rondpoint.channels.chat
from rondpoint.channels.chat.channel import channel
from rondpoint.channels.contract import Address, ConnectionInfo, MessageOut, Raw, Refused

WIDGET = Path(rondpoint.channels.chat.__file__).parent / "widget" / "widget.js"
INFO = ConnectionInfo(1, "public", "chat", "Chat", {})


def message(text):
    return MessageOut("id", Address("chat", "anon:1"), text)


def test_the_widget_weighs_at_most_15_kb_with_its_style():
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= 15_000


def test_the_widget_never_makes_markup_of_words_and_prints_nothing():
    source = WIDGET.read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "console."):
        assert forbidden not in source


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"origins": "https://shop.example.com"}, None),
        ({"origins": "https://shop.example.com, http://127.0.0.1:8000"}, None),
        ({"origins": "*"}, None),
        ({}, "origins"),
        ({"origins": "shop.example.com"}, "origins"),
        ({"origins": "https://shop.example.com/page"}, "origins"),
        ({"origins": "https://shop.example.com", "secret": "short"}, "secret"),
        ({"origins": "https://shop.example.com", "colour": "#0b5cab"}, None),
        ({"origins": "https://shop.example.com", "colour": "blue; x"}, "colour"),
    ],
)
def test_settings_are_checked_with_the_place_named(settings, problem):
    assert list(channel.check_settings(settings)) == ([problem] if problem else [])


def test_a_message_has_a_limit_and_must_say_something():
    assert channel.render(message("Bonjour"), INFO)[0].text == "Bonjour"
    assert channel.render(message("  "), INFO) == Refused("empty")
    assert channel.render(message("x" * 20_001), INFO).reason == "too_long"


def test_a_stored_message_is_read_again_as_it_was_applied():
    said = {"session": 7, "profile": "anon:1", "client_id": "c1", "text": "Bonjour", "files": []}
    raw = Raw(json.dumps(said).encode(), received=5)
    assert channel.delivery_id(raw) == "7:c1"
    [item] = channel.parse(raw, INFO)
    assert (item.event_id, item.text, item.sender.value, item.at) == ("chat:7:c1", "Bonjour", "anon:1", 5)


def test_nobody_posts_to_the_chat_from_outside():
    assert not channel.verify(Raw(b"{}"), INFO)
