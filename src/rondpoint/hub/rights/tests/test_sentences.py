"""For what an erasure waits is told in the reader's language."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from rondpoint.hub.rights import sentences, working

ROOM = Path(working.__file__).parent
SAID = [
    working.NO_SECRET,
    *re.findall(r'NotYet\(f?"(?:\{[\w.]+\}: )?([^"{]+)"\)', "".join(path.read_text() for path in ROOM.glob("*.py"))),
]


def test_what_the_room_can_say_was_found():
    assert len(SAID) == 4


@pytest.mark.parametrize("said", SAID)
def test_each_sentence_is_told_in_french(said):
    with translation.override("fr"):
        told = sentences.waiting(f"sending: {said}")
    assert told.startswith("sending: ")
    assert said not in told
    with translation.override("en"):
        assert sentences.waiting(said) == said
