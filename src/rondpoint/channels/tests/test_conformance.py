"""What every channel promises, asked of each one in the registry."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rondpoint.channels import registry
from rondpoint.channels.contract import Address, ConnectionInfo, MessageOut, Part, Raw, Refused
from rondpoint.lib import addresses, clock

KINDS = registry.kinds()
ADDRESSES = {"email": "awa@example.org", "phone": "+33199000123", "chat": "anon:1"}


def bare(kind, **values):
    return ConnectionInfo(1, "public", kind, "Test", values)


def usable(kind):
    """A connection with every required setting filled in the simplest way that holds."""
    examples = {
        "chat": {"origins": "https://shop.example.com"},
        "email": {"address": "bonjour@hirondelle.example.com"},
        "sms": {"provider": "twilio", "number": "+33199001000", "auth_token": "x" * 32},
    }
    values = examples[kind]
    assert registry.get(kind).check_settings(values) == {}
    return bare(kind, **values)


def message(kind, text):
    address_kind = registry.get(kind).manifest.address_kind
    return MessageOut(
        "01a20561-d0c8-75c3-b958-8f9bad0058da", Address(address_kind, ADDRESSES[address_kind]), text, at=1
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_says_what_people_need(kind):
    manifest = registry.get(kind).manifest
    names = [field.name for field in manifest.settings]
    assert len(names) == len(set(names))
    assert all(field.label for field in manifest.settings)
    assert any(field.required for field in manifest.settings)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_secret_nothing_is_believed(kind):
    channel = registry.get(kind)
    forged = {"x-twilio-signature": "", "authorization": "Basic Og=="}
    for headers in ({}, forged):
        assert not channel.verify(Raw(b"a=b", headers, "https://rp.example.com/in/x/y"), bare(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_missing_and_unknown_settings_are_named(kind):
    channel = registry.get(kind)
    required = {field.name for field in channel.manifest.settings if field.required}
    assert required <= set(channel.check_settings({}))
    assert "surprise" in channel.check_settings({"surprise": "x"})


@pytest.mark.parametrize("kind", KINDS)
def test_rendering_is_deterministic_and_refuses_what_cannot_go(kind):
    channel, connection = registry.get(kind), usable(kind)
    parts = channel.render(message(kind, "Bonjour"), connection)
    assert parts and all(isinstance(part, Part) for part in parts)
    assert parts == channel.render(message(kind, "Bonjour"), connection)
    assert isinstance(channel.render(message(kind, ""), connection), Refused)
    assert [part.index for part in parts] == list(range(len(parts)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if registry.get(kind).manifest.text_limit])
def test_a_text_beyond_the_limit_is_refused_with_the_reason(kind):
    channel = registry.get(kind)
    refused = channel.render(message(kind, "x" * (channel.manifest.text_limit + 1)), usable(kind))
    assert isinstance(refused, Refused) and refused.reason == "too_long"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if registry.get(kind).manifest.address_kind != "chat"])
def test_addresses_have_one_form_and_nonsense_is_refused(kind):
    channel, connection = registry.get(kind), usable(kind)
    known = ADDRESSES[channel.manifest.address_kind]
    assert channel.normalize_address(f" {known.upper()} ", connection) == known
    with pytest.raises(addresses.BadAddress):
        channel.normalize_address("nobody at all", connection)


@pytest.mark.parametrize("kind", KINDS)
def test_whether_we_may_write_depends_on_nothing_but_the_times(kind):
    channel, now = registry.get(kind), 10 * clock.DAY
    assert channel.reply_policy(now - clock.HOUR, now).allowed
    assert channel.reply_policy(None, now) == channel.reply_policy(None, now)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not registry.get(kind).manifest.isolate_parse])
@settings(max_examples=60, deadline=None)
@given(
    body=st.binary(max_size=200),
    content_type=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded"]),
)
def test_whatever_comes_in_is_read_or_refused_and_never_breaks(kind, body, content_type):
    channel = registry.get(kind)
    raw = Raw(body, {"content-type": content_type}, "https://rp.example.com/in/x/y", received=1)
    for read in (channel.delivery_id, lambda raw: channel.parse(raw, usable(kind))):
        try:
            read(raw)
        except ValueError:
            pass
