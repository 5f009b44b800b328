"""A named pure function in a limited, long-lived child process: for parsers fed by strangers.

``Isolated("package.module:function")`` starts ``python -m rondpoint.lib.isolation package.module:function``
with limits on memory, time and open files. Bytes go in and come back as length-prefixed frames on two
pipes. The child knows neither the environment's secrets nor the database; when it dies the caller gets
:class:`Crashed` and the next call finds a fresh one. Functions of rooms whose modules want Django's settings are told
where they are (``environment``).
"""

import importlib
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, BinaryIO

_LENGTH = struct.Struct("!cI")
_OK, _ERROR, _FATAL = b"o", b"e", b"f"
PATIENCE = 4
_LARGEST_ANSWER = 256 * 1024 * 1024


class Crashed(RuntimeError):
    """The child died or was killed while it worked on this input; the message says how."""


class Isolated:
    """Calls ``target`` (``module:function``, bytes to bytes) in a child process. Threads may share it.

    ``memory_mb`` bounds the child's address space, ``seconds`` the processor time of one call, ``max_input``
    the payload in bytes; after ``calls`` calls the child is replaced, so that leaks stay small. By the clock a
    call may take :data:`PATIENCE` times ``seconds``: a good input is not refused because the machine is busy.
    """

    def __init__(
        self,
        target: str,
        memory_mb: int = 512,
        seconds: float = 10,
        max_input: int = 40 * 1024 * 1024,
        calls: int = 5000,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.target = target
        self.memory_mb = memory_mb
        self.seconds = seconds
        self.max_input = max_input
        self.calls = calls
        self.environment = dict(environment or {})
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._served = 0

    def call(self, payload: bytes) -> bytes:
        """The function's answer.

        Raises ValueError with its message, or Crashed when it took the child with it.
        """
        if len(payload) > self.max_input:
            raise ValueError(f"the input has {len(payload)} bytes; at most {self.max_input} are read")
        with self._lock:
            child = self._running_child()
            try:
                kind, answer = _exchange(child, payload, time.monotonic() + self.seconds * PATIENCE)
            except (OSError, EOFError, ValueError) as error:
                late = isinstance(error, TimeoutError)
                self._stop()
                raise Crashed(_how(child, late, self.seconds)) from error
            self._served += 1
            if kind == _FATAL:
                self._stop()
                raise Crashed(answer.decode("utf-8", "replace"))
            if kind == _ERROR:
                raise ValueError(answer.decode("utf-8", "replace").replace("\0", ""))
            return answer

    def close(self) -> None:
        """Ends the child; a later call starts another."""
        with self._lock:
            self._stop()

    def _running_child(self) -> subprocess.Popen[bytes]:
        # After a fork the pipes belong to the parent's conversation: the new process starts a child of its
        # own.
        if self._owner != os.getpid():
            self._child = None
        if self._child is not None and (self._served >= self.calls or self._child.poll() is not None):
            self._stop()
        if self._child is None:
            environment = {
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "LANG": "C.UTF-8",
                **self.environment,
            }
            limits = [str(self.memory_mb), str(self.seconds), str(self.max_input)]
            self._child = subprocess.Popen(
                [sys.executable, "-m", "rondpoint.lib.isolation", self.target, *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                bufsize=0,
            )
            os.set_blocking(_pipes(self._child)[0].fileno(), False)
            self._owner = os.getpid()
            self._served = 0
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in _pipes(child):
            try:
                pipe.close()
            except OSError:
                pass  # unsent bytes of a dead child's pipe


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """What goes into the child, and what comes out of it."""
    assert child.stdin is not None and child.stdout is not None
    return child.stdin, child.stdout


def _exchange(child: subprocess.Popen[bytes], payload: bytes, deadline: float) -> tuple[bytes, bytes]:
    """One question and its answer. Raises TimeoutError at the deadline, EOFError or OSError when it died."""
    into, out = _pipes(child)
    _send(into.fileno(), _LENGTH.pack(_OK, len(payload)), deadline)
    _send(into.fileno(), payload, deadline)
    kind, length = _LENGTH.unpack(_receive(out.fileno(), _LENGTH.size, deadline))
    if length > _LARGEST_ANSWER:
        raise ValueError("the answer is too large")
    return kind, _receive(out.fileno(), length, deadline)


def _send(pipe: int, data: bytes, deadline: float) -> None:
    """Writes all of it to a pipe that does not block, waiting for room until the deadline."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(pipe, view) :]
        except BlockingIOError:
            _await(pipe, select.POLLOUT, deadline)


def _receive(pipe: int, size: int, deadline: float) -> bytes:
    """Exactly ``size`` bytes, waited for until the deadline."""
    chunks: list[bytes] = []
    while size:
        _await(pipe, select.POLLIN, deadline)
        chunk = os.read(pipe, min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _await(pipe: int, event: int, deadline: float) -> None:
    waiting = select.poll()
    waiting.register(pipe, event)
    if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _how(child: subprocess.Popen[bytes], late: bool, seconds: float) -> str:
    code = child.returncode
    if late or code == -signal.SIGXCPU:
        return f"it took longer than {seconds:g} seconds"
    if code is not None and code < 0 and code != -signal.SIGKILL:
        return f"the process died of {signal.Signals(-code).name}"
    return "the process ended before it answered"


def _write_frame(pipe: BinaryIO, kind: bytes, payload: bytes) -> None:
    pipe.write(_LENGTH.pack(kind, len(payload)))
    pipe.write(payload)
    pipe.flush()


def _read_frame(pipe: BinaryIO, largest: int) -> tuple[bytes, bytes]:
    """Raises EOFError when the other side is gone, ValueError when the frame is larger than ``largest``."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    kind, length = _LENGTH.unpack(head)
    if length > largest:
        raise ValueError("the frame is too large")
    payload = pipe.read(length)
    if len(payload) < length:
        raise EOFError
    return kind, payload


def _serve(target: str, memory_mb: int, seconds: float, max_input: int) -> None:  # pragma: no cover - in the child
    """The child's life: limits first, then one answer a frame until the parent's pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes the pipe
    frames_in = os.fdopen(os.dup(0), "rb")
    frames_out = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # a library that prints must not garble the frames
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    try:
        module, _, name = target.partition(":")
        function = getattr(importlib.import_module(module), name)
    except Exception as error:
        problem = f"{target} cannot be loaded: {error}"
        _read_frame(frames_in, max_input)
        _write_frame(frames_out, _FATAL, problem.encode())
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    while True:
        try:
            payload = _read_frame(frames_in, max_input)[1]
        except EOFError:
            return
        _allow_processor_time(seconds)
        kind, answer = _answer(function, payload)
        try:
            _write_frame(frames_out, kind, answer)
        except OSError:
            return
        if kind == _FATAL:
            return


def _answer(function: Callable[[bytes], bytes], payload: bytes) -> tuple[bytes, bytes]:
    try:
        return _OK, function(payload)
    except MemoryError:
        return _FATAL, b"it needed more memory than allowed"
    except RecursionError:
        return _ERROR, b"the input is nested too deeply"
    except Exception as error:
        return _ERROR, (str(error) or type(error).__name__).encode("utf-8", "replace")


def _allow_processor_time(seconds: float) -> None:  # pragma: no cover - in the child
    """Moves the soft limit on, in whole seconds; past it the kernel ends the child, with or without a parent."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    ceiling = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (ceiling, resource.RLIM_INFINITY))


if __name__ == "__main__":  # pragma: no cover - in the child
    _serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
