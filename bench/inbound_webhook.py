"""``inbound-webhook``: signed SMS webhooks, acknowledged once they are on disk.

``python bench/inbound_webhook.py [--engine …] [--webhooks N] [--quick]``

Edge and worker run as processes of their own beside the load. First as many as go, then at half of the goal, while
what came is worked off. In the end every acknowledged webhook must be exactly one message.
"""

import base64
import hashlib
import hmac
import random
import time
from urllib.parse import urlencode

import harness
import load

GOAL, PACE, SLOWEST, WORKED = 4_000, 2_000, 50.0, 500
LINES = 256
PEOPLE = 20_000
TOKEN = "secret-of-the-bench"


def run(bench: harness.Bench) -> None:
    """Webhooks a second at most; the p99 at half of the goal and what was worked off then stand in the conditions."""
    with harness.house(bench.engine) as home:
        from rondpoint.channels import actions

        settings = {"provider": "twilio", "number": "+33199001000", "auth_token": TOKEN, "account_sid": "AC1"}
        number = actions.add_connection("sms", "SMS", settings)
        with harness.running(home, "edge", "worker") as house:
            port = int(house.url.rpartition(":")[2])
            address = f"{house.url}/in/sms/{number.public_id}"
            made = [webhook(address, n) for n in range(bench.webhooks)]
            half = len(made) // 2
            burst = load.send(port, made[:half], LINES)
            taken = burst[-1].at
            before, begun = _done(), time.perf_counter()
            paced = load.send(port, made[half:], LINES, rate=PACE)
            worked = (_done() - before) / (time.perf_counter() - begun)
            _check([*burst, *paced], len(made))
        milliseconds = [answer.seconds * 1000 for answer in paced]
        slowest = harness.percentile(milliseconds, 0.99)
        harness.report(
            "inbound-webhook", half / taken, "/s", len(made), better="higher", goal=GOAL,
            conditions={
                "lines": LINES,
                "burst_p99_ms": round(harness.percentile([answer.seconds * 1000 for answer in burst], 0.99), 1),
                "paced_per_s": PACE,
                "paced_median_ms": round(harness.percentile(milliseconds, 0.5), 1),
                "paced_p99_ms": round(slowest, 1),
                "paced_p99_reached": slowest <= SLOWEST,
                "worked_off_per_s": round(worked),
                "worked_off_reached": worked >= WORKED,
            },
        )  # fmt: skip


def webhook(address: str, number: int) -> bytes:
    """One inbound SMS as Twilio posts it, signed for this address."""
    chance = random.Random(number)
    fields = {
        "AccountSid": "AC1",
        "ApiVersion": "2010-04-01",
        "Body": f"Bonjour, où est ma commande {number} ? Merci.",
        "From": f"+331990{chance.randrange(PEOPLE):05d}",
        "MessageSid": f"SM{number:032d}",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "To": "+33199001000",
    }
    signed = address + "".join(name + value for name, value in sorted(fields.items()))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    path = address[address.index("/in/") :]
    form = "application/x-www-form-urlencoded; charset=utf-8"
    return load.request("POST", path, urlencode(fields).encode(), Content_Type=form, X_Twilio_Signature=signature)


def _done() -> int:
    from rondpoint.channels.models import Delivery

    return Delivery.objects.filter(state="done").count()


def _check(answers: list[load.Answered], sent: int) -> None:
    """All were acknowledged, and each becomes one message."""
    from rondpoint.channels.models import Delivery
    from rondpoint.conversations.models import Message

    refused = sum(answer.status != 200 for answer in answers)
    harness.check(refused == 0 and len(answers) == sent, f"{refused} of {len(answers)} webhooks were refused")
    end = time.monotonic() + 60 + sent / 50
    while Delivery.objects.exclude(state="done").exists():
        harness.check(time.monotonic() < end, "the worker does not come to an end")
        time.sleep(0.2)
    texts = set(Message.objects.values_list("text", flat=True))
    expected = {f"Bonjour, où est ma commande {number} ? Merci." for number in range(sent)}
    harness.check(texts == expected, f"{len(expected - texts)} acknowledged webhooks are lost")
    found = Message.objects.count()
    harness.check(found == sent, f"{sent} webhooks became {found} messages")


if __name__ == "__main__":
    harness.main(run, webhooks=(40_000, 400))
