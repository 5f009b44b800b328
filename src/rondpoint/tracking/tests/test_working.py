"""What sources tell becomes facts about people: once, of the right one, and proving nothing that it does not."""

import json

import pytest

from rondpoint.accounts.models import Brand
from rondpoint.customers import actions as customers
from rondpoint.customers import queries
from rondpoint.customers.matching.rules import reading as matching
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.queries import companies
from rondpoint.customers.types import Evidence, IdentifierIn, LinkKind
from rondpoint.events.models import Event
from rondpoint.jobs.pressing import pressing
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.tracking import actions, intake, working
from rondpoint.tracking.models import Batch, Refusal
from rondpoint.tracking.tests.conftest import Site

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def track(event="Product Viewed", **who):
    return {"type": "track", "event": event, **(who or {"anonymousId": "a1"})}


def customer(key) -> Customer:
    return Customer.objects.get(profiles__key=key)


def facts(key) -> list[str]:
    return [
        *Event.objects.filter(profile_id=Profile.objects.get(key=key).id).order_by("id").values_list("type", flat=True)
    ]


def test_many_batches_are_one_transaction_and_while_others_wait_fewer_are(site, monkeypatch):
    applied: list[int] = []
    apply = working._apply
    monkeypatch.setattr(working, "_apply", lambda jobs: (applied.append(len(jobs)), apply(jobs)))

    def tell(batches: int) -> list[int]:
        calls = [{"messageId": f"m{number}", **track()} for number in range(100)]
        body = json.dumps({"batch": calls}).encode()
        with write():
            intake.store([intake.batch(site.info, "batch", body, clock.now()) for _ in range(batches)])
        applied.clear()
        working.work("test")
        return list(applied)

    assert tell(12) == [10, 2]
    with pressing():
        assert tell(7) == [3, 3, 1]


@pytest.mark.parametrize("name", ["postalCode", "postal_code"])
def test_an_address_is_compared_like_one_out_of_a_file(site, name):
    place = {"street": "12 bis, rue des Tilleuls", name: "69003", "city": "Lyon", "state": "ARA", "country": "FR"}
    site.tell({"type": "identify", "userId": "u1", "traits": {"firstName": "Awa", "address": place}})
    town = {name: "69003", "city": "Lyon"}
    site.tell({"type": "identify", "userId": "u2", "traits": {"firstName": "Awa", "address": town}})
    told = {
        key: {name: each["value"] for name, each in Profile.objects.get(key=key).traits.items()}
        for key in ("user:u1", "user:u2")
    }
    of_a_file = {
        "first_name": "Awa", "street": "12 bis, rue des Tilleuls", "postcode": "69003", "city": "Lyon", "region": "ARA",
        "country": "FR",
    }  # fmt: skip
    assert told["user:u1"] == {**of_a_file, "address": "12 bis, rue des Tilleuls, 69003, Lyon, ARA, FR"}
    assert matching.read(told["user:u1"], (), ()) == matching.read(of_a_file, (), ())
    alike = matching.read(told["user:u2"], (), ())
    assert (alike.street, alike.house, alike.postcode) == ("", "", "69003")


def test_what_she_agreed_to_on_the_page_stays_with_the_fact_and_where_she_was_does_not(site):
    said = {"Advertising": False, "Analytics": True, "Odd": "maybe", "x" * 200: True}
    context = {
        "consent": {"categoryPreferences": said, "more": "x"}, "ip": "192.0.2.1", "location": {"city": "Lyon"},
        "network": {"carrier": "x"}, "library": {"name": "x"}, "locale": "fr-FR",
    }  # fmt: skip
    site.tell(track() | {"context": context}, track() | {"context": {"consent": {"categoryPreferences": ["x"]}}})
    site.tell(track() | {"context": {"consent": {"categoryPreferences": {str(each): True for each in range(99)}}}})
    first, second, third = [row.properties for row in Event.objects.filter(source=site.info.knows).order_by("id")]
    kept = {"Advertising": False, "Analytics": True, "x" * 100: True}
    assert first == {"context": {"locale": "fr-FR", "consent": {"categoryPreferences": kept}}}
    assert second == {}
    assert len(third["context"]["consent"]["categoryPreferences"]) == 50


