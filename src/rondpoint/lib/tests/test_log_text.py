"""Lines of the log for people before a terminal, and messages whose values are named."""

import logging
import sys

from rondpoint.lib import logs


def record(name: str, message: object, *arguments: object, error: bool = False) -> logging.LogRecord:
    """What a logger would hand on."""
    trouble = sys.exc_info() if error else None
    return logging.LogRecord(name, logging.WARNING, "x.py", 1, message, arguments, trouble)


def test_a_terminal_shows_the_words_the_bound_ids_and_where_it_broke():
    with logs.bound(delivery="d-1"):
        try:
            int("canary")
        except ValueError:
            shown = logs.Plain().format(record("rondpoint.test", "it broke", error=True))
    first, second = shown.splitlines()
    assert first.endswith("WARNING rondpoint.test it broke delivery=d-1")
    assert "builtins.ValueError at " in second
    assert "test_a_terminal_shows" in second
    assert "canary" not in shown


def test_a_terminal_shows_one_line_when_nothing_broke():
    shown = logs.Plain().format(record("rondpoint.test", "all is well"))
    assert shown.endswith("rondpoint.test all is well")
    assert "\n" not in shown


def test_named_values_of_ours_are_shown_but_exceptions_only_by_their_type():
    line = logs.entry(record("rondpoint.test", "%(what)s: %(why)s", {"what": "parse", "why": ValueError("canary")}))
    assert line["event"] == "parse: ValueError"


def test_named_values_of_libraries_stay_out_but_numbers():
    line = logs.entry(record("elsewhere", "%(path)s took %(ms)d ms", {"path": "canary", "ms": 12}))
    assert line["event"] == f"{logs.STRUCK} took 12 ms"


def test_a_message_whose_values_do_not_fit_keeps_its_words():
    assert logs.entry(record("rondpoint.test", "%d of %d", "many"))["event"] == "%d of %d"


def test_a_status_of_django_is_kept_as_a_number():
    row = record("django.request", "Not Found: %s", "/canary")
    row.status_code = 404
    line = logs.entry(row)
    assert line["status"] == 404
    assert "canary" not in str(line)


def test_an_exception_that_hides_its_cause_shows_only_itself():
    try:
        try:
            int("x")
        except ValueError:
            raise LookupError("y") from None
    except LookupError:
        line = logs.entry(record("rondpoint.test", "it broke", error=True))
    assert [one["type"] for one in line["exception"]] == ["builtins.LookupError"]


def test_a_chain_of_exceptions_that_bites_its_tail_ends():
    first, second = ValueError("a"), LookupError("b")
    first.__cause__, second.__cause__ = second, first
    try:
        raise first
    except ValueError:
        line = logs.entry(record("rondpoint.test", "it broke", error=True))
    assert [one["type"] for one in line["exception"]] == ["builtins.ValueError", "builtins.LookupError"]
