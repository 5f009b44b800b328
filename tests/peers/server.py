"""A server of somebody else's as a process: waited for until its port answers, stopped by pid."""

import signal
import socket
import subprocess
import threading
import time
from pathlib import Path


class Peer:
    """A running server: its port, its log, and how to stop it."""

    def __init__(
        self,
        command: list[str],
        port: int,
        log: Path,
        stop: list[str] | None = None,
        environment: dict[str, str] | None = None,
        patience: float = 20.0,
    ) -> None:
        self._stop = stop
        self._patience = patience  # seconds until its port has to answer
        self.port = port
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environment
            )
        self._await_port()

    def _await_port(self) -> None:
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                threading.Event().wait(0.05)
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text(errors='replace')}")

    def stop(self) -> None:
        if self._stop:
            subprocess.run(self._stop, check=False, capture_output=True)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
