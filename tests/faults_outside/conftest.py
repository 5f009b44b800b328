"""The house on a disk of the test's making, and those who talk to it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.faults_outside.talkers import furnish, move_in
from tests.peers.house import House

SOURCES = Path(__file__).parent / "preload"


@pytest.fixture(scope="session")
def outside(tmp_path_factory) -> Path:
    """The library that stands between the house and its disk, compiled."""
    return compiled("outside", tmp_path_factory.mktemp("preload"))


@pytest.fixture(scope="session")
def wrong_clock(tmp_path_factory) -> Path:
    """The library that stands between a process and its wall clock, compiled."""
    return compiled("clock", tmp_path_factory.mktemp("preload"))


def compiled(name: str, folder: Path) -> Path:
    """A library of ``preload`` for LD_PRELOAD."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "a C compiler is missing; on Debian: apt-get install gcc libc6-dev"
    library = folder / f"{name}.so"
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter"]
    subprocess.run([compiler, *options, "-o", library, SOURCES / f"{name}.c", "-ldl", "-lpthread"], check=True)
    return library


class Furnished:
    """A house with its connections and tables, never started; each test moves into a copy."""

    def __init__(self, folder: Path):
        self._house = furnish(House(folder))

    def copy_to(self, folder: Path) -> House:
        """A house in ``folder``, ready to start."""
        shutil.copytree(self._house.folder / "home", folder / "home", ignore=shutil.ignore_patterns("*.wake"))
        return move_in(House(folder), self._house)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory) -> Furnished:
    return Furnished(tmp_path_factory.mktemp("furnished"))
