"""The house stands: imports go down only, and rooms meet at their doors."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from rondpoint.channels import registry

SOURCE = Path(__file__).parents[2] / "src" / "rondpoint"
ROOMS = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
JOINERS = {"config", "demo"}  # the places that may open every door: they join rooms, or fill them for show
CELLARS = {"lib", "ui", "files", "jobs", "lake", "events"}  # rooms made to be used by all
DOORS = {
    "actions",
    "queries",
    "types",
    "models",  # rows are read by those above; writing goes through actions
    "contract",
    "registry",
    "connections",
    "deliveries",
    "handlers",
    "quarantine",
    "decorators",
    "api_auth",
    "idempotency",
    "rules",
}


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).parts
        if "tests" not in parts and "migrations" not in parts and len(parts) > 1:
            yield path, parts


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rondpoint."):
            names = node.module.split(".")
            for alias in node.names:
                yield [*names[1:], alias.name], node.lineno


def test_imports_go_down_only():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=SOURCE.parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_rooms_meet_at_their_doors():
    wrong = []
    for path, parts in modules():
        if parts[0] in JOINERS:
            continue
        for names, line in imports(path):
            room, door = names[0], names[1]
            if room != parts[0] and room not in CELLARS and door not in DOORS:
                wrong.append(f"{path.relative_to(SOURCE)}:{line} imports rondpoint.{room}.{door}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", registry.kinds())
def test_a_channel_is_one_folder_with_its_readme_and_tests(kind):
    folder = SOURCE / "channels" / kind
    assert (folder / "README.md").read_text().strip()
    assert list((folder / "tests").glob("test_*.py"))
    manifest = registry.get(kind).manifest
    assert manifest.kind == kind
    assert manifest.label and manifest.address_kind


def test_nobody_outside_asks_which_channel_it_is():
    """Kinds of channels are compared nowhere but in their own folders: what differs is in the contract."""
    wrong = []
    for path, parts in modules():
        if parts[0] in JOINERS | {"lib"} or parts[:2] in [("channels", kind) for kind in registry.kinds()]:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and "kind" in ast.dump(node.left):
                texts = {c.value for c in node.comparators if isinstance(c, ast.Constant)}
                if texts & {"email", "sms"}:
                    wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert not wrong, "\n".join(wrong)


def test_no_file_has_outgrown_one_sitting():
    long = {str(p.relative_to(SOURCE)): n for p, _ in modules() if (n := len(p.read_text().splitlines())) > 450}
    assert not long


def test_rules_and_types_know_neither_django_nor_io():
    wrong = []
    for path, parts in modules():
        if "rules" in parts or parts[-1] in ("rules.py",):
            text = path.read_text()
            if "django" in text.replace("Django", "") or "import socket" in text or "open(" in text:
                wrong.append(str(path.relative_to(SOURCE)))
    assert not wrong
