"""Spans: who asks for none pays nothing; with a collector one SMS is one trace, from the house's own processes."""

import json
import re
import sys
import threading
import timeit
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from rondpoint.lib import tracing
from tests.peers.house import House, wait_for
from tests.peers.sms_provider import Provider


class Collector:
    """Takes OTLP over HTTP in JSON; ``spans`` holds them with their resource's role."""

    def __init__(self, status: int = 200):
        self.spans: list[dict] = []
        self.headers: list[dict] = []
        self.status = status
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/traces"
                collector.headers.append(dict(self.headers))
                for resource in said["resourceSpans"]:
                    about = {one["key"]: one["value"] for one in resource["resource"]["attributes"]}
                    for scope in resource["scopeSpans"]:
                        role = about["rondpoint.role"]["stringValue"]
                        collector.spans += [one | {"role": role} for one in scope["spans"]]
                self.send_response(collector.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, trace: str) -> list[dict]:
        return [one for one in self.spans if one["traceId"] == uuid.UUID(trace).hex]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    tracing.end()
    collector.stop()


def test_a_span_of_a_trace_reaches_the_collector_as_otlp(collector):
    trace = uuid.uuid4()
    tracing.begin(collector.url, (("authorization", "Basic eA=="),), "rondpoint", "web")
    with tracing.span("outer", trace, channel="sms"), tracing.span("inner", None, items=3):
        pass
    with pytest.raises(ZeroDivisionError), tracing.span("broken", str(trace)):
        _ = 1 / 0
    tracing.point("known", trace, 1_000_000, 3_000_000)
    tracing.end()
    spans = {one["name"]: one for one in collector.of(str(trace))}
    assert set(spans) == {"outer", "inner", "broken", "known"}
    assert spans["inner"]["parentSpanId"] == spans["outer"]["spanId"]
    assert spans["outer"]["parentSpanId"] == spans["broken"]["parentSpanId"] == f"{trace.int & (2**64 - 1):016x}"
    assert int(spans["outer"]["endTimeUnixNano"]) >= int(spans["outer"]["startTimeUnixNano"]) > 10**18
    assert (spans["known"]["startTimeUnixNano"], spans["known"]["endTimeUnixNano"]) == ("1000000000", "3000000000")
    assert spans["outer"]["attributes"] == [{"key": "channel", "value": {"stringValue": "sms"}}]
    assert spans["inner"]["attributes"] == [{"key": "items", "value": {"intValue": "3"}}]
    assert spans["broken"]["status"] == {"code": 2, "message": "ZeroDivisionError"}
    assert collector.headers[0]["authorization"] == "Basic eA=="


def test_what_is_not_known_to_be_harmless_is_no_attribute(collector):
    tracing.begin(collector.url)
    with pytest.raises(ValueError, match="address"), tracing.span("x", uuid.uuid4(), address="canary"):
        pass


def test_a_collector_that_is_away_costs_spans_and_nothing_else(caplog):
    tracing.begin("http://127.0.0.1:9")
    with tracing.span("lost", uuid.uuid4()):
        pass
    wait_for(lambda: tracing.dropped() == 1, 10, "the span counted as dropped")
    tracing.end()
    assert len([one for one in caplog.records if "collector" in one.message]) == 1


def test_a_span_without_a_collector_costs_less_than_a_microsecond():
    assert not tracing.on()
    trace = uuid.uuid4()

    def one():
        with tracing.span("x", trace):
            pass

    # Whoever measures coverage follows every line; that is not the cost of a span.
    follower = sys.gettrace()
    sys.settrace(None)
    try:
        each = min(timeit.repeat(one, number=20_000, repeat=7)) / 20_000
    finally:
        sys.settrace(follower)
    print(f"span when off: {each * 1e9:.0f} ns")
    assert each < 1e-6


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def house(tmp_path_factory, provider, collector):
    house = House(tmp_path_factory.mktemp("traces"))
    house.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
    house.sms = house.connect("sms", "SMS", **provider.settings("+33199001000"))
    house.start()
    yield house
    assert house.stop() == 0


def test_an_sms_and_its_answer_are_traces_of_the_house(house, provider, collector):
    inbound = house.sms["inbound_url"]
    assert provider.text(inbound, "+33199000123", "+33199001000", "Bonjour", "SM1").status_code == 200
    found = wait_for(lambda: house.api("GET", "/conversations").json()["items"], what="the conversation")
    seen = wait_for(lambda: [one for one in collector.spans if one["name"] == "live"], what="the live span")
    assert seen[0]["role"] == "web"
    said = {"channel": "sms", "text": "Bonsoir"}
    assert house.api("POST", f"/conversations/{found[0]['id']}/messages", json=said).status_code == 202
    wait_for(lambda: [m for m in provider.sent if m["Body"] == "Bonsoir"], what="the answer at the provider")
    call = wait_for(lambda: [one for one in collector.spans if one["name"] == "provider call"], what="its span")[0]
    sid = provider.sent[-1]["sid"]
    assert provider.receipt(inbound, sid, "delivered").status_code == 200
    trace = str(uuid.UUID(call["traceId"]))
    wait_for(lambda: "receipt" in {one["name"] for one in collector.of(trace)}, what="the receipt in the same trace")
    by_role = {(one["role"], one["name"]) for one in collector.of(trace)}
    assert by_role >= {("web", "submit"), ("worker", "dispatch"), ("worker", "provider call"), ("worker", "receipt")}
    assert ("web", "live") in {(one["role"], one["name"]) for one in collector.of(trace)}
    assert "Bonsoir" not in json.dumps(collector.spans)
    assert httpx.get(f"{house.url}/readyz").status_code == 200


def test_a_message_is_one_trace_from_the_delivery_to_the_screen(house, provider, collector):
    password = "a password of the tests, long enough"
    house.run("user", "create", "ines@example.com", "--admin", stdin=f"{password}\n")
    with httpx.Client(base_url=house.url, timeout=20) as desk:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', desk.get("/login").text)[1]
        form = {"csrfmiddlewaretoken": token, "email": "ines@example.com", "password": password}
        assert desk.post("/login", data=form).status_code == 302
        ticket = desk.get("/desk/ticket?conversation=", headers={"X-Requested-With": "fetch"}).json()["ticket"]
        with desk.stream("GET", f"/desk/stream?ticket={ticket}") as stream:
            lines = stream.iter_lines()
            assert ": here" in (next(lines), next(lines))
            text = provider.text(house.sms["inbound_url"], "+33199000456", "+33199001000", "Bonjour", "SM2")
            assert text.status_code == 200
            assert any(line.startswith("data:") for line in lines)
            screen = wait_for(lambda: [one for one in collector.spans if one["name"] == "screen"], what="its span")[0]
    way = [("web", "stored"), ("worker", "parse"), ("worker", "apply"), ("web", "live"), ("web", "screen")]

    def walked() -> list[tuple[str, str]]:
        found = sorted(collector.of(str(uuid.UUID(screen["traceId"]))), key=lambda one: int(one["startTimeUnixNano"]))
        return [(one["role"], one["name"]) for one in found]

    wait_for(lambda: set(way) <= set(walked()), what=f"the whole way in one trace: {walked()}")
    assert [step for step in dict.fromkeys(walked()) if step in way] == way
