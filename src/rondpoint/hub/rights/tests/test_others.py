"""What belongs to somebody else stays, however near it is; and her own page takes what she asks."""

import json
import zlib

import pytest

from rondpoint.channels.models import Connection, Delivery
from rondpoint.conversations.own_page.tests.conftest import AWA, Browser, house  # noqa: F401
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events.models import Event
from rondpoint.files import actions as store
from rondpoint.hub.imports import actions as imports
from rondpoint.hub.imports import working as importing
from rondpoint.hub.models import RightsRequest
from rondpoint.hub.rights import actions, working
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking.models import Batch, Source

pytestmark = [pytest.mark.usefixtures("children_here")]
HOUSEHOLD = "+33199000555"


@pytest.fixture
def two(brand, monkeypatch):
    """Ann and Bob, who share a telephone."""
    monkeypatch.setattr(working, "SETTLED", 0)
    now = clock.now()
    with write():
        said = customers.hear(
            [
                Said("import:crm", f"id:{name}", now, {"name": name}, (
                    IdentifierIn("account", number, Evidence.PROVIDER, "crm"),
                    IdentifierIn("phone", HOUSEHOLD, Evidence.CLAIMED),
                ))
                for name, number in (("Ann", "1"), ("Bob", "2"))
            ]
        )  # fmt: skip
    return said["import:crm", "id:Ann"], said["import:crm", "id:Bob"]


@pytest.mark.django_db
@pytest.mark.data
def test_what_came_from_an_address_of_two_stays_the_others(two, brand):
    ann, bob = two
    with write():
        box = Connection.objects.create(kind="sms", name="SMS", brand=brand, settings={})
        Delivery.objects.create(
            connection=box, external_id="x", received=1, body=f"From={HOUSEHOLD}".encode(), state="done"
        )
    working.whole(actions.erase(known.of_profile(ann.id), "ada@example.com"), "test")
    assert bytes(Delivery.objects.get().body) == f"From={HOUSEHOLD}".encode()
    assert [row.value for row in known.identifiers(bob.owner)] == ["2", HOUSEHOLD]


@pytest.mark.django_db
@pytest.mark.data
def test_a_short_number_takes_nobody_elses_calls_along(two):
    ann, _bob = two
    calls = [{"type": "track", "event": "x", "userId": "u9", "properties": {"version": "1", "id": "Ann"}}]
    with write():
        source = Source.objects.create(kind="server", name="Shop", write_key="k")
        Batch.objects.create(source=source, kind="batch", received=1, state="done",
                             body=zlib.compress(json.dumps({"batch": calls}).encode()))  # fmt: skip
    working.whole(actions.erase(known.of_profile(ann.id), "ada@example.com"), "test")
    assert json.loads(zlib.decompress(bytes(Batch.objects.get().body)))["batch"] == calls


@pytest.mark.django_db
@pytest.mark.data
def test_who_was_merged_goes_with_her_and_who_was_parted_stays(two):
    ann, bob = two
    customers.merge(ann.owner, bob.owner, "ada@example.com")
    link = Link.objects.filter(kind="manual", closed=None).latest("id")
    customers.unmerge(link, "ada@example.com")
    actions.erase(known.of_profile(ann.id), "ada@example.com")
    assert list(Profile.objects.values_list("key", flat=True)) == ["id:Bob"]
    assert list(Customer.objects.values_list("id", "merged_into")) == [(bob.id, None)]
    assert not Link.objects.exists()
    assert not Event.objects.filter(profile_id=ann.id).exists()


@pytest.mark.django_db
@pytest.mark.data
def test_a_file_that_is_being_brought_in_does_not_bring_her_back(two):
    ann, _bob = two
    sheet = "user_id,email,name\nAnn2,ann@example.net,Ann\nC,c@example.net,Cy\n"
    sha256, size = store.save_stream((sheet.encode(),))
    row = imports.begin("customers", "list.csv", sha256, size, "ada@example.com", then="run")
    number, _ = customers.create_or_find(
        "Ann", [IdentifierIn("email", "ann@example.net", Evidence.SIGNED)], {}, "staff"
    )
    actions.erase(Customer.objects.get(id=number), "ada@example.com")
    importing.whole(row, "test")
    row.refresh_from_db()
    assert (row.state, row.new, row.refused) == ("done", 1, 1)
    assert known.find(identifier="email:ann@example.net") == []
    assert len(known.find(identifier="email:c@example.net")) == 1


@pytest.mark.django_db(transaction=True)
def test_on_her_own_page_she_asks_once_a_code_proved_it(house):  # noqa: F811
    house.mail(AWA, evidence="provider")
    stranger = Browser("192.0.2.9")
    assert stranger.post("rights", kind="access").status_code == 404
    browser = Browser().enter(AWA)
    assert "A copy of all that you know about me" in browser.page
    assert browser.post("rights", kind="nonsense").status_code == 404
    assert browser.post("rights", kind="access").status_code == 302
    assert browser.post("rights", kind="erasure").status_code == 302
    access, erasure = RightsRequest.objects.order_by("id")
    assert (access.state, erasure.state, access.proof != "") == ("working", "open", True)
    assert working.work("test") == 1
    links = [word for word in browser.page.split('"') if word.startswith("/rights/files/")]
    assert len(links) == 2
    told = b"".join(browser.client.get(links[1]).streaming_content)
    assert json.loads(told)["identifiers"][0]["value"] == AWA
    actions.erase(Customer.objects.get(id=access.customer_id), "ada@example.com")
    assert browser.post("rights", kind="access").status_code == 404
    assert browser.client.get(links[1]).status_code == 404
    assert AWA not in browser.page
