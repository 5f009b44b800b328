"""What somebody opened and followed in our own messages says how she takes to a channel; a machine says nothing."""

from importlib import import_module

import pytest
from django.apps import apps

from rondpoint.customers import actions as customers
from rondpoint.events.actions import record
from rondpoint.events.tests.settling import settle as committed
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.segments import working
from rondpoint.segments.computed import actions
from rondpoint.segments.models import ComputedTrait, KnownTrait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
NOON = 1_790_000_000_000_000 // clock.DAY * clock.DAY + 12 * clock.HOUR


@pytest.fixture
def awa():
    number, _ = customers.create_or_find("Awa", [], {}, "api")
    return number


def settle():
    committed()
    while working.work("a worker"):
        pass


def happen(customer, type_, channel, times=1, **properties):
    at = NOON + 3 * clock.HOUR
    names = [f"{type_}:{sorted(properties)}:{each}" for each in range(times)]
    facts = [Fact(customer, type_, at, "connection:1", name, channel, properties=properties) for name in names]
    with write():
        record(facts)


def values():
    held = KnownTrait.objects.filter(computed__isnull=False)
    return {row.name: row.text if row.number is None else row.number for row in held}


def made(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON + 5 * clock.HOUR)
    for kind in ("engagement", "best_channel", "best_hour"):
        more = {"minimum": 1, "timezone": "UTC"} if kind == "best_hour" else {}
        actions.define(kind, kind, {"version": 1, "kind": kind, **more}, "Inès")
    settle()


@pytest.mark.parametrize(("sign", "score"), [("message.opened", 20), ("message.clicked", 33)])
def test_opening_and_following_count_unless_a_machine_did_it(monkeypatch, awa, sign, score):
    happen(awa, "message.queued", "email")
    made(monkeypatch)
    assert values() == {"engagement_email": 0}
    happen(awa, sign, "email", machine=True, dispatch_id=1)
    settle()
    assert values() == {"engagement_email": 0}
    happen(awa, sign, "email", dispatch_id=1)
    settle()
    assert values() == {"engagement_email": score, "best_channel": "email", "best_hour": 15}


def test_traits_of_before_are_found_anew_by_the_upgrade(monkeypatch, awa):
    happen(awa, "message.clicked", "sms", 3)
    made(monkeypatch)
    right = values()
    orders = actions.define("orders", "Orders", {"version": 1, "kind": "count", "event": "Order Completed"}, "Inès")
    settle()
    with write():  # as it was left by a version that did not know these signs
        ComputedTrait.objects.exclude(id=orders.id).update(statements={}, count=0)
        KnownTrait.objects.all().delete()
        import_module("rondpoint.segments.migrations.0003_own_signs").find_anew(apps, None)
    assert list(ComputedTrait.objects.filter(state="live")) == [orders]
    settle()
    assert values() == right == {"engagement_sms": 67, "best_channel": "sms", "best_hour": 15}
    assert not ComputedTrait.objects.exclude(state="live").exists()
