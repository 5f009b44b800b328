"""``python -m tests.operations.schemas.write``: keeps what the version at hand writes, once for each release.

Makes ``VERSION.backup``, a house with rows in every table as this version keeps it, and notes the sums of its
migrations in ``released.json``. Run it when a version is released, and never again for that version: from then on
both are promises.
"""

import hashlib
import importlib
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
RELEASED = FOLDER / "released.json"
# The name of the machine is nobody's business.
BACKUP = (
    "import socket; socket.gethostname = lambda: 'release'; import django; django.setup(); "
    "from rondpoint.config.cli import main; main(['backup', {!r}])"
)


def released() -> dict[str, dict[str, str]]:
    """By version the migrations it brought: {"app.name": SHA-256 of the file}."""
    return json.loads(RELEASED.read_text()) if RELEASED.exists() else {}


def present() -> dict[str, str]:
    """The migrations of our rooms as they are on disk."""
    from django.apps import apps

    found = {}
    for app in apps.get_app_configs():
        if app.name.startswith("rondpoint."):
            folder = Path(importlib.import_module(app.name).__file__).parent / "migrations"
            for path in sorted(folder.glob("0*.py")):
                found[f"{app.label}.{path.stem}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def main() -> None:
    import django

    django.setup()
    from tests.operations.homes import ROOT, Home

    name = version("rondpoint")
    known = {migration for other, sums in released().items() if other != name for migration in sums}
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.build()
        program = BACKUP.format(str(FOLDER / f"{name}.backup"))
        environment = {**home.environment, "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings"}
        subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=True)
    sums = {migration: sha256 for migration, sha256 in present().items() if migration not in known}
    RELEASED.write_text(json.dumps(released() | {name: sums}, indent=2) + "\n")


if __name__ == "__main__":
    import os

    _home = tempfile.TemporaryDirectory()
    os.environ.update(RONDPOINT_HOME=_home.name, DJANGO_SETTINGS_MODULE="rondpoint.config.settings")
    main()
