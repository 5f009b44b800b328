"""Live values are what the lake says, on random histories; and segments that look at them move with them."""

import os

import pytest

from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.events import actions as events
from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.lib.db import write
from rondpoint.segments import actions, live, working
from rondpoint.segments.computed import actions as computed
from rondpoint.segments.computed import fitting, queries
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.computed.tests import oracle
from rondpoint.segments.models import ComputedProof, ComputedTrait, KnownTrait, Proof
from rondpoint.segments.tests.test_proof import ORDER, History

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
HISTORIES = int(os.environ.get("RONDPOINT_HISTORIES", "3"))
DEFINITIONS = {
    "orders": {"kind": "count", "event": ORDER, "within_days": 3},
    "spent": {"kind": "sum", "event": ORDER, "property": "total"},
    "average": {"kind": "average", "event": ORDER, "property": "total", "older_than_days": 1},
    "largest": {"kind": "max", "event": ORDER, "property": "total", "within_days": 2},
    "first_total": {"kind": "first", "event": ORDER, "property": "total"},
    "usual": {"kind": "most_frequent", "event": ORDER, "property": "total"},
    "last_page": {"kind": "last_at", "event": "Page Viewed"},
    "silent": {"kind": "days_since", "event": ORDER},
    "rfm": {"kind": "rfm", "event": ORDER, "property": "total"},
    "stands": {"kind": "engagement", "half_life_days": 1},
    "channel": {"kind": "best_channel"},
    "hour": {"kind": "best_hour", "minimum": 2, "within_days": 3},
    "worth": {"kind": "lifetime_value", "event": ORDER, "property": "total"},
}


class Messages(History):
    """Facts of messages come in between."""

    def step(self) -> None:
        if self.chance.random() < 0.3:
            self.message()
        super().step()

    def message(self) -> None:
        self.told += 1
        kinds = ["message.queued", "message.received", "message.state", "message.opened", "message.clicked"]
        type_ = self.chance.choice([*kinds, "Email Opened"])
        properties = {"state": self.chance.choice(["read", "sent"])}
        if self.chance.random() < 0.3:
            properties["machine"] = True
        with write():
            events.record(
                [
                    Fact(
                        profile_id=self.somebody().id,
                        type=type_,
                        occurred=self.now,
                        source="track:1",
                        message_id=str(self.told),
                        channel=self.chance.choice(["email", "sms"]),
                        properties=properties,
                    )
                ]
            )


def different() -> list[str]:
    with write():
        ComputedProof.objects.all().delete()
        Proof.objects.all().delete()
    actions.prove()
    wrong = [f"{proof.trait.name}: {proof.different}" for proof in ComputedProof.objects.select_related("trait")
             if proof.different]  # fmt: skip
    return wrong + [proof.segment.name for proof in Proof.objects.all() if proof.missing or proof.extra]


def judged(now) -> dict:
    """What the judge says of everybody, with what the house has measured; of what a customer is worth he knows
    nothing."""
    found = {}
    for row in ComputedTrait.objects.filter(archived=None).exclude(name="worth"):
        for customer in Customer.objects.filter(merged_into=None):
            facts = [
                (each.id, each.type, each.occurred, each.properties, each.channel)
                for each in Event.objects.filter(profile_id__in=customers.profile_ids(customer.id))
            ]
            for ending, value in oracle.values(read(row.definition), facts, now, row.parameters).items():
                name = f"{row.name}_{ending}" if ending else row.name
                found[customer.id, name] = value if isinstance(value, str) else float(value)
    return found


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_live_is_what_the_lake_and_the_judge_say(seed, monkeypatch):
    history = Messages(seed, monkeypatch)
    history.begin()
    for _ in range(30):
        history.step()
    for name, definition in DEFINITIONS.items():
        computed.define(name, name.capitalize(), {"version": 1, **definition}, "Inès")
    segment = actions.define("good ones", {"version": 1, "trait": "orders", "gte": 2}, "Inès")
    long = {"version": 1, "any": [{"trait": "silent", "gte": 2}, {"trait": "rfm_label", "is": "champions"}]}
    actions.define("long ago or best", long, "Inès")
    monkeypatch.setattr(fitting, "FEWEST", 3)
    monkeypatch.setattr(fitting, "FEWEST_BACK", 1)
    monkeypatch.setattr(live, "FACTS", 3)  # many rounds, cut anywhere
    monkeypatch.setattr(working, "WORTH_IT", 4)
    for number in range(90):
        history.step()
        if number % 40 == 20:
            actions.keep_lake()
            assert different() == [], "those still to be looked at are left out"
        if number == 50:
            history.now += 90_000_000_000
            actions.measure_daily()
    history.catch_up()
    assert different() == []
    assert not ComputedProof.objects.filter(left_out__gt=0).exists()
    held = KnownTrait.objects.filter(computed__isnull=False)
    known = {(row.customer_id, row.name): row.text if row.number is None else row.number for row in held}
    judge = judged(history.now)
    assert {key: value for key, value in known.items() if not key[1].startswith("worth")} == judge
    assert len({name for _, name in known}) >= len(DEFINITIONS), "each trait has somebody, or nothing was tried"
    for row in queries.every():
        having = {number for number, name in known if name in row.names}
        assert (row.state, row.count) == ("live", len(having)), row.name
    segment.refresh_from_db()
    assert segment.count == sum(1 for (_, name), value in known.items() if name == "orders" and value >= 2)
    assert Event.objects.filter(type__in=("segment.entered", "segment.left")).exists(), "somebody came or went"
