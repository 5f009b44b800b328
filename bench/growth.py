"""``growth``: what finding, searching and the pages cost as the house grows, as a table for ``docs/performance.md``.

``python bench/growth.py [--engine …] [--smallest N] [--largest N] [--write 1]``; ten times as much at each step.
With ``--write 1`` the table and the picture replace those of its engine in the document.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import drawing
import harness

DOCUMENT = harness.ROOT / "docs" / "performance.md"
# Benchmark and its size: for so many customers as many messages, and a conversation for every fifth of them.
ASKED = (("find", "customers", 1), ("search", "messages", 1), ("customer_view", "customers", 1),
         ("desk_pages", "conversations", 5))  # fmt: skip
SHOWN = ("find", "search", "customer-view", "inbox", "inbox-news", "conversation")


def run(bench: harness.Bench) -> None:
    """The benchmarks one after the other, each at every size; their own checks hold."""
    began, size, steps = time.perf_counter(), bench.smallest, []
    while size <= bench.largest:
        steps.append((size, measured(bench, size)))
        size *= 10
    table = drawn(bench.engine, steps)
    print(table, file=sys.stderr)
    if bench.write:
        written(DOCUMENT, bench.engine, table)
        picture = DOCUMENT.parent / "pictures" / f"growth-{bench.engine}.svg"
        picture.write_text(drawing.chart(table), encoding="utf-8")
    worst = max(found["find"]["value"] for _, found in steps)
    harness.report(
        "growth", steps[-1][1]["find"]["value"] / steps[0][1]["find"]["value"], "times", len(steps),
        conditions={"what": "find at the largest against the smallest size", "worst_find_ms": worst,
                    "seconds": round(time.perf_counter() - began)},
    )  # fmt: skip


def measured(bench: harness.Bench, size: int) -> dict[str, dict]:
    """The lines of result of all benchmarks at a size, by name."""
    found = {}
    for name, what, share in ASKED:
        words = [f"--{what}", str(max(size // share, 1)), "--engine", bench.engine]
        words += ["--quick"] if bench.quick else []
        file = Path(__file__).with_name(f"{name}.py")
        done = subprocess.run([sys.executable, file, *words], stdout=subprocess.PIPE, text=True, env=_outside())
        harness.check(done.returncode == 0, f"{name} failed at {size}")
        found |= {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    return found


def drawn(engine: str, steps: list[tuple[int, dict[str, dict]]]) -> str:
    """A Markdown table: a line for each benchmark, a column for each size."""
    lines = [
        f"| {engine} | " + " | ".join(f"{size:,}" for size, _ in steps) + " |",
        "|---|" + "--:|" * len(steps),
    ]
    for name in SHOWN:
        cells = []
        for _, found in steps:
            line = found[name]
            cells.append(f"{line['value']:.1f} {line['unit']} ({line['conditions']['cpu_ms']:.1f})")
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def written(document: Path, engine: str, table: str) -> None:
    """Puts the table between the marks of its engine."""
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- growth {engine} -->\n", f"<!-- end {engine} -->"
    before, _, rest = text.partition(begin)
    harness.check(end in rest, f"{document.name} has no place for {engine}")
    document.write_text(f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def _outside() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}


if __name__ == "__main__":
    harness.main(run, smallest=(10_000, 7_500), largest=(100_000, 7_500), write=0)