def test_calls_become_facts_with_their_properties(site):
    now = clock.now()
    site.tell(
        track(anonymousId="a1")
        | {"properties": {"price": 19.9}, "context": {"page": {"path": "/x"}, "ip": "192.0.2.1"}},
        {"type": "page", "anonymousId": "a1", "name": "Home", "properties": {"path": "/"}},
        at=now,
    )
    first, second = Event.objects.filter(source=site.info.knows).order_by("id")
    assert (first.type, first.channel, first.occurred) == ("Product Viewed", "web", now)
    assert first.properties == {"price": 19.9, "context": {"page": {"path": "/x"}}}
    assert (second.type, second.properties) == ("Page Viewed", {"path": "/", "name": "Home"})
    assert Batch.objects.get().state == "done"


def test_a_message_that_comes_twice_is_one_fact(site):
    for _ in range(2):
        site.tell(track() | {"messageId": "one"}, track() | {"messageId": "one"})
    assert facts("anon:a1") == ["Product Viewed"]


def test_the_same_message_id_of_two_sources_is_two_facts(site, server):
    site.tell(track() | {"messageId": "one"})
    server.tell(track(userId="u1") | {"messageId": "one"})
    assert Event.objects.filter(message_id="one").count() == 2


def test_who_signs_in_on_a_device_is_one_customer_with_it_but_gains_no_right(site):
    site.tell(track(anonymousId="a1"))
    site.tell({"type": "identify", "anonymousId": "a1", "userId": "u1", "traits": {"name": "Awa Diallo"}})
    site.tell(track(anonymousId="a1", userId="u1"), track("Left", anonymousId="a1"))
    assert customer("anon:a1") == customer("user:u1")
    assert Link.objects.get().kind == LinkKind.ATTRIBUTED
    assert facts("user:u1") == ["Person Identified", "Product Viewed"]
    assert facts("anon:a1") == ["Product Viewed", "customer.linked", "Left"]
    from rondpoint.customers import queries

    assert queries.rights(Profile.objects.get(key="anon:a1").id) == [Profile.objects.get(key="anon:a1").id]


def test_a_second_account_on_a_device_is_another_customer(site):
    site.tell({"type": "identify", "anonymousId": "a1", "userId": "u1"})
    site.tell({"type": "identify", "anonymousId": "a1", "userId": "u2"})
    assert customer("anon:a1") == customer("user:u1") != customer("user:u2")


def test_two_accounts_on_a_device_in_one_batch(site):
    site.tell(
        {"type": "identify", "anonymousId": "a1", "userId": "u1"},
        {"type": "identify", "anonymousId": "a1", "userId": "u2"},
        {"type": "identify", "anonymousId": "a2", "userId": "u1"},
    )
    assert customer("anon:a1") == customer("user:u1") == customer("anon:a2") != customer("user:u2")
    assert Customer.objects.filter(merged_into=None).count() == 2


def test_a_public_key_proves_nothing(site):
    """Whoever reads the page can tell anything: it opens no link to who really holds the address."""
    with write():
        owner, _ = customers.create_or_find(
            "Awa", [IdentifierIn("email", "awa@example.org", Evidence.VERIFIED)], {}, "api"
        )
    site.tell(
        {"type": "identify", "anonymousId": "a1", "traits": {"email": "awa@example.org", "phone": "+33199001234"}}
    )
    held = Identifier.objects.filter(profile__key="anon:a1")
    assert set(held.values_list("kind", "evidence")) == {
        ("anonymous", Evidence.CLAIMED),
        ("email", Evidence.CLAIMED),
        ("phone", Evidence.CLAIMED),
    }
    assert customer("anon:a1").id != owner
    assert Link.objects.get().opened is None, "it is suggested to staff, and no more"


def test_a_secret_key_is_the_companys_word(server):
    with write():
        owner, _ = customers.create_or_find(
            "Awa", [IdentifierIn("email", "awa@example.org", Evidence.VERIFIED)], {}, "api"
        )
    server.tell({"type": "identify", "userId": "u1", "traits": {"email": "Awa@Example.org"}})
    assert customer("user:u1").id == owner
    assert Link.objects.get().kind == LinkKind.DETERMINISTIC


