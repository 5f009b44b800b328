"""The roundabout reads without colour and is said in words."""

import pytest

from rondpoint.ui import roundabout

SPOKE = {"channel": "sms", "label": "SMS", "use": 0.5, "open": True, "last": False}


def spokes(*changes):
    return [SPOKE | change for change in changes]


def test_an_empty_ring_is_a_hub_that_says_so():
    drawn = roundabout.draw(28, [])
    assert drawn.count("<line") == 0
    assert 'aria-label="No channel yet"' in drawn


def test_use_is_thickness_and_a_shut_spoke_is_dotted():
    drawn = roundabout.draw(96, spokes({"use": 0.0}, {"use": 1.0}, {"open": False}))
    assert 'stroke-width="2.0" stroke-dasharray="none"' in drawn
    assert 'stroke-width="9.0" stroke-dasharray="none"' in drawn
    assert 'stroke-width="1.5" stroke-dasharray="1 4"' in drawn


def test_with_addresses_each_spoke_is_a_link_with_a_name_and_the_whole_a_group():
    drawn = roundabout.draw(96, spokes({"url": "#to"}, {"url": "#to", "open": False, "why": "refused <yesterday>"}))
    assert drawn.count('<a href="#to" data-channel="sms"') == 2
    assert 'role="group"' in drawn
    assert 'aria-label="SMS: refused &lt;yesterday&gt;"' in drawn


@pytest.mark.parametrize(("size", "glyphs"), [(28, 0), (96, 0), (200, 2)])
def test_only_the_large_ring_shows_glyphs(size, glyphs):
    assert roundabout.draw(size, spokes({}, {})).count("glyph") == glyphs
