"""The tags of the design system."""

import re

from rondpoint.lib import clock
from rondpoint.ui.templatetags import ui

SPOKES = [
    {"channel": "chat", "label": "Chat", "use": 1.0, "open": True, "last": True},
    {"channel": "sms", "label": "<b>", "use": 0.0, "open": False, "last": False},
]


def test_the_ring_draws_one_spoke_a_channel_and_marks_the_last():
    drawn = ui.ring(96, SPOKES)
    assert drawn.count("<line") == 2
    assert drawn.count('class="last"') == 1
    assert 'stroke-width="9.0"' in drawn
    assert 'stroke-dasharray="1 4"' in drawn


def test_the_ring_speaks_and_escapes_its_labels():
    drawn = ui.ring(28, SPOKES)
    spoken = re.search(r'aria-label="([^"]+)"', drawn).group(1)
    assert spoken.startswith("Chat: ")
    assert "used last" in spoken
    assert "&lt;b&gt;" in spoken


def test_an_icon_without_a_label_is_silent():
    assert 'aria-hidden="true"' in ui.icon("inbox")
    assert 'aria-label="Inbox"' in ui.icon("inbox", "Inbox")


def test_waiting_warms_and_then_is_late():
    now = clock.now()
    assert ui.warmth(now - clock.MINUTE) == ""
    assert ui.warmth(now - 6 * clock.MINUTE) == "warm"
    assert ui.warmth(now - 31 * clock.MINUTE) == "late"
    assert ui.warmth(None) == ""


def test_a_time_is_exact_on_hover():
    said = ui.when(clock.now() - 400 * clock.DAY)
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT', said)
    assert re.search(r'title="[^"]*\d\d:\d\d:\d\d', said)
