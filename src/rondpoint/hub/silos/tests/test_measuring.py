"""The figures of an audit are those one counts by hand."""

import random
from collections import Counter

import pytest

from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.consent.types import Entry
from rondpoint.conversations.models import Message
from rondpoint.conversations.tests.conftest import house  # noqa: F401
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.events import actions as events
from rondpoint.events.tests.settling import settle
from rondpoint.events.types import Fact
from rondpoint.hub.models import Import, Sync
from rondpoint.hub.silos import measuring
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking.models import Source

pytestmark = [pytest.mark.django_db, pytest.mark.data]
AT = 1_770_000_000_000_000


def held(kind, value, scope=""):
    return IdentifierIn(kind, value, Evidence.PROVIDER, scope)


def said(source, key, traits, *identifiers, at=AT):
    return Said(source, key, at, traits, identifiers)


def measured(tmp_path):
    return measuring.measure(str(tmp_path / "lake"))


@pytest.fixture
def world(brand):
    """Awa whom shop and CRM know, Luc whom the till knows alone and whose number somebody else of the CRM has too, and
    Zoé of the site, whom the CRM gave a number."""
    with write():
        site = Source.objects.create(kind="website", name="Shop", write_key="k", last_heard=AT)
        Import.objects.create(
            kind="customers", name="a", origin="till", sha256="0", size=1, state="done", new=2, ended=AT
        )
        crm = Sync.objects.create(
            kind="customers", name="CRM", origin="crm", address="", minutes=60, error="it answers 503", ran=AT + 1
        )
        Import.objects.create(
            kind="customers", name="b", origin="crm", sha256="0", size=1, state="done", new=3, known=4, sync=crm,
            ended=clock.now() - clock.DAY,
        )  # fmt: skip
        shop = f"track:{site.id}"
        found = customers.hear(
            [
                said(shop, "user:u1", {"name": "Awa Diallo", "city": "Lyon", "tags": ["a"], "vip": True},
                     held("account", "u1"), held("email", "awa@example.com")),
                said("import:crm", "id:C1", {"first_name": "awa", "last_name": "DIALLÓ", "city": "Saint-Étienne"},
                     held("account", "C1", "crm"), held("email", "awa@example.org"), held("phone", "+33199000041")),
                said("import:till", "phone:+33199000042", {"name": "Luc"}, held("phone", "+33199000042")),
                said("import:crm", "id:C2", {"city": "Nantes"}, held("account", "C2", "crm"),
                     held("phone", "+33199000042")),
                said(shop, "user:u3", {"name": "Zoé"}, held("account", "u3"), held("account", "C3", "crm")),
            ]
        )  # fmt: skip
        customers.merge(found[shop, "user:u1"].id, found["import:crm", "id:C1"].id, "Ines", AT)
        events.record(
            [
                Fact(found["import:crm", "id:C2"].id, "Store Visited", AT, "import:till", "f1"),
                Fact(found[shop, "user:u1"].id, "Page Viewed", AT, shop, "f2"),
                Fact(found[shop, "user:u1"].id, "note.added", AT, "conversations", "f3"),
            ]
        )
        consent.record(
            [Entry(found[shop, "user:u1"].id, "confirmed", "c1", AT, "newsletter", "email", "email", "awa@example.com")]
        )
    return shop, found


@pytest.mark.django_db(transaction=True)  # facts are read once they are committed
def test_what_each_source_knows(world, tmp_path):
    shop, _ = world
    settle()
    found = measured(tmp_path)
    assert (found["customers"], found["shared"], found["waiting"]) == (4, 3, 1)
    silos = {silo["key"]: silo for silo in found["silos"]}
    assert silos.keys() == {shop, "import:crm", "import:till"}
    crm, till = silos["import:crm"], silos["import:till"]
    assert (crm["customers"], crm["alone"]) == (3, 0), "Awa, whoever has Luc's number, and Zoé by her number"
    assert (till["customers"], till["alone"], till["alone_phone"], till["alone_alike"]) == (2, 1, 1, 1)
    nothing = {"address": 0, "birthday": 0, "language": 0}
    assert silos[shop]["filled"] == {"name": 2, "email": 1, "phone": 0, "account": 2, "consent": 1, **nothing}
    assert crm["filled"] == {"name": 2, "email": 1, "phone": 2, "account": 3, "consent": 1, **nothing}
    overlaps = {(each["one"], each["other"]): each["both"] for each in found["overlaps"]}
    assert overlaps == {("import:crm", "import:till"): 1, ("import:crm", shop): 2}


def test_how_complete_a_source_is(brand, tmp_path):
    street, town = {"street": "12 rue des Tilleuls"}, {"postcode": "69003"}
    told = {
        "whole": {"name": "Awa", "address": "12 rue des Tilleuls, Lyon", "language": "fr", "birthday": "1988-04-12"},
        "parts": {"first_name": "Luc", "last_name": "Diallo", **street, **town, "birth_date": "1990-01-02"},
        "within": {"name": "", "address": {"street": "1", "city": "Lyon"}, "language": "en"},
        "street": {**street, "language": None},
        "town": {"city": "Lyon", "address": {}},
        "nothing": {},
    }
    with write():
        found = customers.hear([said("crm", key, traits) for key, traits in told.items()])
        numbers = held("account", "7", "till"), held("phone", "+33199000043")
        customers.hear([said("till", "1", {"name": "Awa"}, *numbers)])
        customers.merge(found["crm", "whole"].id, found["crm", "parts"].id, "Ines", AT)
    silos = {silo["key"]: silo for silo in measured(tmp_path)["silos"]}
    assert silos["crm"]["customers"] == 5
    assert silos["crm"]["filled"] == {
        "name": 1, "email": 0, "phone": 0, "address": 2, "birthday": 1, "language": 2, "account": 0, "consent": 0,
    }, "two records of one customer count once, and a street alone reaches nobody"
    assert silos["till"]["filled"] == {
        "name": 1, "email": 0, "phone": 1, "address": 0, "birthday": 0, "language": 0, "account": 1, "consent": 0,
    }  # fmt: skip