def test_the_account_numbers_of_another_brand_are_its_own(server):
    """Two shops of one house both have a customer 42: nobody takes them for one person."""
    with write():
        other = Brand.objects.create(slug="pinson", name="Pinson")
    told = [Site(actions.add("server", "Another shop", other)), Site(actions.add("server", "Its till", other))]
    for each in (server, *told):
        each.tell({"type": "identify", "userId": "42", "traits": {"email": f"{each.info.id}@example.com"}})
    scopes = list(Identifier.objects.filter(kind="account").order_by("id").values_list("value", "scope"))
    assert scopes == [("42", ""), ("42", f"brand:{other.id}"), ("42", f"brand:{other.id}")]
    assert [(link.left.source, link.right.source) for link in Link.objects.all()] == [
        (told[1].info.knows, told[0].info.knows)
    ], "only the two of one brand may be one person"


def test_the_latest_word_on_a_trait_stays_whatever_the_order(site):
    now = clock.now()
    said = {"type": "identify", "userId": "u1"}
    site.tell(said | {"traits": {"city": "Lyon", "firstName": "Awa", "lastName": "Diallo"}}, at=now)
    site.tell(said | {"traits": {"city": "Nantes"}, "timestamp": "2020-01-01T00:00:00Z"}, at=now + 5)
    traits = Profile.objects.get(key="user:u1").traits
    assert traits["city"]["value"] == "Lyon"
    assert customer("user:u1").name == "Awa Diallo"


def test_a_word_said_again_is_as_new_as_when_it_was_last_said(site):
    now = clock.now()
    for second, city in ((10, "Lyon"), (30, "Lyon"), (20, "Nantes")):
        site.tell({"type": "identify", "userId": "u1", "traits": {"city": city}}, at=now + second)
    assert Profile.objects.get(key="user:u1").traits["city"] == {"value": "Lyon", "at": now + 30}


def test_traits_within_traits_are_put_as_people_read_them(site):
    address = {"street": "1 rue des Lilas", "postalCode": 69001, "city": "Lyon", "country": "FR", "geo": [1, 2]}
    site.tell({"type": "identify", "userId": "u1", "traits": {"address": address, "city": "Bron", "age": None}})
    site.tell({"type": "identify", "userId": "u2", "traits": {"address": {"geo": {}}, "company": {"name": "Acme"}}})
    for user, told in (("u3", {"plan": "pro"}), ("u4", 7)):
        site.tell(track(userId=user) | {"context": {"traits": told}})
    said = {row.key: {name: told["value"] for name, told in row.traits.items()} for row in Profile.objects.all()}
    assert said["user:u1"] == {
        "address": "1 rue des Lilas, 69001, Lyon, FR", "street": "1 rue des Lilas", "postcode": "69001", "city": "Bron",
        "country": "FR",
    }  # fmt: skip
    assert said["user:u2"] == {"company": "Acme"}
    assert (said["user:u3"], said["user:u4"]) == ({"plan": "pro"}, {})


def test_a_group_is_a_company_and_whoever_calls_belongs_to_it(site, server):
    group = {"type": "group", "userId": "u1", "groupId": "acme", "traits": {"name": "Acme", "industry": "retail"}}
    site.tell(group)
    [row] = companies.find()
    assert (row.name, companies.known([row.id])[row.id].claimed) == ("Acme", True)
    assert [person.id for person, _ in companies.members(row.id)] == [customer("user:u1").id]
    server.tell(group | {"userId": "u2", "traits": {"name": "Acme SA"}})
    [row] = companies.find()
    assert (row.name, companies.known([row.id])[row.id].claimed) == ("Acme SA", False)
    site.tell(group | {"traits": {"name": "Stolen", "domain": "stolen.example.com"}})
    assert [row.name for row in companies.find()] == ["Acme SA"] and companies.find("stolen") == []
    fact = Event.objects.filter(type="Group Joined").order_by("id").first()
    assert fact.properties == {"group_id": "acme", "name": "Acme", "traits": ["industry", "name"]}


