"""Nothing on a screen is left in the other language."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

SOURCE = Path(__file__).parents[2] / "src" / "rondpoint"
HOLES = re.compile(r"%\([a-z_]+\)[sd]|\{\{? ?[a-z_.]+ ?\}\}?")


@pytest.mark.parametrize("room", ["ui", "demo"])
def test_every_text_is_translated_with_its_holes(room):
    with (SOURCE / room / "locale" / "fr" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    entries = [entry for entry in catalogue if entry.id]
    assert len(entries) > 40
    for entry in entries:
        source = entry.id if isinstance(entry.id, str) else entry.id[1]
        texts = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        assert texts and all(texts), f"no French for {entry.id!r}"
        assert not entry.fuzzy, f"a guess stands for {entry.id!r}"
        assert sorted(HOLES.findall(texts[-1])) == sorted(HOLES.findall(source)), entry.id
