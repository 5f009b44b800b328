"""``erase``: how long until an erased customer can neither be seen nor written to, and until no byte of her is left.

``python bench/erase.py [--engine …] [--customers N] [--erased N] [--quick]``

In a house of ``--customers`` with messages and facts lives one of whom every room holds something, with one word in
all of it; she and ``--erased`` others are erased through the API while the house runs. The value is the longest time
from the request until the API, the search and the gate know her no more. In the end the word is looked for in every
file of the home and in every cell of every table, packed ones unpacked.
"""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import harness
from generate import conversations, people

GOAL, GONE = 5.0, 3600.0  # seconds: hidden, and nothing left
A_CUSTOMER = 5  # messages
PATIENCE = 600.0  # seconds


def run(bench: harness.Bench) -> None:
    """Seconds until invisible and unsendable, the worst; until nothing is left; the bytes that were left."""
    filled = f"erase-{bench.customers}"
    with harness.house(bench.engine, filled, lambda: _fill(bench.customers)) as home:
        from rondpoint.accounts import actions as accounts
        from rondpoint.accounts.models import Brand
        from rondpoint.config.house import join_rooms
        from rondpoint.customers.models import Customer
        from rondpoint.hub.rights.tests import canary
        from rondpoint.lib.db import write
        from rondpoint.segments.models import Segment
        from rondpoint.sending.models import Dispatch

        join_rooms()
        hers = canary.Canary(Brand.objects.first())
        with write():
            Segment.objects.update(archived=1)  # it was made past the actions, and would not be worked out
        harness.check(bool(canary.found_in_files()), "nothing in the house names her before")
        wanted = [str(hers.customer.public_id)]
        wanted += [
            str(row) for row in Customer.objects.order_by("id").values_list("public_id", flat=True)[: bench.erased]
        ]
        queued = hers.queued.id
        _, key = accounts.create_api_key("bench")
        hidden, gone = [], []
        with harness.running(home) as house:
            api = Api(f"{house.url}/api/v1", key)
            receipts = []
            for number in wanted:
                began = time.perf_counter()
                receipts.append((began, api.post(f"/customers/{number}/erasure", b'{"reason": "asked"}')["id"]))
                harness.check(api.status(f"/customers/{number}") == 404, f"{number} is still there")
                hidden.append(time.perf_counter() - began)
            sought = api.get(f"/customers?identifier=email:{canary.EMAIL}")["items"]
            harness.check(sought == [] and api.get(f"/search?q={canary.WORD}")["items"] == [], "she is still found")
            for began, receipt in receipts:
                while api.get(f"/erasures/{receipt}")["state"] != "done":
                    harness.check(time.perf_counter() < began + PATIENCE, "it did not come to an end")
                    time.sleep(0.2)
                gone.append(time.perf_counter() - began)
            logged = house.log.read_bytes().count(canary.WORD.encode())
        harness.check(not logged, f"she stands {logged} times in the log")
        harness.check(not Dispatch.objects.filter(id=queued).exists(), "a message still waits to leave")
        left = [*canary.found_in_files(), *canary.found_in_tables()]
        harness.check(not left, f"left of her: {left[:3]}")
        harness.check(max(gone) < GONE, f"the last byte went after {max(gone):.0f} s")
        harness.report(
            "erase", max(hidden), "s", len(wanted), better="lower", goal=GOAL,
            conditions={"customers": bench.customers, "messages": bench.customers * A_CUSTOMER,
                        "first_gone_s": round(gone[0], 1), "all_gone_s": round(max(gone), 1), "bytes_left": len(left)},
        )  # fmt: skip


class Api:
    """The house's API as a program calls it."""

    def __init__(self, url: str, key: str):
        self._url, self._headers = url, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        """What a path answers."""
        return self._ask(path)

    def post(self, path: str, body: bytes) -> Any:
        """What a path answers to a body."""
        return self._ask(path, body)

    def status(self, path: str) -> int:
        """The status alone."""
        try:
            self._ask(path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(self._url + path, body, self._headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def _fill(customers: int) -> None:
    people(customers)
    conversations(customers, customers)


if __name__ == "__main__":
    harness.main(run, customers=(100_000, 500), erased=(9, 2))
