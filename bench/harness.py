"""What every benchmark stands on: a house of its own, the roles as processes, rounds, and the one line of result.

A benchmark is a file of this folder with a function ``run(bench)`` and, at its end, ``harness.main(run, size=…)``.
``python bench/NAME.py [--engine sqlite|postgresql|both] [--quick] [--size N …]``. Each engine runs in a process of its
own. A file asked for with ``RONDPOINT_BENCH_CACHE=FOLDER`` keeps filled databases from one run to the next.
"""

import argparse
import contextlib
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import databases  # noqa: E402  beside this file
from tests.peers.house import free_port  # noqa: E402

ENGINES = ("sqlite", "postgresql")
READY_SECONDS = 60
LOAD_BEFORE = round(os.getloadavg()[0], 2)
_conditions: dict[str, Any] = {}


class Wrong(Exception):
    """The benchmark's own check failed: a lost message, a wrong answer. Its figure counts for nothing."""


class Bench(NamedTuple):
    """What a benchmark is told: the engine, its sizes by name, and whether it only shows that it works."""

    engine: str
    quick: bool
    sizes: dict[str, int]

    def __getattr__(self, name: str) -> int:
        try:
            return self.sizes[name]
        except KeyError:
            raise AttributeError(name) from None


class Home(NamedTuple):
    """A house's folder and the environment in which its commands and roles run."""

    folder: Path
    engine: str
    environment: dict[str, str]


class Running(NamedTuple):
    """The house as processes. ``urls`` and ``pids``: by role; ``url`` is the first web role's; ``log``: their words."""

    url: str
    urls: dict[str, str]
    pids: dict[str, int]
    lmtp_port: int
    log: Path

    def processes(self) -> list[int]:
        """All processes of the tree."""
        return [pid for root in self.pids.values() for pid in tree(root)]


def main(run: Callable[[Bench], None], *switches: str, **sizes: int | tuple[int, int]) -> None:
    """Reads the command line and runs ``run`` once for each engine. ``sizes``: the usual size, or (usual, quick).
    ``switches``: what is only done when asked for, as ``--peers``; then the size of that name is 1, else 0.

    Exit code 1 when a check failed.
    """
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, says nothing of speed")
    for name in sizes:
        parser.add_argument(f"--{name.replace('_', '-')}", type=_number, dest=name)
    for name in switches:
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    if options.engine == "both":
        given = list(_without_engine(sys.argv[1:]))
        codes = [
            subprocess.run([sys.executable, sys.argv[0], *given, "--engine", engine]).returncode for engine in ENGINES
        ]
        raise SystemExit(max(codes))
    chosen = {}
    for name, size in sizes.items():
        usual, quick = size if isinstance(size, tuple) else (size, size)
        chosen[name] = getattr(options, name) or (quick if options.quick else usual)
    chosen |= {name: int(getattr(options, name)) for name in switches}
    bench = Bench(options.engine, options.quick, chosen)
    _conditions.update(engine=bench.engine, **chosen)
    if bench.quick:
        _conditions["quick"] = True
    try:
        run(bench)
    except Wrong as wrong:
        print(f"{Path(sys.argv[0]).stem}: {wrong}", file=sys.stderr)
        raise SystemExit(1) from None


def check(right: bool, what: str) -> None:
    """Ends the benchmark with exit code 1 unless ``right``; ``what``: what was found instead."""
    if not right:
        raise Wrong(what)


@contextlib.contextmanager
def house(engine: str, filled: str = "", fill: Callable[[], None] | None = None) -> Iterator[Home]:
    """A house in a temporary folder with its own database; Django is set up in this process and the tables are there.

    ``filled`` names the content that ``fill()`` writes when no cache holds it, such as ``people-100000``. One house a
    process. SQLite commits with ``synchronous=FULL``, PostgreSQL with its usual settings: both wait for the disk.
    """
    with tempfile.TemporaryDirectory(prefix="rondpoint-bench-") as name:
        database = databases.open_database(engine, Path(name), filled)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("RONDPOINT_", "DJANGO_"))},
            "RONDPOINT_HOME": str(Path(name) / "home"),
            "DJANGO_SETTINGS_MODULE": "rondpoint.config.settings",
            "RONDPOINT_ALLOW_PRIVATE": "1",
            "RONDPOINT_SECRET": "of no use to anybody: what a cached house has sealed must open in the next one",
            "DATABASE_URL": database.url,
        }
        os.environ |= {key: environment[key] for key in environment.keys() - {"PATH"}}
        try:
            database.start()
            import django

            django.setup()
            from django.db import connections

            from rondpoint.config.setup import prepare

            prepare()
            if fill and not database.had:
                database.hurry()
                fill()
                database.keep()
            yield Home(Path(name) / "home", engine, environment)
            connections.close_all()
        finally:
            database.stop()


