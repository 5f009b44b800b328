"""Nobody who refused to be profiled is judged: neither live nor when everybody is worked out anew."""

import pytest

from rondpoint.consent import actions as consent
from rondpoint.consent import queries
from rondpoint.consent.types import Entry
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import clock
from rondpoint.segments import actions as segments
from rondpoint.segments.computed.tests.test_api import ORDERS, api, awa, named, order, settle  # noqa: F401
from rondpoint.segments.computed.types import JUDGING
from rondpoint.segments.models import ComputedTrait, KnownTrait

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]


@pytest.fixture
def luc():
    number, _ = customers.create_or_find(
        "Luc", [IdentifierIn("email", "luc@example.com", Evidence.SIGNED)], {}, "api"
    )
    order(number, 70)
    return number


def say(number, action, purpose="profiling", place=0):
    at = clock.now() + place
    consent.record([Entry(number, action, f"{action}:{number}:{at}", at, purpose)], at)


def holders(name):
    rows = KnownTrait.objects.filter(name__startswith=name)
    return set(rows.values_list("customer_id", flat=True))


@pytest.mark.parametrize("purpose", ["profiling", ""])
def test_who_refused_is_not_judged_and_still_counted(api, awa, luc, purpose, monkeypatch):  # noqa: F811
    from rondpoint.config.house import join_rooms

    join_rooms()
    api("post", "/computed-traits", named("orders", ORDERS))
    api("post", "/computed-traits", named("rfm", {**ORDERS, "kind": "rfm", "property": "total"}))
    settle()
    assert holders("rfm") == holders("orders") == {awa, luc}, "who was never asked refused nothing"
    say(awa, "withdrawn", purpose)
    settle()
    assert holders("rfm") == {luc} and holders("orders") == {awa, luc}
    later = clock.now() + clock.DAY + clock.HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    segments.measure_daily()
    settle()
    assert holders("rfm") == {luc} and ComputedTrait.objects.get(name="rfm").state == "live"
    say(awa, "granted", place=1)
    settle()
    assert holders("rfm") == {awa, luc}


def test_a_no_is_told_from_nothing_said(awa, luc):  # noqa: F811
    assert queries.refused("profiling", [awa, luc], clock.now()) == set()
    say(awa, "objected")
    say(luc, "granted")
    assert queries.refused("profiling", [awa, luc], clock.now()) == {awa}
    assert queries.refused("profiling", [], clock.now()) == set()


def test_what_judges_is_all_that_does_more_than_count():
    assert {kind.value for kind in JUDGING} == {"rfm", "engagement", "best_channel", "best_hour", "lifetime_value"}
