"""The icon set: every icon that a screen names exists, and each is drawn on the 20 px grid."""

import re
from pathlib import Path

import pytest

from rondpoint.ui import colours
from rondpoint.ui.icons import CHANNELS, ICONS

SOURCE = Path(__file__).parents[2]
NAMED = re.compile(r"""\{% icon ["']([a-z-]+)["']""")


def test_every_icon_that_a_screen_names_exists():
    missing = {
        f"{page.name}: {name}"
        for page in SOURCE.rglob("*.html")
        for name in NAMED.findall(page.read_text())
        if name not in ICONS
    }
    assert missing == set()


def test_every_channel_has_a_glyph_and_a_colour():
    assert set(CHANNELS) == set(colours.CHANNELS)


@pytest.mark.parametrize("name", ICONS)
def test_each_is_drawn_on_the_grid(name):
    assert re.fullmatch(r"[MmLlHhVvCcSsQqAaZz0-9 .,-]+", ICONS[name])
    starts = re.findall(r"M(-?[\d.]+)[ ,](-?[\d.]+)", ICONS[name])
    assert starts
    assert all(0 <= float(x) <= 20 and 0 <= float(y) <= 20 for x, y in starts)
