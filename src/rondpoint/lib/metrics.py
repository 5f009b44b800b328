"""Counts of this process, shown together with those of the other processes of the house.

Web and worker are different processes, and one address shows both: each writes what it counted to a file of its own in
``home/run/metrics`` every few seconds, and who is asked adds the files up. What a process counted that has ended is
added to ``past.json`` by the next one, so that counters go on growing over restarts; a process that is killed loses
what it counted since its last writing, two seconds at most. Gauges count only while their process lives.
"""

import contextlib
import fcntl
import json
import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

EVERY = 2.0  # seconds between two writings
MOST_LABELS = 200  # combinations of one metric; what comes beyond them is counted as "other"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)

_lock = threading.Lock()
_declared: dict[str, "Metric"] = {}

# By metric, then by the values of its labels: a number, or for histograms a list [buckets…, sum].
Counts = dict[str, dict[str, Any]]


class Metric:
    """A number with a name, a meaning and labels of few values. Declared once, where it is counted."""

    kind = "untyped"

    def __init__(self, name: str, meaning: str, labels: tuple[str, ...] = ()):
        self.name, self.meaning, self.labels = name, meaning, labels
        self.values: dict[tuple[str, ...], Any] = {}
        if name in _declared:
            raise ValueError(f"{name} is declared twice")
        _declared[name] = self

    def _place(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        if labels in self.values or len(self.values) < MOST_LABELS:
            return labels
        return ("other",) * len(self.labels)


class Counter(Metric):
    """Only grows."""

    kind = "counter"

    def add(self, amount: float = 1, *labels: str) -> None:
        """Counts ``amount`` under the values of the labels, in their order."""
        with _lock:
            place = self._place(labels)
            self.values[place] = self.values.get(place, 0) + amount


class Gauge(Metric):
    """How many there are now in this process."""

    kind = "gauge"

    def set(self, value: float, *labels: str) -> None:
        """There are so many."""
        with _lock:
            self.values[self._place(labels)] = value

    def add(self, amount: float, *labels: str) -> None:
        """So many came, or went."""
        with _lock:
            place = self._place(labels)
            self.values[place] = self.values.get(place, 0) + amount


class Histogram(Metric):
    """How often something was how large; ``bounds`` are the upper ends of the buckets, without infinity."""

    kind = "histogram"

    def __init__(self, name: str, meaning: str, labels: tuple[str, ...] = (), bounds: tuple[float, ...] = SECONDS):
        super().__init__(name, meaning, labels)
        self.bounds = bounds

    def see(self, value: float, *labels: str) -> None:
        """It was so large once."""
        position = bisect_left(self.bounds, value)
        with _lock:
            place = self._place(labels)
            buckets = self.values.get(place)
            if buckets is None:
                buckets = self.values[place] = [0.0] * (len(self.bounds) + 2)
            buckets[position] += 1
            buckets[-1] += value


def declared() -> list[Metric]:
    """All metrics of the process."""
    return list(_declared.values())


def forget() -> None:
    """Begins at nothing: a forked process must not count again what its parent counted."""
    with _lock:
        for metric in _declared.values():
            metric.values.clear()


def snapshot(kinds: tuple[str, ...] = ("counter", "histogram", "gauge")) -> Counts:
    """What this process counted, as it is written down."""
    with _lock:
        return {
            name: {
                _key(labels): list(value) if isinstance(value, list) else value
                for labels, value in metric.values.items()
            }
            for name, metric in _declared.items()
            if metric.kind in kinds and metric.values
        }


def add(first: Counts, second: Counts) -> Counts:
    """Both together. A histogram whose buckets changed with a new version begins anew."""
    total = {name: dict(values) for name, values in first.items()}
    for name, values in second.items():
        into = total.setdefault(name, {})
        for key, value in values.items():
            before = into.get(key)
            if isinstance(value, list):
                if isinstance(before, list) and len(before) == len(value):
                    into[key] = [a + b for a, b in zip(before, value, strict=True)]
                else:
                    into[key] = list(value)
            else:
                into[key] = value + before if isinstance(before, int | float) else value
    return total


def _key(labels: tuple[str, ...]) -> str:
    return json.dumps(labels, ensure_ascii=False)


class Notebook:
    """The file in ``folder`` (``home/run/metrics``) in which a process writes what it counts."""

    def __init__(self, folder: Path, role: str, observe: Callable[[], None] = lambda: None):
        self._folder = folder
        self._observe = observe  # sets the gauges that somebody must look up
        self._path = folder / f"{role or 'command'}-{os.getpid()}.json"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def open(self) -> None:
        """Begins to write; adds what ended processes left to the past."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            fold(self._folder)
        self.write()
        self._thread.start()

    def close(self) -> None:
        """Writes for the last time."""
        self._stop.set()
        self._thread.join(timeout=EVERY)
        self.write()

    def write(self) -> None:
        """Writes what was counted until now. A full disk costs counts, never work."""
        with contextlib.suppress(OSError):
            self._observe()
            _write(self._path, snapshot())

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self.write()


def total(folder: Path) -> Counts:
    """What all living processes of this home and those before them counted."""
    counts: Counts = {}
    with _locked(folder):
        for path in sorted(folder.glob("*.json")):
            read = _read(path)
            if path.name != "past.json" and not _lives(path):
                read = _lasting(read)
            counts = add(counts, read)
    return counts


def fold(folder: Path) -> None:
    """Adds what ended processes counted to the past and removes their files."""
    with _locked(folder):
        past = _read(folder / "past.json")
        ended = [path for path in folder.glob("*-*.json") if not _lives(path)]
        for path in ended:
            past = add(past, _lasting(_read(path)))
        if ended:
            _write(folder / "past.json", past)
            for path in ended:
                path.unlink()


def _lasting(counts: Counts) -> Counts:
    return {
        name: values for name, values in counts.items() if name not in _declared or _declared[name].kind != "gauge"
    }


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> Counts:
    try:
        return cast(Counts, json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _write(path: Path, counts: Counts) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(counts))
    part.replace(path)


def _lives(path: Path) -> bool:
    number = path.stem.rpartition("-")[2]
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def text(counts: Counts) -> str:
    """Prometheus' text format 0.0.4 of all declared metrics; one never counted is shown as nothing yet."""
    lines = []
    for metric in _declared.values():
        lines.append(f"# HELP {metric.name} {metric.meaning}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        values = counts.get(metric.name, {})
        if not values and not metric.labels and metric.kind != "histogram":
            values = {"[]": 0}
        for key, value in sorted(values.items()):
            pairs = list(zip(metric.labels, json.loads(key), strict=False))
            if isinstance(metric, Histogram):
                lines.extend(_histogram(metric, pairs, value))
            else:
                lines.append(f"{metric.name}{_labels(pairs)} {_number(value)}")
    return "\n".join(lines) + "\n"


def _histogram(metric: Histogram, pairs: list[tuple[str, str]], value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) != len(metric.bounds) + 2:
        return []
    lines, running = [], 0.0
    for bound, count in zip([*map(_number, metric.bounds), "+Inf"], value[:-1], strict=True):
        running += count
        lines.append(f"{metric.name}_bucket{_labels([*pairs, ('le', bound)])} {_number(running)}")
    lines.append(f"{metric.name}_sum{_labels(pairs)} {value[-1]:.6f}")
    lines.append(f"{metric.name}_count{_labels(pairs)} {_number(running)}")
    return lines


def _labels(pairs: list[tuple[str, str]]) -> str:
    if not pairs:
        return ""
    escaped = (
        (name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, value in pairs
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))
