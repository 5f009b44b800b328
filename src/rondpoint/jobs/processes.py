"""Who holds a lease: one process of one machine, named so that those beside it can see when it is gone.

What a killed process held would rest until its leases run out. A process of the same machine need not wait for that: it
asks the kernel. The name carries all that makes the answer certain, since a wrong one would give two holders at once:
the machine as it was started and its process namespace (containers count their processes alike), and the moment at
which the process began (numbers are used again). proc(5), random(4): ``boot_id``; namespaces(7).
"""

import functools
import hashlib
import os
import socket
import uuid
from pathlib import Path

PROC = Path("/proc")
HOST = 20  # letters of the machine's name, for those who read the table


def name(part: str = "") -> str:
    """This process as a holder of leases, ``host:pid:machine:birth``; ``part``: a word for one of its parts, 8 letters
    at most. Where the kernel does not say enough it is a name of its own kind, of which nobody can say it is gone."""
    host, number = socket.gethostname().replace(":", "-")[:HOST], os.getpid()
    machine, birth = _machine(), _birth(number)
    known = f"{host}:{number}:{machine}:{birth}" if machine and birth else f"{host}:{number}:{_own(number)}"
    return f"{known}:{part}" if part else known


def gone(holder: str) -> bool:
    """Whether the process of that :func:`name` ran on this machine and has ended; False where that is not certain."""
    words = holder.split(":")
    if len(words) < 4 or not words[1].isdecimal() or words[2] != _machine():
        return False
    number = int(words[1])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's process has the number
    except OverflowError:
        return False
    birth = _birth(number)
    return birth != "" and birth != words[3]


def _machine() -> str:
    """Eight letters that only processes share which see the same process numbers; empty where it cannot be known."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink(PROC / "self/ns/pid")
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:8]


def _birth(number: int) -> str:
    """When a process began, in ticks since the machine did; empty where it cannot be known."""
    try:
        # The second field is the program's name and may hold spaces and brackets of its own.
        return (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@functools.cache
def _own(number: int) -> str:
    """Something that tells this process from all others; ``number``: its own, so that a fork gets another."""
    return uuid.uuid4().hex[:8]
