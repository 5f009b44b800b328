"""The house as three processes, each of which may be killed and is started again at once, as an init system would."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import httpx
from tests.peers.house import COMMAND, ROOT, House, free_port, wait_for

EDGE, DESK, WORKER = "edge", "desk", "worker"


class Roles(House):
    """``edge``, ``desk`` and ``worker`` on one home. ``kill(role)`` ends one; ``down()`` gives the roles that do not
    serve again yet, and is to be asked often: it notes in ``away`` the seconds that each took.

    ``deaths``: the times (microseconds UTC) at which each role died.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.environment["RONDPOINT_UNDO_SECONDS"] = "0"
        self.deaths: dict[str, list[int]] = {EDGE: [], DESK: [], WORKER: []}
        self._ports = {EDGE: self.port, DESK: free_port(), WORKER: free_port()}
        self._running: dict[str, subprocess.Popen] = {}
        self._died: dict[str, float] = {}
        self.away: list[float] = []
        self.edge_url, self.desk_url = self.url, f"http://127.0.0.1:{self._ports[DESK]}"

    def start(self) -> "Roles":
        """All three, ready."""
        for role in self._ports:
            self._launch(role)
        for role in self._ports:
            wait_for(lambda role=role: self._is_up(role), 60, f"{role}; see {self.folder / 'house.log'}")
        return self

    def kill(self, role: str) -> None:
        """SIGKILL, then a new process at once."""
        self._died[role] = time.monotonic()
        self._running[role].kill()
        self._running[role].wait(timeout=10)
        self.deaths[role].append(time.time_ns() // 1000)
        self._launch(role)

    def down(self) -> set[str]:
        """The roles that died and do not serve again yet."""
        for role in list(self._died):
            if self._is_up(role):
                self.away.append(time.monotonic() - self._died.pop(role))
        return set(self._died)

    def stop(self) -> int:
        """All three as an operator would; the largest exit code."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        return max(process.wait(timeout=40) for process in self._running.values())

    def api(self, method: str, path: str, **arguments) -> httpx.Response:
        """A call of the API, which the desk serves."""
        headers = {"Authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return httpx.request(method, f"{self.desk_url}/api/v1{path}", headers=headers, timeout=20, **arguments)

    def _launch(self, role: str) -> None:
        environment = self.environment | {"RONDPOINT_PORT": str(self._ports[role]), "RONDPOINT_URL": self.edge_url}
        with open(self.folder / "house.log", "ab") as log:
            self._running[role] = subprocess.Popen(
                [*COMMAND, role],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
            )

    def _is_up(self, role: str) -> bool:
        assert self._running[role].poll() is None, f"{role} ended with {self._running[role].returncode}"
        if role == WORKER:
            import socket

            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.lmtp_port), timeout=2):
                return True
            return False
        with contextlib.suppress(httpx.TransportError):
            url = self.edge_url if role == EDGE else self.desk_url
            return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
        return False
