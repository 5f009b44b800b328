"""Other systems are told of facts: signed, each under one id, again until they answer, and none waits for another."""

import asyncio
import base64
import hashlib
import hmac
import json

import httpx
import pytest

from rondpoint.accounts.models import AuditEntry
from rondpoint.events import actions as events
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.hub.models import Endpoint, Told
from rondpoint.hub.webhooks import actions, rules, working
from rondpoint.lib import clock
from rondpoint.lib.db import write

# Followers see what is committed, so these tests commit.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


def tell(*types):
    with write():
        now = clock.now()
        events.record([Fact(None, type_, now, "test", f"{type_}:{now}:{n}") for n, type_ in enumerate(types)])
    settle()
    while working.collect():
        pass


class Peer:
    """Another system: what it was asked, and what it answers."""

    def __init__(self, *answers):
        self.asked: list[httpx.Request] = []
        self.answers = list(answers) or [200]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, text="said")

    def work(self) -> int:
        """Tells what is due, as the worker does; how many."""

        async def all_of_it(found):
            async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
                return await asyncio.gather(*(working.send(each, http) for each in found))

        found = working.due({})
        outcomes = asyncio.run(all_of_it(found))
        with write():
            working.record(outcomes)
        return len(found)


@pytest.fixture
def endpoint(brand):
    return actions.add("Warehouse", "https://hooks.example.com/in", ["order.completed"], "ada@example.com")


def test_a_fact_is_told_signed_as_standard_webhooks_has_it(endpoint):
    tell("order.completed", "Page Viewed")
    peer = Peer()
    assert peer.work() == 1
    [request] = peer.asked
    said = json.loads(request.content)
    assert said["type"] == "order.completed" and said["timestamp"].endswith("Z")
    assert said["data"].keys() == {"id", "customer", "channel", "source", "properties"}
    key = base64.b64decode(actions.secret_of(endpoint).removeprefix("whsec_"))
    seconds = request.headers["webhook-timestamp"]
    signed = f"{request.headers['webhook-id']}.{seconds}.".encode() + request.content
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(seconds) - clock.now() // clock.SECOND) < 60
    row = Told.objects.get()
    assert (row.state, row.attempts, row.status) == ("delivered", 1, 200)
    assert row.tries[0]["answer"] == "said"
    assert peer.work() == 0


def test_the_signature_is_that_of_the_specification():
    # The vector of the Standard Webhooks reference libraries.
    signed = rules.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_fails_is_told_again_under_the_same_id_with_longer_pauses(endpoint):
    tell("order.completed")
    peer = Peer(500, httpx.ConnectError("nobody there"), 200)
    peer.work()
    row = Told.objects.get()
    assert row.state == "waiting" and 0 < row.due - clock.now() <= 6 * clock.SECOND
    assert peer.work() == 0
    for attempts in (2, 3):
        with write():
            Told.objects.update(due=clock.now())
        assert peer.work() == 1
        row.refresh_from_db()
        assert row.attempts == attempts
    assert row.state == "delivered" and [each["status"] for each in row.tries] == [200, 0, 500]
    assert "nobody there" in row.tries[1]["error"]
    assert len({request.headers["webhook-id"] for request in peer.asked}) == 1
    endpoint.refresh_from_db()
    assert endpoint.failing is None


def test_pauses_grow_until_three_days_are_over():
    at, attempts = 0, 0
    while at is not None:
        attempts, last = attempts + 1, at
        at = rules.next_due(attempts, 0, at)
    assert 15 < attempts < 30
    assert 2.5 * clock.DAY < last < 3 * clock.DAY


def test_after_three_days_of_failures_it_is_switched_off_and_said_so(endpoint, desk):
    tell("order.completed")
    with write():
        Endpoint.objects.update(failing=clock.now() - 3 * clock.DAY)
    Peer(503).work()
    endpoint.refresh_from_db()
    assert not endpoint.active and endpoint.disabled
    assert AuditEntry.objects.filter(action="webhook.disabled").exists()
    assert "Nothing arrived there for three days" in desk.get(f"/webhooks/{endpoint.public_id}").content.decode()
    tell("order.completed")
    assert Told.objects.count() == 1 and Peer().work() == 0
    desk.post(f"/webhooks/{endpoint.public_id}/activity")
    endpoint.refresh_from_db()
    assert endpoint.active and endpoint.disabled is None
    tell("order.completed")
    assert Told.objects.count() == 2


