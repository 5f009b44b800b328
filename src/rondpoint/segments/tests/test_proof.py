"""Live membership is what the lake says, on random histories: facts early and late, words, links, time."""

import contextlib
import os
import random

import pytest

from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Belonging, Company, CompanyLink, Customer, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.models import Event
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import actions, live, membership, working
from rondpoint.segments.models import Due, Member, Proof, Segment, Touched
from rondpoint.segments.types import BadDefinition

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
HISTORIES = int(os.environ.get("RONDPOINT_HISTORIES", "6"))
START = 1_790_000_000_000_000
ORDER = "Order Completed"
DAYS = ["2026-03-19", "2026-03-20", "2026-06-20 10:00", "spring"]
MORE = [
    {"shipped": "2026-09-20", "products": [{"sku": "LAMP"}, {"sku": "CHAIR", "tags": ["new"]}]},
    {"shipped": "2026-09-21T08:00Z", "products": [{"sku": "CHAIR"}, {}], "tags": ["gift"]},
    {"products": {"sku": "LAMP"}, "tags": [None]},
]
DEFINITIONS = {
    "French": {"trait": "country", "is": "FR"},
    "buyers": {"event": ORDER, "count": {"gte": 2}, "within_days": 2},
    "spent": {"event": ORDER, "sum": {"property": "total", "gte": 80}},
    "asleep": {"all": [{"event": ORDER, "older_than_days": 1}, {"not": {"event": "Page Viewed", "within_days": 1}}]},
    "came back": {"sequence": [{"event": "Page Viewed"}, {"event": ORDER, "within_hours": 20}], "within_days": 3},
    "last was dear": {"event": ORDER, "last": {"property": "total", "gte": 50}},
    "reachable": {"all": [{"reachable": "email"}, {"not": {"trait": "country", "is": "CH"}}]},
    "agreed": {"consent": {"purpose": "offers", "channel": "email"}},
    "never agreed": {"not": {"consent": {"purpose": "offers"}}},
    "a tenth": {"share": {"percent": 30, "seed": "x"}},
    "in retail": {"company": {"trait": "industry", "is": "retail"}},
    "private": {"not": {"company": True}},
    "few": {"event": "Page Viewed", "count": {"lt": 2}},
    "shipped late": {"event": ORDER, "where": [{"property": "shipped", "after": "2026-09-20"}], "within_days": 2},
    "bought a lamp": {"event": ORDER, "where": [{"property": "products[].sku", "is": "LAMP"}], "within_days": 3},
    "no tags": {"event": ORDER, "last": {"property": "tags[]", "exists": False}},
    "here since spring": {"trait": "since", "after": "2026-03-19", "before": "2026-06-21"},
}


