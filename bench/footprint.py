"""``footprint``: the memory of all roles at rest, and with PostgreSQL that of its server beside it.

``python bench/footprint.py [--engine …] [--rest SECONDS]``; each page that processes share is split among them (PSS).
"""

import time

import harness
import httpx

GOAL = 200  # MB


def run(bench: harness.Bench) -> None:
    """``rondpoint up``, the sign-in page once so that the desk is loaded, then some seconds of rest."""
    with harness.house(bench.engine) as home, harness.running(home) as running:
        pages = [httpx.get(f"{running.url}{path}", timeout=20) for path in ("/login", "/widget.js")]
        harness.check(all(page.status_code == 200 for page in pages), f"not all pages answer: {pages}")
        measured = []
        for _ in range(3):
            time.sleep(bench.rest)
            measured.append(harness.pss(running.processes()))
        harness.report(
            "footprint", sorted(measured)[1], "MB", len(running.processes()), goal=GOAL,
            conditions={
                "rounds_mb": [round(one, 1) for one in measured],
                "each_mb": [round(harness.pss([pid]), 1) for pid in running.processes()],
                "other_services": 0 if bench.engine == "sqlite" else 1,
            },
        )  # fmt: skip


if __name__ == "__main__":
    harness.main(run, rest=(10, 1))
