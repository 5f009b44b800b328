"""The catalogue follows what was committed: each fact is counted once, and what is erased is gone."""

import pytest

from rondpoint.events import actions, catalogue
from rondpoint.events.models import Event, EventDay, EventType
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.jobs.models import Cursor
from rondpoint.lib import clock
from rondpoint.lib.db import write

# Whoever follows facts sees those of transactions that have ended.
pytestmark = pytest.mark.django_db(transaction=True)
NOW = 1_790_000_000_000_000
DAY = clock.DAY


def tell(*facts) -> None:
    with write():
        actions.record(
            [
                Fact(1, name, at, source, f"m{number}-{name}", properties=said)
                for number, (name, at, source, said) in enumerate(facts, Event.objects.count())
            ]
        )
    settle()


@pytest.mark.data
def test_each_fact_is_counted_once_on_its_day(settings):
    tell(("Order Completed", NOW, "track:1", {"total": 10}), ("Order Completed", NOW - DAY, "track:2", {"total": 12}))
    assert catalogue.watch() == 2
    tell(("Order Completed", NOW, "track:1", {"total": 11}), ("Page Viewed", NOW, "track:1", {}))
    assert catalogue.watch() == 2
    assert catalogue.watch() == 0
    row = EventType.objects.get(name="Order Completed")
    assert (row.count, row.first_at, row.last_at) == (3, NOW - DAY, NOW)
    assert set(row.sources) == {"track:1", "track:2"}
    assert row.shape["properties"]["total"]["seen"] == 3
    assert [*EventDay.objects.filter(type=row).order_by("day").values_list("day", "count")] == [
        (NOW // DAY - 1, 1),
        (NOW // DAY, 2),
    ]
    newest = Event.objects.filter(type="Order Completed").order_by("-id").first()
    assert row.examples[0] == newest.id


@pytest.mark.data
def test_what_fails_half_way_is_counted_once_the_next_time(monkeypatch):
    tell(*[(f"Type {number}", NOW, "s", {}) for number in range(5)])
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "_count", lambda days: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            catalogue.watch()
    assert not EventType.objects.exists() and not Cursor.objects.exists()
    catalogue.watch()
    assert sum(EventType.objects.values_list("count", flat=True)) == 5


def test_the_catalogue_is_read_searched_and_described_on_the_desk(brand):
    from django.test import Client

    from rondpoint.accounts.models import User
    from rondpoint.accounts.types import Role

    with write():
        olivia = User.objects.create(email="olivia@example.com", name="Olivia", role=Role.SUPERVISOR, language="en")
        desk = Client()
        desk.force_login(olivia)
    assert "Nothing was told yet" in desk.get("/catalogue").content.decode()
    tell(*[("Order Completed", clock.now(), "shop", {"total": 1})] * 60, ("Order <i>", clock.now(), "shop", {}))
    tell(("Order Completed", clock.now(), "shop", {"total": "1,00", "colour": "blue"}))
    catalogue.watch()
    page = desk.get("/catalogue").content.decode()
    assert "Order Completed" in page and "Order &lt;i&gt;" in page and "<rect" in page
    found = desk.get("/catalogue?q=completed", headers={"HX-Request": "true"}).content.decode()
    assert "Order Completed" in found and "Order &lt;i&gt;" not in found
    row = EventType.objects.get(name="Order Completed")
    page = desk.get(f"/catalogue/{row.id}").content.decode()
    assert "The property total is of another kind: number → text." in page
    desk.post(f"/catalogue/{row.id}", {"description": "Paid at the till or online."})
    assert "Paid at the till or online." in desk.get(f"/catalogue/{row.id}").content.decode()
    assert desk.get("/catalogue/999999").status_code == 404


@pytest.mark.data
def test_an_example_that_was_erased_is_shown_no_more():
    tell(("Order Completed", NOW, "shop", {"name": "Awa"}))
    catalogue.watch()
    row = EventType.objects.get()
    assert len(catalogue.examples(row)) == 1
    with write():
        Event.objects.all().delete()
    assert catalogue.examples(row) == []
    assert "Awa" not in str(row.shape)
