"""A home whose commands are run as an operator runs them, and whose rows are read past all of the product's code."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import override_settings

from rondpoint.lib import db
from tests.peers.house import COMMAND, ROOT, free_port, wait_for

# Who runs what, and in which order facts were written, holds for one house only.
OF_THE_MOMENT = {("jobs_lease", "until"), ("events_event", "transaction")}


class Home:
    """A home in ``folder``/home, on SQLite unless ``database_url`` is given."""

    def __init__(self, folder: Path, database_url: str = ""):
        self.folder, self.database_url = folder, database_url
        self.path = folder / "home"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        usual = {k: v for k, v in os.environ.items() if not k.startswith(("RONDPOINT_", "DJANGO_", "DATABASE_"))}
        self.environment = {
            **usual,
            "RONDPOINT_HOME": str(self.path),
            "RONDPOINT_PORT": str(self.port),
            "RONDPOINT_URL": "http://127.0.0.1:8000",  # the same for every home, so that answers can be compared
            "RONDPOINT_LMTP_PORT": str(free_port()),
            "RONDPOINT_ALLOW_PRIVATE": "1",
            **({"DATABASE_URL": database_url} if database_url else {}),
        }

    def copy_of(self, other: "Home") -> "Home":
        """Takes over what is in a home on SQLite that is not running."""
        shutil.copytree(other.path, self.path)
        return self

    def build(self) -> dict:
        """Fills it with rows in every table; what :mod:`tests.operations.building` says."""
        command = [sys.executable, "-m", "tests.operations.building"]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *arguments: object) -> str:
        """What a ``rondpoint`` command prints; it has to succeed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: object) -> str:
        """What a ``rondpoint`` command says that has to fail: one sentence and no traceback."""
        done = self.attempt(*arguments)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.startswith("rondpoint: ") and "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def attempt(self, *arguments: object) -> subprocess.CompletedProcess:
        """Runs a ``rondpoint`` command."""
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )

    @contextlib.contextmanager
    def desk(self):
        """The screens and the API alone: nobody works anything off meanwhile."""
        with open(self.folder / "desk.log", "ab") as log:
            process = subprocess.Popen([*COMMAND, "desk"], env=self.environment, stdout=log, stderr=log, cwd=ROOT)
        try:
            wait_for(self._is_ready, 90, f"{self.url}/readyz; see {self.folder / 'desk.log'}")
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)

    def rows(self) -> dict[str, dict]:
        """Every row of every table: {table: {key: {column: value}}}, values as Python has them on either engine."""
        with contextlib.closing(self._connect()) as handle:
            return {
                model._meta.db_table: self._table(handle, model)
                for model in apps.get_models(include_auto_created=True)
                if model._meta.managed
            }

    def query(self, statement: str) -> list[tuple]:
        """The rows of a query."""
        with contextlib.closing(self._connect()) as handle:
            return handle.execute(statement).fetchall()

    def change(self, statement: str) -> None:
        """Changes rows past all of the product's code."""
        with contextlib.closing(self._connect()) as handle:
            handle.execute(statement)
            handle.commit()

    def contents(self) -> dict[str, bytes]:
        """Every stored content by its name."""
        return {path.name: path.read_bytes() for path in (self.path / "files").glob("??/*")}

    @contextlib.contextmanager
    def inside(self):
        """Here this process itself is in the home, which lies on SQLite: what is called works on it."""
        usual = {name: connection.settings_dict[name] for name in ("NAME", "OPTIONS")}
        connection.close()
        connection.settings_dict.update(
            NAME=self.path / "rondpoint.sqlite3", OPTIONS={"init_command": db.connection_pragmas()}
        )
        db.configure(self.path / "run" / "turnstile")
        kept = {name: os.environ.pop(name, None) for name in ("RONDPOINT_SECRET",)}
        if given := self.environment.get("RONDPOINT_SECRET"):
            os.environ["RONDPOINT_SECRET"] = given
        try:
            with override_settings(RONDPOINT_HOME=self.path, SECRET_KEY=given or (self.path / "secret").read_text()):
                yield
        finally:
            os.environ.pop("RONDPOINT_SECRET", None)
            os.environ.update({name: value for name, value in kept.items() if value is not None})
            connection.close()
            connection.settings_dict.update(usual)
            db.configure(settings.RONDPOINT_HOME / "run" / "turnstile")

    def _connect(self):
        if self.database_url:
            return psycopg.connect(self.database_url)
        return sqlite3.connect(self.path / "rondpoint.sqlite3")

    def _table(self, handle, model) -> dict:
        fields = model._meta.local_concrete_fields
        columns = ", ".join(f'"{field.column}"' for field in fields)
        rows = {}
        for row in handle.execute(f'SELECT {columns} FROM "{model._meta.db_table}"').fetchall():
            values = {field.column: _plain(field, value) for field, value in zip(fields, row, strict=True)}
            for table, column in OF_THE_MOMENT:
                if table == model._meta.db_table:
                    values[column] = 0
            rows[values[model._meta.pk.column]] = values
        return rows

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        return False


def _plain(field, value):
    while field.related_model:
        field = field.target_field
    kind = field.get_internal_type()
    if value is None:
        return None
    if kind == "JSONField":
        return json.loads(value) if isinstance(value, str) else value
    if kind == "UUIDField":
        return value.hex if isinstance(value, uuid.UUID) else value
    if kind == "BooleanField":
        return bool(value)
    if kind == "DateTimeField":
        return str(value)[:26].removesuffix("+00:00")
    return bytes(value) if isinstance(value, memoryview) else value
