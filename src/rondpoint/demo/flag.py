"""Whether this home is the demo company's: a file in it says so, and nothing under ``/demo`` exists without it."""

import json
from pathlib import Path

from django.conf import settings

NAME = "demo.json"


def path(home: Path | None = None) -> Path:
    """The file that makes a home a demo home."""
    return (home or settings.RONDPOINT_HOME) / NAME


def is_demo() -> bool:
    """Is this home the demo company's?"""
    return path().exists()


def read() -> dict:
    """What the demo remembers about itself: ``smtp_port`` and the like. Empty when this is no demo."""
    try:
        return json.loads(path().read_text())
    except FileNotFoundError:
        return {}


def write(values: dict) -> None:
    """Remembers; replaced as a whole, so that a reader never sees half of it."""
    part = path().with_suffix(".part")
    part.write_text(json.dumps(values))
    part.replace(path())
