"""What the processes say: one JSON object a line, and nothing about people in it.

Messages name things by their ids. What slips in all the same is taken out here: the *values* of exceptions are never
written, only their types and places, because a library puts into them what it was given; arguments of libraries'
messages are left out; and what looks like an address, a number or a secret is struck out wherever it stands.
"""

import contextlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

STRUCK = "[…]"
OWN = "rondpoint"
FRAMES = 12  # of a traceback, the innermost
LONGEST = 2000  # characters of a message

_role = ""
_bound: ContextVar[dict[str, str]] = ContextVar("bound log fields", default={})  # noqa: B039  never changed in place

# The order matters: credentials in an address of the web look like one of e-mail.
_STRIKE = (
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.I), rf"\1{STRUCK}@"),
    (re.compile(r"((?:https?|wss?)://[^\s?#]+|/[\w./~%-]*)[?#][^\s]+", re.I), rf"\1?{STRUCK}"),
    (re.compile(r"\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}", re.I), rf"\1 {STRUCK}"),
    (
        re.compile(r"\b([\w-]*(?:password|passwd|secret|token|api[_-]?key|code|cookie))(\"?\s*[=:]\s*)\S+", re.I),
        rf"\1\2{STRUCK}",
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), STRUCK),
    (re.compile(r"[^\s@<>\"'(,;:]+@[^\s@<>\"'),;:]+"), STRUCK),
    (re.compile(r"(?<![\w.-])(?:\+|00)[1-9][\d .()/-]{5,}\d"), STRUCK),
    (re.compile(r"(?<![\w.:-])0[1-9](?:[ .-]?\d\d){4}(?![\w-])"), STRUCK),
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|<[^>]*>|\([^)]*\)|/\S*")


def redact(text: str) -> str:
    """``text`` without e-mail addresses, telephone numbers, bearer tokens, query strings and credentials."""
    for pattern, instead in _STRIKE:
        text = pattern.sub(instead, text)
    return text


@contextlib.contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Adds fields (public ids, names of channels) to every line written inside. Follows ``await``, not threads."""
    token = _bound.set({**_bound.get(), **{name: str(value) for name, value in fields.items()}})
    try:
        yield
    finally:
        _bound.reset(token)


def configure(role: str) -> None:
    """Names the role of this process in its lines."""
    global _role
    _role = role


def role() -> str:
    """The role of this process: web, edge, desk, worker, or "" for a command."""
    return _role


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """A record as the fields of its line. ``time`` is RFC 3339 in UTC with milliseconds."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    line: dict[str, Any] = {
        "time": f"{moment}.{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _event(record),
        "role": _role,
        "pid": record.process,
    }
    line.update((name, redact(value)) for name, value in _bound.get().items() if name not in line)
    status = getattr(record, "status_code", None)
    if isinstance(status, int):  # Django's own lines, whose words are left out
        line["status"] = status
    # What a stranger sent wrong is answered with 400; its place in our code tells nothing.
    if record.exc_info and record.exc_info[1] is not None and not record.name.startswith("django.security."):
        line["exception"] = _exception(record.exc_info[1])
    return line


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry(record), ensure_ascii=False, separators=(",", ":"))


class Plain(logging.Formatter):
    """The same for people who sit before a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = entry(record)
        head = f"{line['time']} {line['level'].upper():7} {line['logger']} {line['event']}"
        fields = [f"{name}={value}" for name, value in line.items() if name in _bound.get()]
        trouble = line.get("exception") or []
        places = [f"\n    {one['type']} at {' < '.join(reversed(one['at']))}" for one in trouble]
        return " ".join([head, *fields]) + "".join(places)


def formatter(stream: TextIO | None = None) -> logging.Formatter:
    """What fits: text for a terminal or with ``RONDPOINT_LOG=text``, else JSON (also forced by ``json``)."""
    asked = os.environ.get("RONDPOINT_LOG", "")
    on_terminal = (stream or sys.stderr).isatty() and asked != "json"
    return Plain() if asked == "text" or on_terminal else JsonLines()


def _event(record: logging.LogRecord) -> str:
    own = record.name == OWN or record.name.startswith(OWN + ".")
    template = str(record.msg)
    try:
        if isinstance(record.msg, BaseException):
            text = type(record.msg).__name__
        elif record.args and own:
            text = template % _without_values(record.args)
        elif record.args:
            text = template % _numbers_only(record.args)
        else:
            text = template if own else _QUOTED.sub(STRUCK, template.partition("\n")[0])
    except (TypeError, ValueError, KeyError):
        text = template  # a line that cannot be filled in is still worth its words
    return redact(text)[:LONGEST]


class _Named:
    """Stands for an exception: says its type, whichever way it is asked."""

    def __init__(self, error: BaseException):
        self._name = type(error).__name__

    def __str__(self) -> str:
        return self._name

    __repr__ = __str__


def _without_values(arguments: Any) -> Any:
    if isinstance(arguments, dict):
        return {name: _Named(one) if isinstance(one, BaseException) else one for name, one in arguments.items()}
    return tuple(_Named(one) if isinstance(one, BaseException) else one for one in arguments)


def _numbers_only(arguments: Any) -> Any:
    if isinstance(arguments, dict):
        return {name: one if isinstance(one, int | float) else STRUCK for name, one in arguments.items()}
    return tuple(one if isinstance(one, int | float) else STRUCK for one in arguments)


def _exception(error: BaseException) -> list[dict[str, object]]:
    """The chain, what came last first: types and places, never values."""
    chain: list[dict[str, object]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < 5:
        seen.add(id(current))
        kind = type(current)
        chain.append({"type": f"{kind.__module__}.{kind.__qualname__}", "at": _places(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-FRAMES:]
