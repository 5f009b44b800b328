"""The product itself as a process tree, for journeys: own home, free ports, stopped by pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "rondpoint.config.cli"]


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds: float = 20.0, what: str = ""):
    """Waits until ``condition()`` is true and returns its value; AssertionError otherwise."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"nothing within {seconds} s: {what or condition}"
        time.sleep(0.05)


def own_database(url: str) -> str:
    """The address of a new database on the server of another: two houses in one would take each other's leases."""
    import psycopg

    name = f"house_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


class House:
    """``rondpoint up`` in a folder of the test's own."""

    def __init__(self, folder: Path, mode: str = "--empty"):
        self.folder = folder
        self.mode = mode
        self.port, self.lmtp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("RONDPOINT_", "DJANGO_"))},
            "RONDPOINT_HOME": str(folder / "home"),
            "RONDPOINT_PORT": str(self.port),
            "RONDPOINT_URL": self.url,
            "RONDPOINT_LMTP_PORT": str(self.lmtp_port),
            "RONDPOINT_ALLOW_PRIVATE": "1",
        }
        if os.environ.get("DATABASE_URL"):
            self.environment["DATABASE_URL"] = own_database(os.environ["DATABASE_URL"])
        self.process: subprocess.Popen | None = None
        self.key = ""

    def start(self) -> "House":
        """Starts all roles and waits until they are ready."""
        with open(self.folder / "house.log", "ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "up", self.mode], env=self.environment, stdout=log, stderr=log, cwd=ROOT
            )
        wait_for(self._ready, 60, f"{self.url}/readyz; see {self.folder / 'house.log'}")
        return self

    def stop(self) -> int:
        """Stops it as an operator would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def run(self, *arguments: str, stdin: str = "") -> str:
        """What a ``rondpoint`` command prints."""
        done = subprocess.run(
            [*COMMAND, *arguments], env=self.environment, input=stdin, capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def connect(self, channel: str, name: str, **settings: object) -> dict:
        """Adds a connection; its id and inbound_url."""
        pairs = [f"{key}={value}" for key, value in settings.items()]
        return json.loads(self.run("connection", "add", channel, name, "--set", *pairs))

    def api(self, method: str, path: str, **arguments) -> httpx.Response:
        """A call of the API with a key of its own."""
        if not self.key:
            self.key = self.run("key", "create", "journey")
        headers = {"Authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=20, **arguments)

    def _ready(self) -> bool:
        assert self.process.poll() is None, f"it ended with {self.process.returncode}"
        try:
            # The worker has a door of its own: mail.
            with socket.create_connection(("127.0.0.1", self.lmtp_port), timeout=2):
                return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except (OSError, httpx.TransportError):
            return False
