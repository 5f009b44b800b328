"""When a segment comes to mean something else, or ends, those that look at it and those who are told of it know."""

import pytest

from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.events.actions import record
from rondpoint.events.models import Event
from rondpoint.events.tests import settling
from rondpoint.events.types import Fact
from rondpoint.jobs import leases
from rondpoint.lib.db import write
from rondpoint.segments import actions, live, membership, rebuilding, working
from rondpoint.segments.computed import actions as computed
from rondpoint.segments.models import ComputedProof, KnownTrait, Member, Proof, Segment
from rondpoint.segments.types import BadDefinition

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
NAMES = ("Awa", "Bob", "Chloé")


@pytest.fixture(autouse=True)
def people():
    for name, country in zip(NAMES, ("FR", "CH", "FR"), strict=True):
        customers.create_or_find(name, [], {"country": country}, "api")


def country(code):
    return {"version": 1, "trait": "country", "is": code}


def inside(segment):
    return {"version": 1, "segment": str(segment.public_id)}


def settle():
    while working.work("a worker"):
        pass


def number(name):
    return Customer.objects.get(name=name).id


def members(segment):
    held = Member.objects.filter(segment=segment).values_list("customer_id", flat=True)
    return {row.name for row in Customer.objects.filter(id__in=held)}


def told(segment):
    """Of whom it was told that she came or left, oldest first."""
    names = dict(Customer.objects.values_list("id", "name"))
    facts = Event.objects.filter(source="segments", properties__segment=str(segment.public_id)).order_by("id")
    return [(fact.type.removeprefix("segment."), names[fact.profile_id]) for fact in facts]


@pytest.mark.parametrize("few", [5000, 0])
def test_those_that_look_at_a_redefined_segment_move_with_it(monkeypatch, few):
    monkeypatch.setattr(membership, "FEW", few)
    lowest = actions.define("lowest", country("FR"), "Inès")
    middle = actions.define("middle", inside(lowest), "Inès")
    top = actions.define("top", {"version": 1, "not": {"segment": str(middle.public_id)}}, "Inès")
    settle()
    assert (members(middle), members(top)) == ({"Awa", "Chloé"}, {"Bob"})
    actions.redefine(lowest, "Inès", definition=country("CH"))
    settle()
    assert (members(lowest), members(middle), members(top)) == ({"Bob"}, {"Bob"}, {"Awa", "Chloé"})
    for segment in Segment.objects.all():
        assert (segment.state, segment.count) == ("live", len(members(segment))), segment.name
    assert actions.prove()["different"] == 0
    for segment in (lowest, middle):
        assert set(told(segment)) == {("entered", "Bob"), ("left", "Awa"), ("left", "Chloé")}
        assert len(told(segment)) == 3
    assert set(told(top)) == {("left", "Bob"), ("entered", "Awa"), ("entered", "Chloé")}


def test_one_that_is_built_late_is_minded_by_those_that_looked_at_it_before(monkeypatch):
    lowest = actions.define("lowest", country("FR"), "Inès")
    with write():
        Segment.objects.filter(id=lowest.id).update(definition={"version": 1, "nonsense": True})
    upper = actions.define("upper", inside(lowest), "Inès")
    settle()
    assert members(upper) == set()
    with write():
        Segment.objects.filter(id=lowest.id).update(definition=country("FR"))
    leases.release(working._rest(lowest), "")
    settle()
    assert members(upper) == members(lowest) == {"Awa", "Chloé"}


def test_the_first_members_are_not_told_and_those_of_another_definition_are(monkeypatch):
    monkeypatch.setattr(membership, "PORTION", 1)
    segment = actions.define("some", country("FR"), "Inès")
    settle()
    assert told(segment) == []
    since = dict(Member.objects.values_list("customer_id", "since"))
    actions.redefine(segment, "Inès", definition={"version": 1, "trait": "country", "in": ["FR", "CH"]})
    settle()
    assert told(segment) == [("entered", "Bob")]
    assert since.items() <= dict(Member.objects.values_list("customer_id", "since")).items(), "who stayed, stayed"
    actions.redefine(segment, "Inès", definition=country("CH"))
    settle()
    assert told(segment)[1:] == [("left", "Awa"), ("left", "Chloé")]