@contextlib.contextmanager
def running(home: Home, *roles: str, **settings: str) -> Iterator[Running]:
    """The house as real processes on free loopback ports, ready before the first line of the body, then stopped.

    ``roles``: of ``edge desk worker``, each a process with its own port; none: ``rondpoint up``, all in one tree.
    ``settings``: more of the environment, as ``RONDPOINT_UNDO_SECONDS="0"``.
    """
    from django.db import connections

    connections.close_all()  # a fork of ours must not share them, and SQLite's WAL is then theirs alone
    lmtp_port, log = free_port(), home.folder.parent / "house.log"
    ports = {role: free_port() for role in roles or ("up",)}
    urls = {role: f"http://127.0.0.1:{port}" for role, port in ports.items()}
    front = next((url for role, url in urls.items() if role != "worker"), next(iter(urls.values())))
    started: dict[str, subprocess.Popen] = {}
    try:
        for role, port in ports.items():
            environment = {
                **home.environment,
                "RONDPOINT_PORT": str(port),
                "RONDPOINT_URL": front,
                "RONDPOINT_LMTP_PORT": str(lmtp_port),
                **settings,
            }
            with open(log, "ab") as out:
                started[role] = subprocess.Popen(
                    [sys.executable, "-m", "rondpoint.config.cli", role],
                    env=environment, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                )  # fmt: skip
        for role, process in started.items():
            _await(lambda role=role: _ready(role, urls[role], lmtp_port), process, log)
        yield Running(front, urls, {role: process.pid for role, process in started.items()}, lmtp_port, log)
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def report(
    name: str,
    value: float,
    unit: str,
    n: int,
    *,
    better: str = "lower",
    goal: float | None = None,
    peer: str | None = None,
    peer_value: float | None = None,
    conditions: dict[str, Any] | None = None,
) -> None:
    """Prints the result: exactly one JSON line with the keys of every benchmark.

    ``better``: "higher" or "lower". ``ratio``: how many times better than the peer, measured in the same run.
    """
    ratio = None
    if peer_value and value:
        ratio = round(value / peer_value if better == "higher" else peer_value / value, 2)
    held = {"cores": os.cpu_count(), "load_before": LOAD_BEFORE, "better": better, **_conditions, **(conditions or {})}
    if goal is not None:
        held |= {"goal": goal, "reached": value >= goal if better == "higher" else value <= goal}
    line = {
        "name": name, "value": _short(value), "unit": unit, "n": n,
        "peer": peer, "peer_value": peer_value, "ratio": ratio, "conditions": held,
    }  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


class Rounds(NamedTuple):
    """Milliseconds of each question of each round: on the clock, and of this process's own work."""

    wall: list[list[float]]
    cpu: list[list[float]]

    def at(self, share: float) -> float:
        """The percentile of each round, and of these the middle one: one disturbed round changes nothing."""
        return statistics.median(percentile(one, share) for one in self.wall)

    def conditions(self, share: float) -> dict[str, Any]:
        """What belongs beside the figure: the other percentiles, each round, and how much of it was work."""
        return {
            "median_ms": _short(self.at(0.5)),
            "p95_ms": _short(self.at(0.95)),
            "worst_ms": _short(max(max(one) for one in self.wall)),
            "rounds_ms": [_short(percentile(one, share)) for one in self.wall],
            "cpu_ms": _short(statistics.median(percentile(one, share) for one in self.cpu)),
            "cpu_median_ms": _short(statistics.median(percentile(one, 0.5) for one in self.cpu)),
        }


def rounds(work: Callable[[Any], Any], questions: Sequence[Any], times: int = 3, warm: int = 0) -> Rounds:
    """Calls ``work`` with each question, ``times`` rounds over; the first ``warm`` are called once before, untimed."""
    for question in questions[:warm]:
        work(question)
    wall, cpu = [], []
    for _ in range(times):
        taken, worked = [], []
        for question in questions:
            begun, started = time.process_time(), time.perf_counter()
            work(question)
            taken.append((time.perf_counter() - started) * 1000)
            worked.append((time.process_time() - begun) * 1000)
        wall.append(taken)
        cpu.append(worked)
    return Rounds(wall, cpu)


def queries(work: Callable[[Any], Any], questions: Sequence[Any]) -> int:
    """How many queries ``work`` makes for the question that needs the most, of the first twenty."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    most = 0
    for question in questions[:20]:
        with CaptureQueriesContext(connection) as made:
            work(question)
        most = max(most, len(made))
    return most


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(math.ceil(len(ranked) * share) - 1, 0)]


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def pss(pids: Iterable[int]) -> float:
    """Memory of processes in MB (10⁶ bytes): shared pages are split among those who share them (Linux)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total / 1e6


def cpu(pids: Iterable[int]) -> float:
    """Seconds of work that processes have done so far (Linux)."""
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _await(condition: Callable[[], bool], process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"it did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.02)


def _ready(role: str, url: str, lmtp_port: int) -> bool:
    import socket

    import httpx

    try:
        if role in ("worker", "up"):
            with socket.create_connection(("127.0.0.1", lmtp_port), timeout=2):
                pass
        return role == "worker" or httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except (OSError, httpx.TransportError):
        return False


def _number(text: str) -> int:
    return int(text.replace("_", ""))


def _without_engine(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if not skip and not word.startswith("--engine"):
            yield word
        skip = word == "--engine" and not skip


def _short(value: float) -> float:
    return round(value, 3) if abs(value) < 100 else round(value, 1)


def executable(name: str) -> str:
    """A program that the benchmark needs; RuntimeError with its name where it is missing."""
    found = shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found