def test_the_company_among_somebodys_traits_is_one_too(server):
    told = {"id": 42, "name": "Acme", "employee_count": 12}
    server.tell({"type": "identify", "userId": "u1", "traits": {"name": "Awa", "company": told}})
    for nobody in ({"id": "null"}, {"id": True}, {"name": "No number"}, "Acme"):
        server.tell({"type": "identify", "userId": "u2", "traits": {"company": nobody}})
    [row] = companies.find()
    assert [key.key for key in companies.known([row.id])[row.id].keys] == ["42"]
    assert [person.name for person, _ in companies.members(row.id)] == ["Awa"]


def test_an_alias_names_a_device(site):
    site.tell(track(anonymousId="a1"))
    site.tell({"type": "alias", "previousId": "a1", "userId": "u1"})
    assert customer("anon:a1") == customer("user:u1")
    [why] = queries.explanations([Link.objects.get()])
    assert why.startswith("The account u1 was used on this device (Shop), seen on ")


def test_an_alias_of_an_account_is_suggested_to_be_the_same_person(site):
    site.tell({"type": "identify", "userId": "old", "traits": {"name": "Awa"}})
    site.tell({"type": "alias", "previousId": "old", "userId": "u1"})
    site.tell({"type": "identify", "userId": "u2"}, {"type": "alias", "previousId": "u2", "userId": "u3"})
    for before, now in (("old", "u1"), ("u2", "u3")):
        assert customer(f"user:{before}") != customer(f"user:{now}")
        link = Link.objects.get(left__key=f"user:{before}")
        assert (link.right.key, link.rule, link.opened) == (f"user:{now}", "alias", None)
        [why] = queries.explanations([link])
        assert why.startswith("Shop said on ")
        assert why.endswith(f" that the accounts {before} and {now} are one person’s")
    assert not Profile.objects.filter(key__in=["anon:old", "anon:u2"]).exists()


def test_what_cannot_be_taken_is_kept_with_its_reason(site):
    site.tell(track(), {"type": "track", "anonymousId": "a1"}, {"type": "identify"})
    refused = list(Refusal.objects.order_by("place"))
    assert [each.place for each in refused] == [1, 2]
    assert "`event`" in refused[0].reason and "`userId`" in refused[1].reason
    assert facts("anon:a1") == ["Product Viewed"]


def test_a_batch_that_fails_is_tried_again_and_then_set_aside_and_blocks_nobody(site, monkeypatch):
    real = working.customers.hear

    def ill(said):
        if any(each.key == "anon:ill" for each in said):
            raise RuntimeError("cannot be heard")
        return real(said)

    monkeypatch.setattr(working.customers, "hear", ill)
    site.tell(track(anonymousId="ill"))
    site.tell(track(anonymousId="well"))
    assert facts("anon:well") == ["Product Viewed"]
    for _ in range(working.MAX_ATTEMPTS):
        with write():
            Batch.objects.filter(state="new").update(due=0)
        working.work("test")
    row = Batch.objects.get(state="quarantined")
    assert row.attempts == working.MAX_ATTEMPTS and "cannot be heard" in row.error
    monkeypatch.setattr(working.customers, "hear", real)
    assert actions.try_again(row.source, row.public_id)
    working.work("test")
    assert facts("anon:ill") == ["Product Viewed"]


def test_only_one_worker_at_a_time_works_batches_off(site):
    from rondpoint.jobs import leases

    leases.acquire(working.LANE, "another", working.LANE_SECONDS)
    site.tell(track())
    assert Batch.objects.get().state == "new"
    leases.release(working.LANE, "another")
    working.work("test")
    assert Batch.objects.get().state == "done"


def test_what_was_worked_off_is_let_go_after_a_week(site):
    site.tell(track())
    assert actions.forget(clock.now() + actions.KEPT - clock.HOUR) == 0
    assert actions.forget(clock.now() + actions.KEPT + clock.HOUR) == 1
    assert facts("anon:a1") == ["Product Viewed"]
