"""``python -m tests.faults_outside.holder NAME LOG TURNS``: takes a lease so many times and notes when it held it.

A line of the log is ``NAME from until fence`` in microseconds of the machine's monotonic clock.
"""

import os
import sys
import time


def main(name: str, log: str, turns: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    from rondpoint.jobs import leases

    with open(log, "a", buffering=1) as out:
        while turns:
            fence = leases.acquire("thing", name, 1.0)
            if fence is None:
                time.sleep(0.01)
                continue
            began = time.monotonic_ns() // 1000
            for _ in range(3):
                time.sleep(0.05)
                if not leases.renew("thing", name, 1.0):
                    break
            out.write(f"{name} {began} {time.monotonic_ns() // 1000} {fence}\n")
            leases.release("thing", name)
            turns -= 1
            time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
