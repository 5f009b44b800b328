"""``import``: a file of customers brought in with identity, by the command line as a user does.

``python bench/import.py [--engine …] [--rows N] [--people N] [--quick]``

A CSV of ``--rows`` customers with a number, an e-mail address, a telephone number, names and a town goes into a house
that knows ``--people`` others; one row in a hundred is about one of those. In the end each row is one customer, found
by her address. The memory is that of the process at its largest, and after the first tenth of the rows.
"""

import csv
import json
import resource
import subprocess
import sys
import time

import generate
import harness

GOAL = 10_000


def run(bench: harness.Bench) -> None:
    """Rows a second; processor time a row; how much the memory grew."""
    with harness.house(bench.engine, f"import-{bench.people}", lambda: generate.people(bench.people)) as home:
        path = home.folder.parent / "customers.csv"
        known = _write(path, bench.people, bench.rows)
        small = home.folder.parent / "first.csv"
        _write(small, bench.people, max(1, bench.rows // 10), start=bench.people + bench.rows)
        begin = _bring(home, small)
        ended = _bring(home, path)
        said = ended["said"]
        harness.check(said["refused"] == 0, f"{said['refused']} rows were refused: {said['reasons']}")
        harness.check(said["new"] == bench.rows - known, f"{said['new']} of {bench.rows - known} are new")
        harness.check(said["changed"] == known, f"{said['changed']} of {known} are known")
        _check(bench)
        harness.report(
            "import", bench.rows / ended["seconds"], "/s", bench.rows, better="higher", goal=GOAL,
            conditions={
                "bytes": path.stat().st_size, "known_rows": known,
                "cpu_s": round(ended["cpu"], 1), "rows_per_cpu_s": round(bench.rows / ended["cpu"]),
                "peak_mb": ended["mb"], "peak_mb_of_a_tenth": begin["mb"],
            },
        )  # fmt: skip


def _write(path, people: int, rows: int, start: int | None = None) -> int:
    """Writes the file; how many of its rows are about people whom the house knows."""
    known = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["id", "first_name", "last_name", "email", "phone", "city"])
        for number in range(rows):
            old = number % 100 == 7 and number // 100 < people and start is None
            who = generate.person(number // 100 + 1 if old else (start or people) + number + 1)
            known += old
            first, _, last = who.name.partition(" ")
            sheet.writerow([f"C{who.number}", first, last, who.email, who.phone, "Lyon"])
    return known


def _bring(home: harness.Home, path) -> dict:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "import", "customers", str(path), "--origin", "bench"],
        env=home.environment, capture_output=True, text=True, cwd=harness.ROOT,
    )  # fmt: skip
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    harness.check(done.returncode == 0, done.stderr[-2000:] or done.stdout[-2000:])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "said": json.loads(done.stdout), "seconds": seconds, "cpu": cpu,
        "mb": int(done.stderr.rpartition("peak ")[2]) // 1024,
    }  # fmt: skip


# The command, and what memory it had at its largest. What getrusage says may be its parent's, from before exec.
MEASURED = """
import sys
from rondpoint.config.cli import main
try:
    main(sys.argv[1:])
finally:
    print("peak", open("/proc/self/status").read().partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def _check(bench: harness.Bench) -> None:
    """Each row is one customer, found by her address."""
    from rondpoint.customers import queries
    from rondpoint.customers.models import Customer

    total = Customer.objects.count()
    for number in range(0, bench.rows, max(1, bench.rows // 50)):
        who = generate.person(number // 100 + 1 if number % 100 == 7 else bench.people + number + 1)
        held = queries.holders("email", who.email)
        harness.check(len({row.profile.customer_id for row in held}) == 1, f"{who.email} is held by {len(held)}")
    harness.check(total > bench.people, "nobody came in")


if __name__ == "__main__":
    harness.main(run, rows=(1_000_000, 500), people=(100_000, 200))
