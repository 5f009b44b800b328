"""Counts of several processes on one address: nothing is lost at a restart, nobody unasked sees them."""

import json
import os
import subprocess
import sys
import timeit
from pathlib import Path

import pytest
from starlette.requests import Request

from rondpoint.config import health, telemetry
from rondpoint.lib import counted, metrics


@pytest.fixture(autouse=True)
def _from_nothing():
    metrics.forget()
    yield
    metrics.forget()


def in_a_process(folder: Path, code: str, ending: str = "notebook.close()") -> None:
    """Another process that counts in the same home and ends."""
    head = (
        "from pathlib import Path\nfrom rondpoint.lib import counted, metrics\n"
        f"notebook = metrics.Notebook(Path({str(folder)!r}), 'worker')\nnotebook.open()\n"
    )
    subprocess.run([sys.executable, "-c", f"{head}{code}\n{ending}"], check=True, timeout=30)


def value(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(name + " ")).rpartition(" ")[2])


def test_two_processes_are_added_up_and_the_ended_one_still_counts(tmp_path):
    counted.stored.add(2, "sms")
    here = metrics.Notebook(tmp_path, "web")
    here.open()
    for _ in range(2):  # each start folds what the one before it left
        in_a_process(tmp_path, "counted.stored.add(3, 'sms'); counted.turn.see(0.2); counted.streams.add(4, 'chat')")
        counts = metrics.total(tmp_path)
    text = metrics.text(counts)
    assert value(text, 'rondpoint_deliveries_stored_total{channel="sms"}') == 2 + 3 + 3
    assert value(text, "rondpoint_write_turn_seconds_count") == 2
    assert value(text, 'rondpoint_write_turn_seconds_bucket{le="0.25"}') == 2
    assert value(text, 'rondpoint_write_turn_seconds_bucket{le="0.1"}') == 0
    assert "rondpoint_streams_open{" not in text, "a gauge of a process that has ended"
    here.close()
    assert len(list(tmp_path.glob("*-*.json"))) == 2


def test_a_killed_process_loses_only_what_it_had_not_yet_written(tmp_path):
    code = "counted.stored.add(3, 'sms'); notebook.write(); counted.stored.add(1, 'sms')"
    in_a_process(tmp_path, code, "import os; os._exit(0)")
    assert value(metrics.text(metrics.total(tmp_path)), 'rondpoint_deliveries_stored_total{channel="sms"}') == 3


def test_a_torn_file_costs_only_itself(tmp_path):
    tmp_path.joinpath("past.json").write_text('{"rondpoint_deli')
    in_a_process(tmp_path, "counted.stored.add(3, 'sms')")
    assert value(metrics.text(metrics.total(tmp_path)), 'rondpoint_deliveries_stored_total{channel="sms"}') == 3


def test_labels_stay_few():
    for number in range(metrics.MOST_LABELS * 2):
        counted.stored.add(1, f"channel {number}")
    assert len(counted.stored.values) == metrics.MOST_LABELS + 1
    assert counted.stored.values[("other",)] == metrics.MOST_LABELS


def test_values_of_labels_cannot_break_the_format():
    counted.stored.add(1, 'a"b\\c\nd')
    assert r'{channel="a\"b\\c\nd"} 1' in metrics.text(metrics.snapshot())


def asked(client: str, **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "headers": pairs, "client": (client, 1), "path": "/metrics"})


@pytest.mark.parametrize(
    ("client", "headers", "may"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.9", {}, True),  # the trusted proxy itself
        ("10.0.0.8", {}, False),
        ("203.0.113.7", {}, False),
        ("127.0.0.1", {"x_forwarded_for": "203.0.113.7"}, False),  # a proxy on this machine passes it on
        ("127.0.0.1", {"forwarded": "for=203.0.113.7"}, False),
        ("203.0.113.7", {"authorization": "Bearer the-token"}, True),
        ("127.0.0.1", {"authorization": "Bearer another"}, False),
        ("203.0.113.7", {"authorization": "Bearer "}, False),
    ],
)
def test_metrics_are_for_this_machine_or_who_has_the_token(settings, client, headers, may):
    import msgspec

    settings.ENVIRONMENT = msgspec.structs.replace(
        settings.ENVIRONMENT, metrics_token="the-token", trusted_proxies=("10.0.0.9",)
    )
    assert health.may_see_metrics(asked(client, **headers)) is may


def test_without_a_token_nobody_has_it(settings):
    assert not health.may_see_metrics(asked("203.0.113.7", authorization="Bearer "))


def test_requests_are_counted_by_class_and_never_by_address():
    import asyncio

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ignore(message):
        pass

    async def all_of_them():
        for path in ("/in/sms/x", "/conversations/1", "/conversations/2", "/canary"):
            await telemetry.Observed(app)({"type": "http", "path": path, "method": "GET"}, None, ignore)

    asyncio.run(all_of_them())
    assert set(counted.requests.values) == {("webhook", "4xx"), ("desk", "4xx")}


def test_counting_costs_nothing_to_speak_of():
    each = min(timeit.repeat(lambda: counted.turn.see(0.01), number=10_000, repeat=5)) / 10_000
    print(f"counting: {each * 1e6:.2f} µs each")
    assert each < 20e-6


def test_the_guide_lists_every_metric():
    for language in ("en", "fr"):
        guide = Path(__file__).parents[2].joinpath("docs", language, "operate.md").read_text()
        missing = [metric.name for metric in metrics.declared() if f"`{metric.name}`" not in guide]
        assert not missing, f"docs/{language}/operate.md"


def test_a_job_is_counted_whether_it_ends_well_or_not():
    telemetry._counted("well", lambda: None)()
    with pytest.raises(ZeroDivisionError):
        telemetry._counted("broken", lambda: 1 / 0)()
    assert counted.jobs.values == {("well", "done"): 1, ("broken", "failed"): 1}
    assert ("well",) in counted.job_success.values
    assert ("broken",) not in counted.job_success.values


def test_what_is_written_is_small(tmp_path):
    notebook = metrics.Notebook(tmp_path, "web")
    notebook.open()
    notebook.close()
    [path] = tmp_path.glob("web-*.json")
    assert path.name == f"web-{os.getpid()}.json"
    assert isinstance(json.loads(path.read_text()), dict)
