"""A lake in an object store: kept up, away, back again, written anew, and killed at every step of its writing."""

import itertools
import os
import signal
import subprocess
import sys

import msgspec
import pytest

from rondpoint.config import doctor
from rondpoint.events import lake
from rondpoint.events.actions import record
from rondpoint.events.models import Event
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.jobs import leases
from rondpoint.jobs.models import Lease
from rondpoint.lib.db import write
from rondpoint.segments import actions, rebuilding, working
from tests.peers.object_store import KEYS, ObjectStore

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
NUMBERS = itertools.count()
BUYERS = {"version": 1, "event": "Order Completed", "count": {"gte": 1}}
KILLS = int(os.environ.get("RONDPOINT_LAKE_KILLS", "3"))


@pytest.fixture(scope="module")
def store():
    store = ObjectStore()
    yield store
    store.stop()


@pytest.fixture
def address(store, settings, monkeypatch, children_here):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    address = store.address(f"house-{next(NUMBERS)}")
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=address)
    return address


def happen(*names, profile_id=1):
    with write():
        record([Fact(profile_id, "Order Completed", 5, "shop", name) for name in names])
    settle()


def kept(address):
    facts = lake.table(address)
    with facts.connect() as database:
        if not facts.show(database, "facts"):
            return []
        named = database.execute("SELECT id FROM facts ORDER BY id").fetchall()
    by_id = dict(Event.objects.values_list("id", "message_id"))
    return [by_id.get(number) for (number,) in named]


def test_it_is_kept_up_and_segments_are_found_in_it(address, monkeypatch):
    monkeypatch.setattr(working, "WORTH_IT", 2)
    happen("a")
    actions.keep_lake()
    assert kept(address) == ["a"], "it was looked at for the first time, and was not as it should be"
    happen("b")
    actions.keep_lake()
    assert kept(address) == ["a"], "one fact is not worth it"
    happen("c", "d")
    actions.keep_lake()
    assert kept(address) == ["a", "b", "c", "d"]
    happen("e")
    assert rebuilding.preview(BUYERS)["count"] == 1
    assert lake.write_anew(address) == 5
    assert doctor._lake() == []


def test_the_house_works_on_while_it_is_away(address, store, monkeypatch, settings):
    monkeypatch.setattr(working, "WORTH_IT", 2)
    happen("a", "b")
    actions.keep_lake()
    gone = address.replace(store.url, "http://127.0.0.1:9")  # nobody listens there
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=gone)
    happen("c", "d")
    with pytest.raises(OSError):
        actions.keep_lake()
    assert actions.lake_is_away()
    (finding,) = doctor._lake()
    assert finding.name == "lake" and "cannot be reached" in finding.problem
    assert rebuilding.preview(BUYERS)["count"] == 1, "the same people, read from the database"
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, lake=address)
    actions.keep_lake()
    assert not actions.lake_is_away()
    assert kept(address) == ["a", "b", "c", "d"]


def test_facts_about_somebody_are_taken_out(address):
    happen("a", profile_id=2)
    happen("b")
    lake.keep_up(address)
    happen("c", profile_id=2)
    lake.keep_up(address)
    with write():
        Event.objects.filter(profile_id=2).delete()
    assert lake.forget(address, [2]) == 2
    assert kept(address) == ["b"]
    facts = lake.table(address)
    assert facts.place.parts().keys() == {part.file for part in facts.manifest().parts}


def test_whatever_dies_at_any_step_nothing_is_lost_or_doubled(address, settings):
    """A process is killed for real before or after a call of the store, at another one each time, while it takes
    facts in, makes parts one and removes old ones."""
    told = []
    for number in range(KILLS):
        names = [f"{number}-{fact}" for fact in range(9)]
        told += names
        happen(*names)
        killed = subprocess.run([sys.executable, "-m", "tests.operations.dying", address, str(number * 4 % 17)],
                                env=_environment(settings), capture_output=True, text=True)  # fmt: skip
        assert killed.returncode in (0, -signal.SIGKILL), killed.stderr
        assert kept(address) == told[: len(kept(address))], "whole, in order, each once"
        with write():
            Lease.objects.filter(name=lake.WRITER).update(until=leases.now() - 1)  # the dead one's lease runs out
    lake.keep_up(address)
    assert kept(address) == told


def _environment(settings):
    database = settings.DATABASES["default"]
    return {**os.environ, "RONDPOINT_TEST_DATABASE": str(database["NAME"])}
