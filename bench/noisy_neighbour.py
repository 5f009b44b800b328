"""``noisy-neighbour``: how much longer a message waits to be sent while other providers hang and fail.

``python bench/noisy_neighbour.py [--engine …] [--messages N] [--quick]``

Messages leave at a steady pace through a provider that is well. In the disturbed rounds as many are written for each of
two others, one of which takes them and never answers, while the other refuses them all. The delay runs from the commit
of the message until the provider holds it. Quiet and disturbed rounds alternate; the value is the ratio of their p95,
each the middle of its rounds. What the house itself does for the neighbours counts as disturbance.
"""

import statistics
import time

import harness
from tests.faults_outside import provider as ways

GOAL, ROUNDS = 2.0, 3
PACE = 0.1  # seconds from one message to the next


def run(bench: harness.Bench) -> None:
    """The ratio of the p95 with and without the noise, measured in turns."""
    with harness.house(bench.engine) as home, harness.running(home, "worker"):
        quiet, noisy, lost = [], [], 0
        for turn in range(ROUNDS):
            quiet.append(_round(f"quiet{turn}", bench.messages))
            noisy.append(_round(f"noisy{turn}", bench.messages, ways.hangs, _refuses))
            lost += sum(len(delays) < bench.messages for delays in (quiet[-1], noisy[-1]))
    harness.check(not lost, f"{lost} rounds in which a message of the healthy provider did not leave")
    before = statistics.median(harness.percentile(delays, 0.95) for delays in quiet)
    after = statistics.median(harness.percentile(delays, 0.95) for delays in noisy)
    harness.report(
        "noisy-neighbour", after / before, "ratio", bench.messages * ROUNDS, goal=GOAL,
        conditions={
            "quiet_p95_ms": round(before, 1),
            "noisy_p95_ms": round(after, 1),
            "quiet_median_ms": round(statistics.median(statistics.median(delays) for delays in quiet), 1),
            "noisy_median_ms": round(statistics.median(statistics.median(delays) for delays in noisy), 1),
            "per_second_each": round(1 / PACE),
        },
    )  # fmt: skip


def _refuses(provider: ways.Faulty, call: ways.Call, line) -> None:
    line.sendall(ways.answer(503, b""))


def _round(name: str, messages: int, *others) -> list[float]:
    """Milliseconds that each message through the healthy provider waited."""
    from rondpoint.channels import actions as channels
    from rondpoint.customers.actions import make_profile
    from rondpoint.lib import clock
    from rondpoint.lib.db import write
    from rondpoint.sending import actions

    peers = [ways.Faulty(behave).start() for behave in (ways.healthy, *others)]
    connections = [
        channels.add_connection("sms", f"{name} {number}", _settings(peer.url)) for number, peer in enumerate(peers)
    ]
    with write():
        profile = make_profile("phone", "+33199000123", clock.now())[0].id
    begun: dict[str, float] = {}
    start = time.monotonic()
    for number in range(messages):
        time.sleep(max(0.0, start + number * PACE - time.monotonic()))
        wishes = [
            _wish(connection, profile, f"{name}:{number}:{place}") for place, connection in enumerate(connections)
        ]
        actions.submit(wishes)
        begun[wishes[0].message.text] = time.monotonic()
    end = time.monotonic() + 20
    while len(peers[0].calls) < messages and time.monotonic() < end:
        time.sleep(0.02)
    for connection in connections:
        channels.set_active(connection, False)
    delays = [(call.at - begun[call.text]) * 1000 for call in list(peers[0].calls) if call.text in begun]
    for peer in peers:
        peer.stop()
    return [max(delay, 0.0) for delay in delays]


def _settings(url: str) -> dict[str, str]:
    return {
        "provider": "twilio",
        "number": "+33199001000",
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": "a token of the benchmark",
        "api_base": url,
    }


def _wish(connection, profile: int, text: str):
    from rondpoint.channels.contract import Address, MessageOut
    from rondpoint.lib import ids
    from rondpoint.sending.types import Request

    to = Address("phone", "+33199000123")
    message = MessageOut(id=str(ids.uuid7()), to=to, text=text)
    return Request(profile, "sms", connection.id, to, "service", message, idempotency_key=f"bench:{text}")


if __name__ == "__main__":
    harness.main(run, messages=(100, 15))
