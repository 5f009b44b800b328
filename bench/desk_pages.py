"""``desk-pages``: the inbox and the page of a conversation, server time, in a house with many conversations.

``python bench/desk_pages.py [--engine …] [--conversations N] [--questions N] [--quick]``
"""

import random

import generate
import harness

CONNECTIONS = {
    "email": {"address": "help@example.com"},
    "sms": {"provider": "twilio", "number": "+33199000001", "auth_token": "bench"},
    "chat": {"origins": "https://shop.example.com", "secret": "of no use to anybody, it is a benchmark"},
}
GOALS = {"inbox": 30, "inbox-news": 20, "conversation": 30}  # ms, p95


def run(bench: harness.Bench) -> None:
    """An agent with a team opens lists and conversations; a row that moved asks for its place and the counts."""
    customers = bench.conversations * generate.A_CONVERSATION // 2
    with harness.house(bench.engine, f"desk-{bench.conversations}", lambda: fill(customers, bench.conversations)):
        from django.test import Client

        from rondpoint.conversations.models import Conversation
        from rondpoint.conversations.queries.inbox import counts
        from rondpoint.conversations.queries.permitted import seen_by
        from rondpoint.lib.db import write

        agent = generate.staff()[0]
        browser = Client()
        with write():
            browser.force_login(agent)
        chance = random.Random(3)
        seen = list(seen_by(agent).order_by("-id").values_list("public_id", flat=True)[: bench.questions * 4])
        opened = chance.sample(seen, min(bench.questions, len(seen)))
        views = ["mine", "unassigned", "open", "team", "waiting", "closed", "all", "open?sort=waiting"]

        def inbox(number: int) -> None:
            view = views[number % len(views)].replace("?", "&")
            shown = browser.get(f"/inbox?view={view}")
            harness.check(shown.status_code == 200, f"inbox {view}: {shown.status_code}")
            harness.check(b"data-number=" in shown.content, f"inbox {view} has no rows")

        def news(number: int) -> None:
            said = browser.get(f"/inbox/news?view=open&ids={opened[number % len(opened)]}")
            harness.check(said.status_code == 200, f"news: {said.status_code}")
            if number == 0:
                right = Conversation.objects.filter(id__in=seen_by(agent), state="open").count()
                found = said.json()["counts"]["open"]
                harness.check(found == right, f"{found} open conversations counted, there are {right}")

        def conversation(public_id: str) -> None:
            shown = browser.get(f"/conversations/{public_id}")
            harness.check(shown.status_code == 200, f"conversation: {shown.status_code}")

        numbers = range(bench.questions)
        for name, work, asked in (
            ("inbox", inbox, numbers), ("inbox-news", news, numbers), ("conversation", conversation, opened),
        ):  # fmt: skip
            taken = harness.rounds(work, asked, warm=8)
            harness.report(
                name, taken.at(0.95), "ms", len(asked), goal=GOALS[name],
                conditions={**taken.conditions(0.95), "queries": harness.queries(work, asked)},
            )  # fmt: skip
        taken = harness.rounds(lambda _: counts(agent), numbers, warm=2)
        harness.report("inbox-counts", taken.at(0.95), "ms", len(numbers), conditions=taken.conditions(0.95))


def fill(customers: int, conversations: int) -> None:
    """Two customers and a half for each conversation, and a connection of each channel."""
    from rondpoint.channels import actions as channels

    for kind, settings in CONNECTIONS.items():
        channels.add_connection(kind, kind, settings)
    generate.staff()
    generate.people(customers)
    generate.conversations(customers, conversations)


if __name__ == "__main__":
    harness.main(run, conversations=(22_000, 1_500), questions=(120, 16))
