"""Counts stay bounded, live beside each other and outlast whoever counted, whatever lies in their folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rondpoint.lib import metrics


@pytest.fixture(autouse=True)
def _own_metrics(monkeypatch):
    monkeypatch.setattr(metrics, "_declared", {})


def ended_process() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(timeout=30)
    return child.pid


def test_a_metric_is_declared_once():
    metrics.Counter("mails_total", "Mails.")
    with pytest.raises(ValueError, match="mails_total is declared twice"):
        metrics.Gauge("mails_total", "Mails.")


def test_labels_that_never_end_are_counted_together():
    """Whoever sends a million different names must not fill the memory."""
    counter = metrics.Counter("calls_total", "Calls.", ("path", "status"))
    for number in range(metrics.MOST_LABELS + 50):
        counter.add(1, f"/{number}", "404")
    counter.add(1, "/3", "404")
    assert len(counter.values) == metrics.MOST_LABELS + 1
    assert counter.values[("other", "other")] == 50
    assert counter.values[("/3", "404")] == 2


def test_a_gauge_goes_up_and_down_and_shows_the_present():
    gauge = metrics.Gauge("open", "Open.", ("kind",))
    gauge.add(3, "chat")
    gauge.add(-1, "chat")
    gauge.set(7, "desk")
    shown = metrics.text(metrics.snapshot()).splitlines()
    assert [line for line in shown if line[0] != "#"] == ['open{kind="chat"} 2', 'open{kind="desk"} 7']


def test_a_label_with_quotes_and_lines_cannot_forge_a_line():
    metrics.Counter("calls_total", "Calls.", ("name",)).add(1, 'a"} 9\nforged 1\\')
    shown = metrics.text(metrics.snapshot()).splitlines()
    assert shown[-1] == 'calls_total{name="a\\"} 9\\nforged 1\\\\"} 1'
    assert len(shown) == 3


def test_a_histogram_of_an_older_version_is_not_shown_wrongly():
    metrics.Histogram("size", "Sizes.", bounds=(1.0, 2.0))
    old = {"size": {"[]": [1.0, 5.0]}}
    assert "size_count" not in metrics.text(old)
    added = metrics.add(old, {"size": {"[]": [1.0, 0.0, 1.0, 9.5]}})
    assert "size_count 2" in metrics.text(added), "the new buckets alone"


def test_what_is_counted_is_written_without_anybody_asking(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics, "EVERY", 0.01)
    counter = metrics.Counter("mails_total", "Mails.")
    notebook = metrics.Notebook(tmp_path, "worker")
    notebook.open()
    try:
        counter.add(4)
        deadline = time.monotonic() + 10
        while metrics.total(tmp_path) != {"mails_total": {"[]": 4}}:
            assert time.monotonic() < deadline, metrics.total(tmp_path)
    finally:
        notebook.close()


def test_a_start_adds_what_ended_processes_left_but_no_gauge_of_theirs(tmp_path):
    metrics.Counter("mails_total", "Mails.")
    metrics.Gauge("open", "Open.")
    left = tmp_path / f"worker-{ended_process()}.json"
    left.write_text('{"mails_total": {"[]": 5}, "open": {"[]": 2}, "of_an_older_version": {"[]": 1}}')
    (tmp_path / "copy-of.json").write_text("torn {")
    for _ in range(2):  # a second start finds nothing to add again
        metrics.fold(tmp_path)
        assert metrics.total(tmp_path) == {"mails_total": {"[]": 5}, "of_an_older_version": {"[]": 1}}
        assert [path.name for path in tmp_path.glob("*.json")] == ["past.json"]


def test_a_process_of_somebody_else_lives(tmp_path: Path, monkeypatch):
    """A number that may not be asked is still a process: its counts are not folded away under it."""
    other = tmp_path / "web-1.json"
    other.write_text("{}")

    def forbidden(number: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    metrics.fold(tmp_path)
    assert other.exists()


def test_a_folder_that_cannot_be_written_costs_counts_and_no_work(tmp_path):
    metrics.Counter("mails_total", "Mails.").add(1)
    notebook = metrics.Notebook(tmp_path / "gone", "web")
    notebook.write()
    assert not (tmp_path / "gone").exists()
