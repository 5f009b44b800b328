"""What we build on may be passed on with an Apache-2.0 product: each locked package names its licence."""

import re
from importlib import metadata

import pytest
from tests.peers.house import ROOT

LOCKED = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF)\b")
# Used as they are and not changed, which is what these ask for.
UNCHANGED = {"certifi": "MPL", "psycopg": "LGPL", "psycopg-binary": "LGPL"}


def licence(name: str) -> str:
    """As the package itself says it."""
    said = metadata.metadata(name)
    classes = [each.rpartition("::")[2] for each in said.get_all("Classifier") or [] if each.startswith("License")]
    return said.get("License-Expression") or " ".join([*classes, (said.get("License") or "")[:80]]).strip()


def test_the_lock_is_read():
    assert len(LOCKED) > 50 and {"django", "typst", "psycopg"} <= set(LOCKED)


@pytest.mark.parametrize("name", LOCKED)
def test_it_may_be_passed_on(name):
    said = licence(name)
    if name in UNCHANGED:
        assert UNCHANGED[name] in said
    else:
        assert PERMISSIVE.search(said) and not re.search(r"(?<!L)GPL", said), f"{name}: {said or 'says nothing'}"
        assert "LGPL" not in said, f"{name}: {said}; name it among those that are not changed"
