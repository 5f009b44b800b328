"""``inbound-mail``: raw mails to messages in the right conversations, everything on disk.

``python bench/inbound_mail.py [--engine …] [--customers N] [--mails N] [--quick]``

The mails are stored as the mail server's are (acknowledged, fsynced), then worked off as a worker does: read in the
limited child, landed, entered. Eight in ten come from customers of the house, half of whose later mails answer an
earlier one. On SQLite django-helpdesk takes some of the same mails in the same run (``bench/peers``).
"""

import random
import statistics
import tempfile
import time
from pathlib import Path

import harness
from generate import people, person
from mails import mail, message_id

GOAL, ROUNDS, PEER_MAILS = 300, 3, 300


def run(bench: harness.Bench) -> None:
    """Mails a second over both steps, the middle of three rounds; each round has its own mails."""
    with harness.house(bench.engine, f"people-{bench.customers}", lambda: people(bench.customers)):
        from rondpoint.channels import actions, connections, pipeline
        from rondpoint.config.roles import run_evenly

        run_evenly()
        mailbox = connections.info(actions.add_connection("email", "Help", {"address": "help@example.com"}))
        chance, last = random.Random(5), {}
        lanes = pipeline.Lanes("email")
        rates, steps, sizes, peer = [], [], [], {}
        for turn in range(ROUNDS):
            raws = corpus(chance, last, range(turn * bench.mails, (turn + 1) * bench.mails), bench.customers)
            if turn == 0 and not bench.quick and bench.engine == "sqlite":
                peer = _peer(raws[:PEER_MAILS])
            begun, worked = time.perf_counter(), time.process_time()
            stored = _store(mailbox, raws)
            while lanes.work():
                pass
            taken = time.perf_counter() - begun
            rates.append(len(raws) / taken)
            steps.append((len(raws) / stored, (time.process_time() - worked) / len(raws) * 1000))
            sizes += map(len, raws)
        lanes.close()
        _check(bench.mails * ROUNDS, last)
        harness.report(
            "inbound-mail", statistics.median(rates), "/s", bench.mails * ROUNDS, better="higher",
            goal=GOAL if bench.customers == 100_000 else None,
            peer=peer.get("peer"), peer_value=peer.get("value"),
            conditions={
                "rounds": [round(rate) for rate in rates],
                "median_bytes": int(statistics.median(sizes)),
                "senders": len(last),
                "stored_alone": round(statistics.median(rate for rate, _ in steps)),
                "cpu_ms_without_child": round(statistics.median(cpu for _, cpu in steps), 2),
            },
        )  # fmt: skip


def corpus(chance: random.Random, last: dict[str, str], numbers: range, customers: int) -> list[bytes]:
    """Mails with these numbers. ``last``: the latest Message-ID of each sender, carried from one call to the next."""
    made = []
    for number in numbers:
        if chance.random() < 0.8:
            one = person(chance.randint(1, customers))
            name, sender = one.name, one.email
        else:
            name, sender = "Nouvelle Personne", f"new{number}@example.org"
        if last and chance.random() < 0.25:
            sender = chance.choice(list(last)[-500:])
        answers = last.get(sender, "") if chance.random() < 0.5 else ""
        made.append(mail(chance, sender, name, number, answers))
        last[sender] = message_id(number)
    return made


def _peer(raws: list[bytes]) -> dict:
    """What django-helpdesk makes of the same mails, one file each."""
    from peers import helpdesk

    with tempfile.TemporaryDirectory(prefix="rondpoint-bench-mails-") as name:
        for number, raw in enumerate(raws):
            (Path(name) / f"{number:06d}").write_bytes(raw)
        return helpdesk.measure(Path(name))


def _store(mailbox, raws: list[bytes]) -> float:
    """Stores all as the LMTP listener does; seconds it took."""
    from rondpoint.channels import deliveries
    from rondpoint.channels.email.identity import delivery_key
    from rondpoint.channels.email.lmtp import raw_mail
    from rondpoint.lib.db import write

    begun = time.perf_counter()
    for start in range(0, len(raws), 100):
        batch = [
            deliveries.prepare(mailbox, delivery_key(raw), raw_mail(raw, "", ["help@example.com"]))
            for raw in raws[start : start + 100]
        ]
        with write():
            new = deliveries.store(batch)
        harness.check(all(new), "a mail was taken for another one")
    return time.perf_counter() - begun


def _check(mails: int, last: dict[str, str]) -> None:
    """Every mail is one message in its sender's one conversation."""
    from rondpoint.channels.models import Delivery
    from rondpoint.conversations.models import Conversation, Message

    open_ = Delivery.objects.exclude(state="done").count()
    harness.check(open_ == 0, f"{open_} mails were not worked off")
    found = Message.objects.count()
    harness.check(found == mails, f"{mails} mails became {found} messages")
    senders = dict(Message.objects.values_list("conversation_id", "address"))
    harness.check(len(senders) == len(last) == Conversation.objects.count(), f"{len(senders)} conversations")
    mixed = Message.objects.values_list("conversation_id", "address").distinct().count() - len(senders)
    harness.check(mixed == 0, f"{mixed} messages stand in another sender's conversation")


if __name__ == "__main__":
    harness.main(run, customers=(100_000, 1_000), mails=(1_500, 60))
