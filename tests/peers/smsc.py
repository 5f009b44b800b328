"""A real SMSC (npm ``smpp``) for the tests; ``tests/peers/smsc/install.sh`` puts it in place."""

import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "smsc"
MODULES = Path(__file__).parents[2] / ".peers" / "smsc" / "node_modules"
START_SECONDS = 20


class Smsc:
    """A running SMSC: ``host`` and ``port`` speak SMPP; the methods go through its control port."""

    host = "127.0.0.1"
    system_id, password = "rondpoint", "secret"

    def __init__(self, process: subprocess.Popen, port: int, control: int) -> None:
        self.port = port
        self._process = process
        self._control = f"http://127.0.0.1:{control}"

    def inject(self, **fields: Any) -> None:
        """Sends a deliver_sm on the bound line. Fields as in SMPP, texts as bytes."""
        coded = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
        self._call("/inject", coded)

    def submitted(self) -> list[dict[str, Any]]:
        """What was submitted: id, from, to, coding, esm_class, text, udh."""
        return self.state()["submitted"]

    def state(self) -> dict[str, Any]:
        """``submitted``, ``answers`` to what was injected, ``binds``, ``enquiries``, ``sessions``."""
        return self._call("/state")

    def fail(self, *failures: int | str) -> None:
        """How the next submits end: a command status, ``silent`` (no answer) or ``drop``."""
        self._call("/fail", {"failures": list(failures)})

    def drop(self) -> None:
        """Cuts every line."""
        self._call("/drop")

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait(10)

    def _call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body or {}).encode()
        with urllib.request.urlopen(self._control + path, data=data, timeout=5) as response:
            return json.load(response)


def start_smsc(folder: Path) -> Smsc:
    """Starts an SMSC on free ports of the loopback, with its log in ``folder``."""
    subprocess.run(["sh", str(HERE / "install.sh")], check=True, capture_output=True)
    folder.mkdir(parents=True, exist_ok=True)
    ports = folder / "ports.json"
    ports.unlink(missing_ok=True)
    with (folder / "smsc.log").open("wb") as log:
        process = subprocess.Popen(
            ["node", str(HERE / "server.js"), str(folder)],
            env={**os.environ, "NODE_PATH": str(MODULES)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ports.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the SMSC did not start: {(folder / 'smsc.log').read_text()[-2000:]}")
        time.sleep(0.02)
    found = json.loads(ports.read_text())
    return Smsc(process, found["smpp"], found["control"])