def test_one_that_is_gone_is_told_no_more(endpoint):
    tell("order.completed")
    Peer(410).work()
    endpoint.refresh_from_db()
    assert not endpoint.active


def test_one_that_hangs_has_its_slots_and_no_more(endpoint):
    other = actions.add("CRM", "https://crm.example.com/in", [], "ada@example.com")
    tell(*["order.completed"] * 10)
    first = working.due({})
    assert len([each for each in first if each.endpoint == endpoint.id]) == working.SLOTS
    flying = {each.id: each.endpoint for each in first if each.endpoint == endpoint.id}
    assert {each.endpoint for each in working.due(flying)} == {other.id}


def test_only_what_happens_from_then_on_is_told_and_all_of_it_can_be_told_again(brand):
    tell("order.completed")
    row = actions.add("All", "https://hooks.example.com/in", [], "ada@example.com")
    tell("order.completed", "Page Viewed")
    assert Told.objects.count() == 2
    peer = Peer()
    peer.work()
    assert actions.replay_between(row, 0, clock.now() + 1) == 3
    peer.work()
    sent = [request.headers["webhook-id"] for request in peer.asked]
    assert len(sent) == 5 and len(set(sent)) == 3


def test_what_was_told_long_ago_is_forgotten(endpoint):
    tell("order.completed")
    Peer().work()
    assert actions.forget(clock.now() + 6 * clock.DAY) == 0
    assert actions.forget(clock.now() + 8 * clock.DAY) == 1


def test_screens(desk):
    answer = desk.post("/webhooks", {"name": "Shop", "url": "shop"})
    assert answer.status_code == 422 and "https://www.example.com/hooks" in answer.content.decode()
    desk.post("/webhooks", {"name": "Shop", "url": "https://hooks.example.com/in"})
    row = Endpoint.objects.get()
    place = f"/webhooks/{row.public_id}"
    desk.post(f"{place}/test")
    peer = Peer(200)
    peer.work()
    assert json.loads(peer.asked[0].content)["type"] == "webhook.test"
    page = desk.get(place).content.decode()
    assert "webhook.test" in page and "arrived" in page and actions.secret_of(row) in page
    told = Told.objects.get()
    assert "nothing happened" in desk.get(f"{place}/told/{told.public_id}").content.decode()
    desk.post(f"{place}/told/{told.public_id}")
    assert peer.work() == 1
    before = actions.secret_of(row)
    desk.post(f"{place}/secret")
    row.refresh_from_db()
    assert actions.secret_of(row) != before and before not in row.secret
    assert desk.post(f"{place}/replay", {"since": "x", "until": "y"}).status_code == 422
    desk.post(f"{place}/removal")
    assert not Endpoint.objects.exists() and not Told.objects.exists()


def test_webhooks_by_the_api(api):
    said = {"name": "Shop", "url": "https://hooks.example.com/in", "types": ["order.completed"]}
    made = api.post("/api/v1/webhooks", said, content_type="application/json").json()
    place = f"/api/v1/webhooks/{made['id']}"
    assert made["secret"].startswith("whsec_") and made["active"]
    tell("order.completed")
    Peer(500).work()
    [told] = api.get(f"{place}/deliveries").json()["items"]
    assert (told["state"], told["status"], told["tries"][0]["answer"]) == ("waiting", 500, "said")
    assert api.post(f"{place}/deliveries/{told['id']}/replay").json()["attempts"] == 0
    assert api.post(f"{place}/deliveries/none/replay").status_code == 404
    assert api.patch(place, {"active": False}, content_type="application/json").json()["active"] is False
    bad = api.patch(place, {"url": "ftp://x"}, content_type="application/json")
    assert bad.status_code == 422 and bad.json()["errors"][0]["field"] == "url"
    assert api.delete(place).status_code == 204
    assert api.get(place).status_code == 404
