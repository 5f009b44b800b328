"""An object store that speaks S3's protocol: moto's server on a loopback port."""

import os
import signal
import subprocess
import sys

import httpx

from tests.peers.house import free_port, wait_for

KEYS = {"AWS_ACCESS_KEY_ID": "rondpoint", "AWS_SECRET_ACCESS_KEY": "of no use to anybody"}


class ObjectStore:
    """Started with one empty bucket; ``address(prefix)`` is what RONDPOINT_LAKE says; ``stop()`` ends it.

    Who reads from it needs ``KEYS`` in the environment."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        port = self.url.rpartition(":")[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | KEYS,
        )  # fmt: skip
        wait_for(self._ready, 180, f"an object store on {self.url}")

    def address(self, prefix: str) -> str:
        """Where a lake may be."""
        return f"s3://lakes/{prefix}?endpoint_override={self.url}&region=eu-west-3"

    def pause(self, away: bool) -> None:
        """Answers nobody while it is away."""
        self._process.send_signal(signal.SIGSTOP if away else signal.SIGCONT)

    def stop(self) -> None:
        """Ends it, with all that was in it."""
        self._process.kill()
        self._process.wait()

    def _ready(self) -> bool:
        try:
            return httpx.put(f"{self.url}/lakes", timeout=5).status_code == 200
        except httpx.TransportError:
            assert self._process.poll() is None, "it ended by itself"
            return False
