"""Connect screens are made out of manifests, and every word of theirs can be translated."""

import pytest

from rondpoint.channels import registry
from rondpoint.channels.labels import WORDS


@pytest.mark.parametrize("channel", registry.every(), ids=lambda channel: channel.manifest.kind)
def test_every_word_of_a_connect_screen_is_listed(channel):
    said = {channel.manifest.label}
    for setting in channel.manifest.settings:
        said |= {setting.label, setting.help} - {""}
    assert said - WORDS == set()
