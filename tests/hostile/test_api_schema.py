"""The running API against its own description: what it promises is what it answers, and nothing makes it fail.

schemathesis makes requests out of ``/api/v1/openapi.json``, such as the description allows and such as it does not.
Half of them carry ids that exist in the demo company.
"""

import json
import os

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, assume, given, reject, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.peers.house import House

EXAMPLES = int(os.environ.get("RONDPOINT_API_EXAMPLES", "4"))  # for each operation and each way of making them
SEED = int(os.environ.get("RONDPOINT_SEED", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LISTS = {
    "customers": "/customers",
    "conversations": "/conversations",
    "commitments": "/commitments",
    "views": "/views",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("schema"), "--demo").start()
    yield house
    assert house.stop() == 0


@pytest.fixture(scope="module")
def client(demo):
    with httpx.Client(base_url=demo.url, headers={"Authorization": f"Bearer {key(demo)}"}, timeout=20) as client:
        yield client


def key(demo) -> str:
    if not demo.key:
        demo.key = demo.run("key", "create", "schema")
    return demo.key


@pytest.fixture(scope="module")
def known(demo) -> dict[str, list[str]]:
    """Ids that exist, by the noun that stands before them in an address."""
    found = {noun: [row["id"] for row in demo.api("GET", path).json()["items"][:5]] for noun, path in LISTS.items()}
    thread = demo.api("GET", f"/conversations/{found['conversations'][0]}/messages").json()["items"]
    return {**found, "messages": [message["id"] for message in thread[:5]]}


@pytest.fixture(scope="module")
def operations(client):
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    return [operation.ok() for operation in schema.get_all_operations()]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_keeps_its_description(operations, client, known, mode):
    tried = 0
    failed: dict[str, str] = {}
    for operation in operations:

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if EXAMPLES > 50 else [])],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def run(case, data):
            nonlocal tried
            ids = known.get(case.path.split("/")[3], [])
            if ids and "id" in (case.path_parameters or {}) and data.draw(st.booleans()):
                case.path_parameters["id"] = data.draw(st.sampled_from(ids))
            assume("%0A" not in str(case.formatted_path))  # the web server knows no such address
            try:
                answer = send(client, case)
            except httpx.InvalidURL:
                reject()  # longer than this client writes
            tried += 1
            case.validate_response(answer, checks=CHECKS)

        try:
            run()
        except (Exception, BaseExceptionGroup) as error:  # schemathesis raises groups that say which request it was
            failed[operation.label] = str(error)[:2000]
    print(f"API requests made out of the description ({mode.value}): {tried}, operations that broke it: {len(failed)}")
    assert not failed, "\n\n".join(f"{label}\n{why}" for label, why in failed.items())
    assert tried >= len(operations)


def send(client: httpx.Client, case) -> httpx.Response:
    """The response to a case, over one kept connection."""
    arguments = case.as_transport_kwargs(base_url=str(client.base_url))
    headers = arguments.get("headers") or {}
    request = client.build_request(
        arguments["method"],
        arguments["url"],
        params=arguments.get("params"),
        headers={name: value for name, value in headers.items() if name.lower() not in ("authorization", "host")},
        cookies=arguments.get("cookies"),
        content=body(arguments),
    )
    return client.send(request)


def body(arguments: dict) -> bytes | None:
    if arguments.get("json") is not None:
        return json.dumps(arguments["json"]).encode()
    data = arguments.get("data")
    return data.encode() if isinstance(data, str) else data


def test_methods_that_are_not_there_are_told_so(operations, client):
    paths = {operation.path: set() for operation in operations}
    for operation in operations:
        paths[operation.path].add(operation.method.upper())
    for path, methods in paths.items():
        address = path.replace("{id}", "00000000-0000-0000-0000-000000000000").replace("{link}", "1")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            answer = client.request(method, address)
            assert answer.status_code == 405, f"{method} {address}"
            assert answer.headers["allow"]
            assert answer.headers["content-type"].startswith("application/problem+json")
