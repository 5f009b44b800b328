"""What the doors of a process share: the connections as they are now, and deliveries that are on disk when told so."""

import asyncio
import contextlib
import gc
import uuid

import pytest

from rondpoint.channels import actions, connections, deliveries
from rondpoint.channels.contract import Raw
from rondpoint.channels.models import Delivery
from rondpoint.files import queries as stored
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
URL = "https://www.example.com"


@pytest.fixture(autouse=True)
def _sessions_end():
    """Threads that an event loop lent have sessions of PostgreSQL, which end once they are collected."""
    yield
    gc.collect()


@pytest.fixture
def site(brand):
    return actions.add_connection("chat", "Site", {"origins": URL}, brand)


def held(*names):
    """What is stored under these names."""
    return {row.external_id: deliveries.raw(row).body for row in Delivery.objects.filter(external_id__in=names)}


@contextlib.contextmanager
def intake():
    made = deliveries.Intake()
    try:
        yield made
    finally:
        made.close()


def test_a_connection_is_found_by_its_kind_and_public_id(site):
    async def run():
        directory = connections.Directory()
        here = await directory.get("chat", str(site.public_id))
        assert here is not None
        assert (here.id, here.settings["origins"]) == (site.id, URL)
        assert await directory.get("sms", str(site.public_id)) is None
        assert await directory.get("chat", str(uuid.uuid4())) is None
        assert [row.id for row in await directory.of("chat")] == [site.id]
        assert await directory.of("sms") == []

    asyncio.run(run())


def test_a_new_connection_is_found_at_once_and_a_paused_one_after_a_moment(site, monkeypatch):
    async def run():
        directory = connections.Directory()
        assert await directory.get("chat", str(site.public_id))
        new = await asyncio.to_thread(actions.add_connection, "chat", "Shop", {"origins": URL})
        assert await directory.get("chat", str(new.public_id))
        await asyncio.to_thread(actions.set_active, site, False)
        monkeypatch.setattr(connections, "FRESH", 0.0)
        assert await directory.get("chat", str(site.public_id)) is None

    asyncio.run(run())


def test_many_who_ask_at_once_are_answered_by_one_look(site, monkeypatch):
    looks, look = [], connections._every

    def counted():
        looks.append(1)
        return look()

    monkeypatch.setattr(connections, "_every", counted)

    async def run():
        directory = connections.Directory()
        found = await asyncio.gather(*(directory.get("chat", str(site.public_id)) for _ in range(50)))
        assert {row.id for row in found} == {site.id}

    asyncio.run(run())
    assert len(looks) == 1


def test_the_oldest_connection_of_the_brand_goes_first(site, brand):
    other = actions.add_connection("chat", "Other", {"origins": URL}, brand)
    assert connections.first("chat", brand.id).id == site.id
    assert connections.first("chat", None).id == site.id  # nobody's brand: the oldest of all
    actions.set_active(site, False)
    assert connections.first("chat", brand.id).id == other.id
    assert connections.first("sms", brand.id) is None
    assert connections.by_public_id("chat", str(site.public_id)) is None
    assert connections.by_public_id("chat", str(other.public_id)).id == other.id
    assert connections.by_public_id("chat", "x") is None


def test_a_delivery_is_on_disk_once_it_was_taken_and_is_stored_once(site):
    large = b"x" * (deliveries.LARGE + 1)

    async def run():
        info = connections.info(site)
        assert await taken.deliver(info, "small", Raw(b"one", {}, "", "POST", 1))
        assert await taken.deliver(info, "large", Raw(large, {}, "", "POST", 1))
        assert not await taken.deliver(info, "small", Raw(b"another", {}, "", "POST", 1))

    with intake() as taken:
        asyncio.run(run())
    assert held("small", "large") == {"small": b"one", "large": large}
    row = Delivery.objects.get(external_id="large")
    assert row.body is None
    assert stored.read(row.body_sha256) == large


def test_who_could_not_store_says_so_and_the_next_one_is_stored(site, monkeypatch):
    def fail(body):
        raise OSError("the disk is full")

    async def run():
        info = connections.info(site)
        with monkeypatch.context() as patch:
            patch.setattr(deliveries.files, "save", fail)
            with pytest.raises(OSError, match="disk is full"):
                await taken.deliver(info, "large", Raw(b"x" * (deliveries.LARGE + 1)))
        assert await taken.deliver(info, "next", Raw(b"next"))

    with intake() as taken:
        asyncio.run(run())
    assert held("large", "next") == {"next": b"next"}


def test_names_that_are_too_long_for_the_table_still_tell_deliveries_apart(site):
    info, long = connections.info(site), "n" * 300
    first, again, other = (deliveries.prepare(info, name, Raw(b"x")) for name in (long, long, long + "m"))
    with write():
        assert deliveries.store([first, again, other]) == [True, False, True]
    assert Delivery.objects.count() == 2


def test_settings_that_do_not_hold_are_named_and_nothing_is_stored(site):
    with pytest.raises(actions.BadSettings, match="no channel 'pigeon'"):
        actions.add_connection("pigeon", "Pigeon", {})
    with pytest.raises(actions.BadSettings) as refused:
        actions.add_connection("sms", "SMS", {"provider": "twilio"})
    assert {"number", "auth_token"} <= refused.value.problems.keys()
    assert [row.id for row in connections.active()] == [site.id]