class History:
    def __init__(self, seed: int, monkeypatch):
        self.chance, self.now, self.told = random.Random(seed), START, 0
        self.definitions = []  # what a segment may come to mean
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def step(self) -> None:
        what = self.chance.choices(
            [
                self.fact, self.word, self.join, self.part, self.address, self.consent, self.wait, self.look, self.firm,
                self.redefine, self.archive,
            ],
            [8, 3, 2, 1, 2, 4, 4, 5, 6, 3, 0.3],
        )[0]  # fmt: skip
        what()

    def somebody(self) -> Profile:
        return Profile.objects.get(source="track:1", key=f"user:{self.chance.randrange(12)}")

    def begin(self) -> None:
        with write():
            for number in range(12):
                address = IdentifierIn("email", f"p{number}@example.com", Evidence.PROVIDER)
                customers.hear([Said("track:1", f"user:{number}", self.now, {}, (address,))])

    def fact(self) -> None:
        self.told += 1
        ago = self.chance.choice([0, 0, 0, 1, 5, 30]) * clock.HOUR
        total = self.chance.choice([10, 49.99, 50, 30.5, "much", None])
        with write():
            events.record(
                [
                    Fact(
                        profile_id=self.somebody().id,
                        type=self.chance.choice([ORDER, "Page Viewed"]),
                        occurred=self.now - ago,
                        source="track:1",
                        message_id=str(self.told),
                        properties={"total": total, **self.chance.choice(MORE)},
                    )
                ]
            )

    def word(self) -> None:
        said = {"country": self.chance.choice(["FR", "CH", "BE"]), "since": self.chance.choice(DAYS)}
        with write():
            customers.hear([Said("track:1", self.somebody().key, self.now, said)])

    def join(self) -> None:
        one, two = self.somebody(), self.somebody()
        if one.customer_id != two.customer_id:
            customers.merge(one.owner, two.owner, "Inès", self.now)

    def part(self) -> None:
        link = Link.objects.filter(opened__isnull=False, closed=None).order_by("?").first()
        if link is not None:
            customers.unmerge(link, "Inès", self.now)

    def address(self) -> None:
        address = f"p{self.chance.randrange(12)}@example.com"
        with write():
            if self.chance.random() < 0.5:
                consent.suppress("email", address, "bounce", self.now)
            else:
                consent.release("email", address, ("bounce",), self.now)

    def consent(self) -> None:
        self.told += 1
        number, action = self.chance.randrange(12), self.chance.choice(["granted", "granted", "withdrawn", "stop"])
        expires = self.now + self.chance.choice([1, 20, 50]) * clock.HOUR if self.chance.random() < 0.5 else None
        said = Entry(
            Profile.objects.get(source="track:1", key=f"user:{number}").id, action, str(self.told), self.now,
            "" if action == "stop" else "offers", "email", "email", f"p{number}@example.com",
            expires=expires if action == "granted" else None,
        )  # fmt: skip
        consent.record([said], self.now)

    def firm(self) -> None:
        """A source tells of a company, somebody belongs to it or leaves, two become one or come apart."""
        what, key = self.chance.randrange(6), f"firm:{self.chance.randrange(3)}"
        profile = self.somebody()
        if what < 2:
            evidence = self.chance.choice([Evidence.CLAIMED, Evidence.PROVIDER])
            said = {"industry": self.chance.choice(["retail", "law"])} if what else {}
            source = f"track:{evidence.value}"
            told = customers.companies.Told(source, key, self.now, evidence, said, "", 0 if what else profile.id)
            with write():
                customers.companies.hear([told], self.now)
            return
        firms = list(Company.objects.filter(merged_into=None).order_by("id"))
        links = list(CompanyLink.objects.filter(closed=None).order_by("id"))
        if what == 2 and firms:
            customers.companies.add_member(self.chance.choice(firms).id, profile.id, "Inès", now=self.now)
        elif what == 3 and (held := list(Belonging.objects.order_by("id"))):
            row = self.chance.choice(held)
            customers.companies.end_member(row.company_id, row.customer_id, "Inès", now=self.now)
        elif what == 4 and len(firms) > 1:
            customers.companies.merge(*(row.id for row in self.chance.sample(firms, 2)), "Inès", self.now)
        elif what == 5 and links:
            customers.companies.unmerge(self.chance.choice(links), "Inès", self.now)

    def redefine(self) -> None:
        """A segment means something else, which may be being in another one."""
        rows = list(Segment.objects.filter(archived=None).order_by("id"))
        if not self.definitions or not rows:
            return
        looked_at = [row for row in rows if membership.onlookers(row)]
        wanted = self.chance.choice(self.definitions)
        if self.chance.random() < 0.5:
            other = {"segment": str(self.chance.choice(rows).public_id)}
            wanted = self.chance.choice([other, {"not": other}, {"all": [other, wanted]}])
        row = self.chance.choice(looked_at if looked_at and self.chance.random() < 0.7 else rows)
        with contextlib.suppress(BadDefinition):  # it would look at itself
            actions.redefine(row, "Inès", definition={"version": 1, **wanted})

    def archive(self) -> None:
        rows = list(Segment.objects.filter(archived=None).order_by("id"))
        if self.definitions and rows:
            row = self.chance.choice(rows)
            with contextlib.suppress(BadDefinition):  # another looks at it
                actions.archive(row)
                actions.define(row.name, row.definition, "Inès")

    def wait(self) -> None:
        self.now += self.chance.choice([1, 60, 3600, 20_000, 90_000]) * clock.SECOND

    def look(self) -> None:
        working.work("a worker")

    def catch_up(self) -> None:
        """What is done tells facts of its own, which are looked at too."""
        worked = True
        while worked:
            worked = False
            settle()
            while working.work("a worker") or Due.objects.filter(at__lte=self.now).exists():
                worked = True


