"""``first-run``: from a fresh copy of the repository to the sign-in page, with ``make run``.

``python bench/first_run.py``; what is committed is cloned, the package cache is as it is on this machine.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import harness
import httpx

GOAL = 30  # seconds
FOREIGN = ("RONDPOINT_", "DJANGO_", "VIRTUAL")  # of another house or virtual environment
PATIENCE = 600


def run(bench: harness.Bench) -> None:
    """One clone, one ``make run`` with the demo company, until ``/login`` answers; then all is stopped and deleted."""
    harness.executable("git")
    with tempfile.TemporaryDirectory(prefix="rondpoint-first-run-") as name:
        copy, port = Path(name) / "rondpoint", harness.free_port()
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", harness.ROOT, copy], check=True)
        environment = {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("RONDPOINT_", "DJANGO_", "VIRTUAL"))
            },
            "RONDPOINT_PORT": str(port),
            "RONDPOINT_URL": f"http://127.0.0.1:{port}",
            "RONDPOINT_LMTP_PORT": str(harness.free_port()),
        }
        log = Path(name) / "log"
        began = time.perf_counter()
        with open(log, "wb") as out:
            process = subprocess.Popen(
                ["make", "run"], cwd=copy, env=environment, stdout=out, stderr=out, start_new_session=True
            )
        try:
            ready = answers(f"http://127.0.0.1:{port}/login", process)
            taken = time.perf_counter() - began
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=60)
        harness.check(ready, f"no sign-in page:\n{log.read_text(errors='replace')[-2000:]}")
        revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=copy, capture_output=True, text=True)
        harness.report("first-run", taken, "s", 1, goal=GOAL, conditions={"revision": revision.stdout.strip()})


def answers(address: str, process: subprocess.Popen) -> bool:
    """Whether a page comes before the process ends or patience does."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return True
        except httpx.TransportError:
            time.sleep(0.1)
    return False


if __name__ == "__main__":
    harness.main(run)
