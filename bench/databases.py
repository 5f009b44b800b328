"""Databases of benchmarks: SQLite or PostgreSQL in a folder, kept filled between runs where a cache folder is named."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.peers.postgres import Postgres


def open_database(engine: str, folder: Path, filled: str) -> "Sqlite | Server":
    """The database of a house in ``folder``; with a cache, as it was left when it was filled with ``filled``."""
    cache = os.environ.get("RONDPOINT_BENCH_CACHE", "")
    kept = Path(cache).absolute() / f"{engine}-{filled}-{_shape()}" if cache and filled else None
    return (Server if engine == "postgresql" else Sqlite)(folder, kept)


class Sqlite:
    """A file in the home. ``had``: it came filled out of the cache."""

    url = ""

    def __init__(self, folder: Path, kept: Path | None):
        self._file = folder / "home" / "rondpoint.sqlite3"
        self._kept = kept
        self.had = bool(kept and kept.exists())

    def start(self) -> None:
        if self.had:
            self._file.parent.mkdir()
            _copy(self._kept, self._file)

    def hurry(self) -> None:
        """Filling need not wait for the disk; the connection that does it folds the WAL back itself: it is alone."""
        from django.db import connection

        with connection.cursor() as cursor:
            for pragma in ("synchronous=OFF", "wal_autocheckpoint=20000", "cache_size=-262144"):
                cursor.execute(f"PRAGMA {pragma}")

    def keep(self) -> None:
        """Puts the filled database into the cache."""
        from django.db import connections

        from rondpoint.lib import db

        connections.close_all()
        db.checkpoint(self._file)
        if self._kept:
            _into_cache(self._file, self._kept)

    def stop(self) -> None:
        """Nothing runs; the file goes with its folder."""


class Server:
    """A PostgreSQL server on a free port that waits for the disk as an operator's would."""

    def __init__(self, folder: Path, kept: Path | None):
        place = folder / "postgresql"
        place.mkdir()
        folder.chmod(0o755)  # the server is another user where we are root
        self._server = _Durable(place)
        self.url = self._server.url
        self._data = place / "data"
        self._kept = kept
        self.had = bool(kept and kept.exists())

    def start(self) -> None:
        if self.had:
            _copy(self._kept, self._data)
        else:
            self._server.create()
        self._server.begin()

    def hurry(self) -> None:
        """Nothing to be told: one transaction for thousands of rows is quick as it is."""

    def keep(self) -> None:
        """Has the planner count what was filled in, and puts a copy into the cache."""
        from django.db import connection, connections

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connections.close_all()
        if self._kept:
            self._server.end("fast")
            _into_cache(self._data, self._kept)
            self._server.begin()

    def stop(self) -> None:
        self._server.end("immediate")


class _Durable(Postgres):
    def create(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "rondpoint", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")

    def begin(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "120", "-l", self._folder / "log", "-o", options, "start")

    def end(self, mode: str) -> None:
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    @property
    def _data(self) -> Path:
        return self._folder / "data"


def _shape() -> str:
    """Changes with the generators: what is in the cache then no longer fits. New tables come to it by migration."""
    return hashlib.blake2b(Path(__file__).with_name("generate.py").read_bytes(), digest_size=5).hexdigest()


def _into_cache(source: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = kept.with_name(f"{kept.name}.{os.getpid()}")
    _copy(source, made)
    try:
        made.rename(kept)
    except OSError:  # somebody else was quicker
        shutil.rmtree(made, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)