def different() -> list[str]:
    with write():
        Proof.objects.all().delete()
    actions.prove()
    wrong = [proof for proof in Proof.objects.select_related("segment") if proof.missing or proof.extra]
    return [f"{proof.segment.name}: {proof.missing} missing, {proof.extra} extra" for proof in wrong]


def misled() -> list[str]:
    """What whoever believes the facts of coming and leaving would get wrong: each turns over what was before, and the
    last one is true. Of those who were there from the start and stayed there is none."""
    numbers = {str(public_id): number for public_id, number in Segment.objects.values_list("public_id", "id")}
    last: dict[tuple[int, int], str] = {}
    wrong = []
    for fact in Event.objects.filter(source="segments").order_by("id"):
        key = numbers[fact.properties["segment"]], fact.profile_id
        if last.get(key) == fact.type:
            wrong.append(f"{key}: {fact.type} twice")
        last[key] = fact.type
    inside = set(Member.objects.values_list("segment_id", "customer_id"))
    return wrong + [f"{key}: {type_}" for key, type_ in last.items() if (type_ == "segment.entered") != (key in inside)]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_live_is_what_the_lake_says(seed, monkeypatch):
    history = History(seed, monkeypatch)
    history.begin()
    history.definitions = list(DEFINITIONS.values())
    monkeypatch.setattr(membership, "FEW", 3 * (seed % 2))  # who look on are touched, or found anew
    monkeypatch.setattr(membership, "PORTION", 2)
    made = {}
    for name, definition in DEFINITIONS.items():
        made[name] = actions.define(name, {"version": 1, **definition}, "Inès")
    other = {"segment": str(made["buyers"].public_id)}
    firm = Company.objects.get(id=customers.companies.begin({"name": "Acme"}, "Inès", START))
    named = {"company": {"id": str(firm.public_id)}}
    actions.define("at Acme", {"version": 1, **named}, "Inès")
    actions.define("buyers in France", {"version": 1, "all": [other, {"trait": "country", "is": "FR"}]}, "Inès")
    for name in ("French", "few", "spent"):
        actions.define(f"not {name}", {"version": 1, "not": {"segment": str(made[name].public_id)}}, "Inès")
    monkeypatch.setattr(live, "FACTS", 3)  # many rounds, cut anywhere
    monkeypatch.setattr(working, "WORTH_IT", 4)
    for number in range(120):
        history.step()
        if number % 40 == 20:
            actions.keep_lake()
            assert different() == [], "those still to be looked at are left out"
    for _ in range(3):
        history.catch_up()
        assert different() == []
        history.redefine()  # of whom nothing else happens
        history.redefine()
    history.catch_up()
    assert different() == []
    assert not Proof.objects.filter(left_out__gt=0).exists()
    assert Touched.objects.count() == 0
    for segment in Segment.objects.all():
        assert segment.state == ("archived" if segment.archived else "live")
        assert segment.count == Member.objects.filter(segment=segment).count()
    assert misled() == []
    living = set(Customer.objects.filter(merged_into=None).values_list("id", flat=True))
    assert set(Member.objects.values_list("customer_id", flat=True)) <= living
    entered = Event.objects.filter(type="segment.entered").count()
    left = Event.objects.filter(type="segment.left").count()
    assert entered > 5 and left > 5, "somebody came and went, or nothing was tried"


def test_the_lake_is_written_once_it_is_worth_it_and_the_proof_once_a_day(monkeypatch, lake):
    history = History(1, monkeypatch)
    monkeypatch.setattr(working, "WORTH_IT", 2)
    history.begin()
    actions.keep_lake()
    assert not (lake / "facts").exists()
    actions.prove_daily()
    for _ in range(2):
        history.fact()
    settle()
    actions.keep_lake()
    assert len(list((lake / "facts").glob("*.parquet"))) == 1
    actions.define("French", {"version": 1, "trait": "country", "is": "FR"}, "Inès")
    history.catch_up()
    for hours, proofs in ((0, 1), (1, 1), (24, 2)):
        history.now += hours * clock.HOUR
        actions.prove_daily()
        assert Proof.objects.count() == proofs
