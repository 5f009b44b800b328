"""Spans never stand in the way: with no collector, with one that is away, too slow, or ended in between."""

import socket
import uuid

import pytest

from rondpoint.lib import tracing
from rondpoint.lib.tracing import Exporter, Span

A_SPAN = Span("x", 1, 2, 1, 0)


class Idle(Exporter):
    """Its thread ends at once; what waits stays where a test can look."""

    def _run(self) -> None:
        return


@pytest.fixture(autouse=True)
def _off():
    tracing.end()
    yield
    tracing.end()


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_without_a_collector_nothing_is_kept_and_errors_pass():
    tracing.begin("")
    assert not tracing.on()
    with tracing.span("x", uuid.uuid4()) as opened:
        assert opened is None
    with pytest.raises(ZeroDivisionError), tracing.span("x", None):
        _ = 1 / 0
    tracing.point("x", uuid.uuid4(), 1, 2)
    assert tracing.dropped() == 0


def test_a_second_begin_keeps_the_first_collector(nobody, monkeypatch):
    monkeypatch.setattr(tracing, "Exporter", Idle)
    tracing.begin(nobody)
    first = tracing._exporter
    tracing.begin("http://127.0.0.1:9")
    assert tracing._exporter is first


def test_a_span_that_belongs_to_nothing_is_not_told(nobody, monkeypatch):
    monkeypatch.setattr(tracing, "Exporter", Idle)
    tracing.begin(nobody)
    with tracing.span("alone", None) as opened:
        assert opened is None
    assert tracing._exporter._batch() == []
    with tracing.span("outer", uuid.uuid4()) as outer, tracing.span("inner", None) as inner:
        pass
    assert (inner.trace, inner.parent) == (outer.trace, outer.number)
    with tracing.span("outer", uuid.uuid4()) as outer, tracing.span("other", uuid.uuid4()) as other:
        pass
    assert other.parent != outer.number, "another delivery's span is not this one's child"


def test_a_span_that_outlives_the_collector_ends_quietly(nobody):
    tracing.begin(nobody)
    with tracing.span("late", uuid.uuid4()) as opened:
        tracing.end()
    assert opened.end >= opened.start


def test_a_slow_collector_costs_spans_and_no_memory(nobody, monkeypatch):
    monkeypatch.setattr(tracing, "WAITING", 3)
    exporter = Idle(nobody, (), "rondpoint", "web")
    for _ in range(5):
        exporter.take(A_SPAN)
    assert exporter.dropped == 2
    assert len(exporter._batch()) == 3


def test_the_end_waits_for_one_failure_only_and_says_so_once(nobody, monkeypatch, caplog):
    """With a collector that is away, a full queue must not hold up the stop by one timeout for each batch."""
    monkeypatch.setattr(tracing, "TOGETHER", 2)
    exporter = Idle(nobody, (), "rondpoint", "web")
    for _ in range(6):
        exporter.take(A_SPAN)
    assert not exporter._tell([A_SPAN])
    exporter._stop.set()
    Exporter._run(exporter)
    assert exporter.dropped == 1 + 2
    assert exporter._queue.qsize() == 4
    assert len([one for one in caplog.records if "collector" in one.message]) == 1
