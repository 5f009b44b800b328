"""``rondpoint up``: one process tree. The parent sets Django up once and forks, so that the roles share its memory."""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time

from django.conf import settings
from django.db import connections

from rondpoint.config.roles import start

log = logging.getLogger("rondpoint.supervisor")
ROLES = ("web", "worker")
STOP_SECONDS = 25.0
QUICK_DEATH = 2.0
PR_SET_PDEATHSIG = 1  # prctl(2), Linux


def run(demo: bool = False) -> None:
    """Starts the roles, starts a dead one again, and stops all when told to."""
    import rondpoint.config.roles.edge
    import rondpoint.config.roles.worker
    import rondpoint.config.urls  # noqa: F401  loaded before the fork: shared pages

    stopping = threading.Event()
    connections.close_all()
    gc.collect()
    gc.freeze()  # a look for what to free would write into every page that the roles share
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    children = {_fork(role): (role, time.monotonic()) for role in ROLES}
    _announce(demo)
    while not stopping.is_set():
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in children:
            role, since = children.pop(pid)
            log.error("%s ended with status %s; starting it again", role, os.waitstatus_to_exitcode(status))
            if time.monotonic() - since < QUICK_DEATH:
                stopping.wait(QUICK_DEATH)
            if not stopping.is_set():
                children[_fork(role)] = (role, time.monotonic())
        stopping.wait(0.2)
    _stop(list(children))


def _fork(role: str) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    _end_with(parent)
    code = 1
    try:
        start(role)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        code = 0
    except BaseException:
        log.exception("%s failed", role)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """A role ends as told when its parent was killed: it would keep the port from whoever is started next."""
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _stop(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    waiting = set(pids)
    while waiting and time.monotonic() < end:
        for pid in list(waiting):
            if os.waitpid(pid, os.WNOHANG)[0]:
                waiting.discard(pid)
        threading.Event().wait(0.05)
    for pid in waiting:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _announce(demo: bool) -> None:
    print(f"Rondpoint is at {settings.RONDPOINT_URL}", flush=True)
    if demo:
        from rondpoint.demo.welcome import words

        print(words(settings.RONDPOINT_URL), flush=True)
    else:
        from rondpoint.accounts.actions import setup_code

        if code := setup_code():
            print(f"Begin here: {settings.RONDPOINT_URL}/setup?code={code}", flush=True)