def test_where_they_contradict_each_other(world, tmp_path):
    shop, found = world
    conflicts = measured(tmp_path)["conflicts"]
    awa = Profile.objects.get(id=found[shop, "user:u1"].id).customer_id
    assert {(each["trait"], each["both"], each["different"], tuple(each["examples"])) for each in conflicts} == {
        ("city", 1, 1, (awa,)),
        ("email", 1, 1, (awa,)),
    }, "a name is the same whatever its accents and its order"
    assert {(each["one"], each["other"]) for each in conflicts} == {("import:crm", shop)}


@pytest.mark.django_db(transaction=True)  # facts are read once they are committed
def test_what_was_set_up_and_when_it_spoke(world, tmp_path):
    shop, _ = world
    settle()
    feeds = {(feed["key"], feed["kind"]): feed for feed in measured(tmp_path)["feeds"]}
    assert feeds.keys() == {(shop, "site"), ("import:crm", "sync"), ("import:till", "files")}
    assert feeds["import:crm", "sync"]["problem"] == "it answers 503"
    assert feeds["import:crm", "sync"]["lately"] == 7 and feeds["import:crm", "sync"]["last"] > AT + 1
    assert feeds["import:till", "files"]["last"] == AT
    assert feeds[shop, "site"]["lately"] == 1 and feeds[shop, "site"]["last"] >= AT


def test_a_channel_knows_whoever_wrote_there(house, world, tmp_path):  # noqa: F811
    shop, found = world
    message = house.text("+33199000041")
    audit = measured(tmp_path)
    silos = {silo["key"]: silo for silo in audit["silos"]}
    assert Message.objects.filter(profile_id=found["import:crm", "id:C1"].id).exists(), "she was known by her number"
    assert silos["phone"]["customers"] == silos["phone"]["filled"]["phone"] == 1
    sms = next(feed for feed in audit["feeds"] if feed["detail"] == "sms")
    assert (sms["key"], sms["last"]) == ("phone", message.received)
    assert Connection.objects.filter(name=sms["name"]).exists()


def test_an_empty_house_has_nothing_to_tell(brand, tmp_path):
    found = measured(tmp_path)
    assert (found["customers"], found["silos"], found["overlaps"], found["conflicts"]) == (0, [], [], [])


def test_it_counts_what_a_loop_counts(brand, tmp_path):
    dice = random.Random(7)
    people = [[] for _ in range(60)]
    with write():
        told = []
        for number, profiles in enumerate(people):
            for source in dice.sample(["a", "b", "c", "d"], dice.randint(1, 3)):
                city = dice.choice(["Lyon", "LYON ", "Nantes", ""])
                profiles.append((source, f"{number}", city))
                told.append(said(source, f"{number}", {"city": city}, held("account", f"{source}{number}", source)))
        rows = customers.hear(told)
        for profiles in people:
            first = rows[profiles[0][:2]]
            for other in profiles[1:]:
                customers.merge(first.id, rows[other[:2]].id, "Ines", AT)
    assert Customer.objects.filter(merged_into=None).count() == 60
    found = measured(tmp_path)
    known = Counter(source for profiles in people for source, _, _ in profiles)
    alone = Counter(profiles[0][0] for profiles in people if len(profiles) == 1)
    assert {silo["key"]: (silo["customers"], silo["alone"]) for silo in found["silos"]} == {
        source: (known[source], alone[source]) for source in known
    }
    both, cities = Counter(), {}
    for profiles in people:
        for one, _, here in profiles:
            for other, _, there in profiles:
                if one < other:
                    both[one, other] += 1
                    if here and there:
                        cities.setdefault((one, other), []).append(here.strip().lower() != there.strip().lower())
    assert {(each["one"], each["other"]): each["both"] for each in found["overlaps"]} == both
    assert {(each["one"], each["other"]): (each["both"], each["different"]) for each in found["conflicts"]} == {
        pair: (len(differ), sum(differ)) for pair, differ in cities.items() if any(differ)
    }


@pytest.mark.django_db(transaction=True)  # facts are read once they are committed
def test_facts_in_the_lake_count_as_those_in_the_database(world, tmp_path):
    from rondpoint.events import lake as facts

    settle()
    before = measured(tmp_path)
    facts.keep_up(str(tmp_path / "lake"))
    after = measured(tmp_path)
    for name in ("silos", "overlaps", "feeds"):
        for one, other in zip(before[name], after[name], strict=True):
            assert {**one, "age": 0} == {**other, "age": 0}
    assert clock.now() >= after["at"] > before["at"]
