"""Short-lived child processes of our own code, for work whose libraries are too large to stay in memory.

``run("rondpoint.room.module:function", payload)`` starts ``python -m rondpoint.jobs.children`` with the environment of
the caller; the function gets the payload, may use the database, and what it returns comes back as JSON.
"""

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

OK, REFUSED, BROKEN = 0, 3, 4
NICE = 10  # what a child works out can wait for what somebody waits for
PAUSE = 5.0  # seconds between two calls of what goes on meanwhile
_running: set[subprocess.Popen[bytes]] = set()
_ended: set[subprocess.Popen[bytes]] = set()


class Broken(RuntimeError):
    """The child died or its function failed; the message says how."""


class Ended(Broken):
    """This process stops, and its child with it: what the child was at waits for the next start."""


def run(target: str, payload: dict[str, Any], seconds: float, meanwhile: Callable[[], object] | None = None) -> Any:
    """What ``target`` (``module:function``) answers in a child that ends afterwards.

    ``meanwhile`` is called every few seconds until then, to keep leases. Raises ValueError with the function's own
    ValueError, Ended when this process stops, Broken for all else, also when it took longer than ``seconds``.
    """
    command = [sys.executable, "-m", "rondpoint.jobs.children", target]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _running.add(child)
    deadline = time.monotonic() + seconds
    asked: bytes | None = json.dumps(payload).encode()
    try:
        while True:
            try:
                answer, told = child.communicate(asked, timeout=min(PAUSE, max(0.01, deadline - time.monotonic())))
                break
            except subprocess.TimeoutExpired:
                asked = None  # it is on its way
                if time.monotonic() >= deadline:
                    raise Broken(f"{target} took longer than {seconds:.0f} s") from None
                if meanwhile is not None:
                    meanwhile()
    finally:
        _running.discard(child)
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == OK:
        return json.loads(answer)
    reason = told.decode(errors="replace").strip()
    if child in _ended:
        _ended.discard(child)
        raise Ended(f"{target} was ended with its process")
    if child.returncode == REFUSED:
        raise ValueError(reason)
    raise Broken(reason[-2000:] or f"{target} ended with {child.returncode}")


def end() -> None:
    """Ends the children of this process; who waits for one gets Ended. What they did is undone or done again."""
    for child in list(_running):
        _ended.add(child)
        child.kill()


def main() -> int:
    """The child: answers on standard output."""
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not the answer
    module, _, name = sys.argv[1].partition(":")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rondpoint.config.settings")
    import django

    django.setup()
    try:
        answer = getattr(importlib.import_module(module), name)(**json.loads(sys.stdin.read()))
    except ValueError as error:
        sys.stderr.write(str(error))
        return REFUSED
    except Exception:
        traceback.print_exc()
        return BROKEN
    json.dump(answer, answers)
    answers.close()
    return OK


if __name__ == "__main__":
    sys.exit(main())
