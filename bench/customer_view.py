"""``customer-view``: the page with everything about a customer, server time. Answers are checked.

``python bench/customer_view.py [--engine …] [--customers N] [--questions N] [--quick]``; a million customers and ten
million facts with ``--customers 1_000_000``.
"""

import random

import generate
import harness

GOALS = {100_000: 30, 1_000_000: 50}  # ms at so many customers


def run(bench: harness.Bench) -> None:
    """A supervisor opens the pages of customers, also of those with thousands of facts; then the same by the API."""
    with harness.house(bench.engine, f"company-{bench.customers}", lambda: generate.company(bench.customers)):
        from django.test import Client

        from rondpoint.accounts import actions as accounts
        from rondpoint.lib.db import write

        browser = Client()
        with write():
            browser.force_login(generate.staff()[1])
        key = {"Authorization": f"Bearer {accounts.create_api_key('bench')[1]}"}
        chance = random.Random(5)
        asked = [chosen(n, bench.customers, chance) for n in range(bench.questions)]

        def page(one: generate.Person) -> None:
            shown = browser.get(f"/customers/{_public(one)}")
            harness.check(shown.status_code == 200, f"{one.name}: {shown.status_code}")
            harness.check(one.name in shown.content.decode(), f"{one.name} is not on her page")

        def record(one: generate.Person) -> None:
            said = browser.get(f"/api/v1/customers/{_public(one)}", headers=key)
            harness.check(said.status_code == 200 and said.json()["name"] == one.name, f"{one.name}: {said.content!r}")

        def timeline(one: generate.Person) -> None:
            said = browser.get(f"/api/v1/customers/{_public(one)}/timeline", headers=key)
            harness.check(said.status_code == 200, f"{one.name}: {said.content!r}")
            times = [row["occurred_at"] for row in said.json()["items"]]
            harness.check(times == sorted(times, reverse=True), f"{one.name}: not the newest first")

        taken = harness.rounds(page, asked, warm=20)
        api = {
            f"{work.__name__}_api_p99_ms": round(harness.rounds(work, asked, warm=5).at(0.99), 1)
            for work in (record, timeline)
        }
        harness.report(
            "customer-view", taken.at(0.99), "ms", len(asked), goal=GOALS.get(bench.customers),
            conditions={
                **taken.conditions(0.99), **api, "facts": 10 * bench.customers,
                "asked": "one in ten of those with the most facts", "queries": harness.queries(page, asked),
            },
        )  # fmt: skip


def chosen(number: int, customers: int, chance: random.Random) -> generate.Person:
    """Anybody; every tenth time one of the few who have the most facts."""
    return generate.person(chance.randint(1, 20) if number % 10 == 0 else chance.randint(1, customers))


def _public(one: generate.Person) -> str:
    text = generate.public(one.number)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


if __name__ == "__main__":
    harness.main(run, customers=(100_000, 2_000), questions=(300, 30))