def test_all_leave_an_archived_segment_and_the_rest_of_many_soon(monkeypatch):
    monkeypatch.setattr(membership, "PORTION", 2)
    everybody = actions.define("everybody", {"version": 1, "trait": "country", "exists": True}, "Inès")
    upper = actions.define("upper", inside(everybody), "Inès")
    settle()
    with pytest.raises(BadDefinition, match="upper"):
        actions.archive(everybody)
    actions.archive(upper)
    assert Member.objects.filter(segment=upper).count() == 1 and len(told(upper)) == 2
    actions.archive(upper)
    assert len(told(upper)) == 2, "it ends once"
    settle()
    assert told(upper) == [("left", name) for name in NAMES] and members(upper) == set()
    upper.refresh_from_db()
    assert (upper.state, upper.count) == ("archived", 0) and upper.archived
    actions.archive(everybody)
    assert told(everybody) == [("left", name) for name in NAMES[:2]]


def test_nobody_comes_into_a_segment_that_was_archived_meanwhile(monkeypatch):
    segment = actions.define("French", country("FR"), "Inès")
    settle()
    ask = live.ask

    def ask_slowly(statement, needed, customer_ids, now):
        answer = ask(statement, needed, customer_ids, now)
        actions.archive(segment)
        return answer

    monkeypatch.setattr(live, "ask", ask_slowly)
    customers.edit(number("Bob"), {"country": "FR"}, "ines@example.com")
    settle()
    assert Member.objects.count() == 0 and ("entered", "Bob") not in told(segment)


@pytest.mark.parametrize("meanwhile", ["archived", "redefined", "forgotten"])
def test_what_was_found_is_not_written_where_it_does_not_hold_any_more(monkeypatch, meanwhile):
    bob, segment = number("Bob"), actions.define("French", country("FR"), "Inès")
    settle()
    actions.redefine(segment, "Inès", definition=country("CH"))
    ask = rebuilding.ask

    def ask_slowly(needed, question):
        answer = ask(needed, question)
        monkeypatch.setattr(rebuilding, "ask", ask)
        if meanwhile == "archived":
            actions.archive(segment)
        elif meanwhile == "redefined":
            actions.redefine(segment, "Inès", definition=country("BE"))
        else:
            with write():
                Profile.objects.filter(customer_id=bob).update(customer=None)
                Customer.objects.filter(id=bob).delete()
        return answer

    monkeypatch.setattr(rebuilding, "ask", ask_slowly)
    settle()
    segment.refresh_from_db()
    assert segment.state == ("archived" if meanwhile == "archived" else "live")
    assert Member.objects.count() == segment.count == 0
    assert not Event.objects.filter(source="segments", profile_id=bob).exists()


def test_whom_the_proof_finds_wrong_is_looked_at_again_and_the_proof_says_so(caplog):
    customers.create_or_find("Dina", [], {"country": "FR"}, "api")
    segment = actions.define("French", country("FR"), "Inès")
    upper = actions.define("upper", inside(segment), "Inès")
    trait = computed.define("orders", "Orders", {"version": 1, "kind": "count", "event": "Order Completed"}, "Inès")
    with write():
        record([Fact(number("Dina"), "Order Completed", 5, "shop", "a")])
    settling.settle()
    settle()
    right = {row: members(row) for row in (segment, upper)}
    known = list(KnownTrait.objects.filter(computed=trait).values_list("customer_id", "number"))
    bob = number("Bob")
    with write():
        for row in (segment, upper):
            Member.objects.filter(segment=row).exclude(customer_id=number("Awa")).delete()
            Member.objects.create(segment=row, customer_id=bob, since=1)
        KnownTrait.objects.filter(computed=trait).update(number=99)
        KnownTrait.objects.create(computed=trait, customer_id=bob, name="orders", number=7)
    actions.prove()
    assert [(proof.missing, proof.extra) for proof in Proof.objects.order_by("id")] == [(2, 1), (2, 1)]
    assert ComputedProof.objects.get().different == len(known) + 1
    assert "3 of 3" in caplog.text and "3 customers are looked at again" in caplog.text
    settle()
    assert {row: members(row) for row in (segment, upper)} == right
    assert list(KnownTrait.objects.filter(computed=trait).values_list("customer_id", "number")) == known
    assert Proof.objects.filter(missing=2).count() == 2, "what was wrong stays written down"
    assert actions.prove()["different"] == 0
