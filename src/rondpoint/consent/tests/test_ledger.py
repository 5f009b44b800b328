"""The ledger: many words at once, each once; what holds is kept in step, also when people are merged and separated."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rondpoint.consent import actions, keeping, ledger, queries
from rondpoint.consent.models import Agreed, ConsentEntry, Purpose, Wording
from rondpoint.consent.types import Asked, BadEntry, BadPurpose, Entry, Row
from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Link, Profile
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOW = 1_790_000_000_000_000
A, B = "a@example.com", "b@example.com"


def person(address=A):
    return customers.land("email", address, Evidence.PROVIDER, "email", NOW).profile_id


def entry(profile_id, action="granted", at=NOW, purpose="offers", channel="email", address=A, **rest):
    kind = rest.pop("address_kind", "email" if address else "")
    source = rest.pop("source", f"{profile_id}:{action}:{purpose}:{channel}:{address}:{at}")
    return Entry(profile_id, action, source, at, purpose, channel, kind, address, **rest)


def standing(profile_id, purpose="offers", channel="email", address=A, kind="email", now=NOW + 10):
    return queries.standing([Asked(purpose, channel, kind, address, profile_id=profile_id)], now)[0]


def test_a_grant_holds_and_is_written_down_with_its_proof():
    ada = person()
    proof = {"text": "Yes, tell me about offers.", "url": "https://example.com/checkout", "ip": "192.0.2.7"}
    granted = entry(ada, basis="consent", wording=1, language="en", proof=proof, by="", expires=NOW + clock.DAY)
    assert actions.record([granted], NOW) == [True]
    assert actions.record([granted], NOW) == [False]
    [row] = queries.ledger([ada])
    assert (row.action, row.basis, row.wording, row.language, row.proof) == ("granted", "consent", 1, "en", proof)
    found = standing(ada)
    assert (found.allowed, found.reason, found.until, found.entry_id) == (True, "granted", NOW + clock.DAY, row.id)
    assert standing(ada, now=NOW + clock.DAY).reason == "expired"
    [fact] = Event.objects.filter(type="consent.granted")
    assert fact.profile_id == ada and fact.properties["purpose"] == "offers"
    assert standing(ada, address=B).reason == "never_agreed"
    assert standing(ada, channel="sms").reason == "never_agreed"
    assert standing(ada, purpose="nothing").reason == "unknown_purpose"
    assert standing(0).reason == "unknown_person"


def test_a_withdrawal_holds_at_once_and_for_her_other_profiles():
    ada, other = person(), person(B)
    actions.record([entry(ada), entry(ada, address=B)], NOW)
    link = customers.merge(ada, other, "Inès", NOW)
    actions.record([entry(other, "withdrawn", NOW + 1, address=B)], NOW)
    assert standing(ada).reason == "withdrawn"
    assert standing(other, address=B).reason == "withdrawn"
    customers.unmerge(link, "Inès", NOW + 2)
    assert standing(ada).allowed, "it was another person's word"
    assert standing(ada, address=B).reason == "withdrawn", "but of the address both know it holds"
    assert standing(other, address=B).reason == "withdrawn"


def test_who_refuses_at_an_address_is_heard_for_whoever_else_uses_it():
    ada, other = person(), person(B)
    actions.record([entry(ada), entry(ada, address=B)], NOW)
    actions.record([entry(other, "objected", NOW + 1, purpose="", channel="", address=A)], NOW)
    assert standing(ada).reason == "objected"
    assert standing(ada, address=B).allowed
    actions.record([entry(ada, at=NOW + 2)], NOW)
    assert standing(ada).allowed


def test_opt_out_needs_no_word_and_ends_with_one():
    ada, other = person(), person(B)
    told = {"names": {"en": "Care"}, "purpose_class": "marketing", "channels": ["email"]}
    told["basis"] = "legitimate_interest"
    actions.define_purpose("care", told, "Inès")
    assert standing(ada, "care").reason == "legitimate_interest"
    actions.record([entry(ada, "objected", purpose="care", channel="", address="")], NOW)
    assert standing(ada, "care").reason == "objected"
    assert standing(other, "care", address=B).allowed
    actions.record([entry(other, "withdrawn", purpose="", address=B)], NOW)
    assert standing(ada, "care", address=B).reason == "objected"
    third = person("c@example.com")
    assert standing(third, "care", address=B).reason == "withdrawn"
    assert standing(third, "service", address=B).allowed


def test_a_purpose_that_is_no_message_is_asked_of_the_person():
    ada = person()
    actions.record([entry(ada, purpose="profiling", channel="", address="")], NOW)
    assert standing(ada, "profiling", "", "", "").allowed
    assert Agreed.objects.filter(purpose="profiling", channel="", allowed=True).count() == 1
    actions.record([entry(ada, "withdrawn", NOW + 1, purpose="", channel="", address="")], NOW)
    assert not standing(ada, "profiling", "", "", "").allowed


def test_suppression_wins_and_its_end_gives_back_what_was_agreed():
    ada = person()
    actions.record([entry(ada)], NOW)
    with write():
        actions.suppress("email", A, "bounce", NOW)
    assert standing(ada).reason == "bounce"
    assert not Agreed.objects.filter(allowed=True).exists()
    with write():
        actions.release("email", A, ("bounce",), NOW)
    assert standing(ada).allowed and Agreed.objects.filter(allowed=True).exists()
    actions.record([entry(ada, "stop", NOW + 1, purpose="")], NOW)
    assert standing(ada).reason == "stop"
    actions.record([entry(ada, "start", NOW + 2, purpose="")], NOW)
    assert standing(ada).allowed
    actions.record([entry(ada, "complaint", NOW + 3, purpose="")], NOW)
    actions.record([entry(ada, "start", NOW + 4, purpose="")], NOW)
    assert standing(ada).reason == "complaint"
    assert standing(ada, "service").allowed


def test_a_start_that_is_older_than_the_stop_takes_nothing_back():
    ada = person()
    actions.record([entry(ada, "stop", NOW + 5, purpose=""), entry(ada, "start", NOW + 4, purpose="")], NOW)
    assert queries.suppressed("email", A, "email") == "stop"


def test_what_was_refused_before_an_erasure_ends_when_the_address_confirms_and_no_list_does_that():
    ada = person()
    with write():
        ledger.suppress_many([(("email", A), "email", "marketing", "stop", NOW)], NOW)
        ledger.suppress_many([(("email", B), "email", "all", "stop", NOW)], NOW)
    listed = [entry(ada, "confirmed", NOW + 1, source="a list"), entry(ada, at=NOW + 2)]
    assert actions.record(listed, NOW + 2, ask=False) == [True, True]
    assert queries.suppressed("email", A, "email", "marketing") == "stop"
    actions.record([entry(ada, "confirmed", NOW - 1), entry(ada, "confirmed", NOW + 3, channel="print")], NOW + 3)
    assert queries.suppressed("email", A, "email", "marketing") == "stop"
    actions.record([entry(ada, "confirmed", NOW + 4), entry(ada, "confirmed", NOW + 4, address=B)], NOW + 4)
    assert queries.suppressed("email", A, "email", "marketing") == ""
    assert standing(ada, now=NOW + 5).allowed
    assert queries.suppressed("email", B, "email") == "stop"


def test_double_opt_in_is_pending_and_a_confirmation_holds():
    ada = person()
    actions.record([entry(ada, purpose="newsletter")], NOW)
    [row] = queries.ledger([ada])
    assert (row.action, row.expires) == ("pending", NOW + 7 * clock.DAY)
    assert standing(ada, "newsletter").reason == "pending"
    assert standing(ada, "newsletter", now=NOW + 7 * clock.DAY).reason == "expired"
    actions.record([entry(ada, "confirmed", NOW + 1, purpose="newsletter")], NOW)
    assert standing(ada, "newsletter").reason == "confirmed"
    post = entry(ada, purpose="newsletter", channel="print", address="1 rue des Lilas, Lyon", address_kind="post")
    actions.record([post], NOW)
    assert queries.ledger([ada])[0].action == "granted", "a letter cannot be answered with a click"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action": "maybe"}, "action"),
        ({"source": ""}, "source"),
        ({"source": "x" * 201}, "source"),
        ({"purpose": "nothing"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"channel": "fax"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"address": ""}, "address"),
        ({"address_kind": ""}, "address"),
        ({"expires": NOW}, "expires"),
        ({"purpose": "profiling"}, "channel"),
    ],
)
def test_what_cannot_be_written_down_is_told_with_its_place_and_nothing_is_written(changes, field):
    ada = person()
    with pytest.raises(BadEntry) as caught:
        actions.record([entry(ada, source="first"), entry(ada, **changes)], NOW)
    assert (caught.value.place, caught.value.field) == (1, field)
    with pytest.raises(BadEntry, match="somebody"):
        actions.record([entry(None)], NOW)
    assert ConsentEntry.objects.count() == 0


def test_many_words_cost_a_handful_of_statements():
    people = [person(f"p{number}@example.com") for number in range(60)]
    words = [entry(each, address=f"p{number}@example.com") for number, each in enumerate(people)]
    queries.standing([], NOW)
    with CaptureQueriesContext(connection) as few:
        actions.record(words[:2], NOW)
    with CaptureQueriesContext(connection) as many:
        assert all(actions.record(words[2:], NOW))
    assert len(many) <= len(few) + 2 and len(many) < 40
    asked = [Asked("offers", "email", "email", f"p{n}@example.com", profile_id=each) for n, each in enumerate(people)]
    with CaptureQueriesContext(connection) as queries_made:
        assert all(found.allowed for found in queries.standing(asked, NOW))
    assert len(queries_made) <= 6


def test_followers_are_told_of_people_and_addresses(monkeypatch):
    told = []
    follower = lambda people, addresses: told.append((people, addresses))  # noqa: E731
    monkeypatch.setattr("rondpoint.consent.ledger._followers", [follower])
    ada, other = person(), person(B)
    actions.record([entry(ada)], NOW)
    actions.record([entry(other, "withdrawn", NOW + 1)], NOW)
    with write():
        actions.suppress("email", A, "bounce", NOW)
        actions.suppress("email", A, "bounce", NOW)
    assert told == [({ada}, {("email", A)}), ({ada, other}, {("email", A)}), ({ada, other}, {("email", A)})]


def test_a_purpose_is_made_changed_and_its_texts_are_kept():
    told = {"names": {"fr": "Ventes privées"}, "purpose_class": "marketing", "basis": "consent", "channels": ["sms"]}
    row = actions.define_purpose("sales", {**told, "wordings": {"fr": "Oui aux ventes privées."}}, "Inès")
    assert row.position == 7
    with pytest.raises(BadPurpose, match="there is a purpose"):
        actions.define_purpose("sales", told, "Inès")
    actions.change_purpose(row, {"wordings": {"fr": "Oui aux ventes privées."}}, "Inès")
    actions.change_purpose(row, {"wordings": {"fr": "Oui, prévenez-moi des ventes privées."}, "active": False}, "Jo")
    said = Wording.objects.filter(purpose=row).order_by("version").values_list("version", "by")
    assert list(said) == [(1, "Inès"), (2, "Jo")]
    ada = person()
    actions.change_purpose(row, {"active": True, "basis": "legitimate_interest"}, "Inès")
    actions.record([entry(ada, purpose="sales", channel="sms", address="+33199000101", address_kind="phone")], NOW)
    with pytest.raises(BadPurpose, match="make a new one"):
        actions.change_purpose(row, {"basis": "consent"}, "Inès")
    assert Purpose.objects.get(key="sales").basis == "legitimate_interest"
    actions.change_purpose(row, {"active": False}, "Inès")
    assert standing(ada, "sales", "sms", "+33199000101", "phone").reason == "inactive_purpose"


@pytest.mark.parametrize(
    ("key", "changes", "field"),
    [
        ("Sales", {}, "key"),
        ("sales", {"names": {}}, "names"),
        ("sales", {"names": {"de": "Angebote"}}, "names"),
        ("sales", {"descriptions": {"fr": "x" * 2001}}, "descriptions"),
        ("sales", {"purpose_class": "spam"}, "class"),
        ("sales", {"basis": "because"}, "basis"),
        ("sales", {"channels": ["fax"]}, "channels"),
        ("sales", {"channels": ["sms"], "double_opt_in": True}, "double_opt_in"),
    ],
)
def test_a_purpose_that_cannot_be_is_told(key, changes, field):
    told = {"names": {"fr": "Ventes"}, "purpose_class": "marketing", "basis": "consent", "channels": ["email"]}
    with pytest.raises(BadPurpose) as caught:
        actions.define_purpose(key, {**told, **changes}, "Inès")
    assert caught.value.field == field


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_the_ledger_says(seed):
    """Random words, merges, un-merges and suppressions; after each the table is compared with the ledger."""
    chance = random.Random(seed)
    addresses = [f"p{number}@example.com" for number in range(5)]
    people = [person(address) for address in addresses]
    for number in range(60):
        now, one, two = NOW + number, *chance.sample(people, 2)
        address = chance.choice(addresses)
        what = chance.randrange(8)
        if what < 4:
            action = chance.choice(["granted", "confirmed", "withdrawn", "objected", "stop", "start", "complaint"])
            wide = action in ("withdrawn", "objected") and chance.random() < 0.4
            whole = wide or action in ("stop", "start", "complaint")
            purpose = "" if whole else chance.choice(["offers", "newsletter"])
            where = ("", "") if wide else ("email", address)
            actions.record([entry(one, action, now, purpose, where[0], where[1], source=str(number))], now)
        elif what == 4:
            owners = customers_of(one, two)
            if owners[0] != owners[1]:
                customers.merge(*owners, "Inès", now)
        elif what == 5:
            link = Link.objects.filter(opened__isnull=False, closed=None).order_by("-id").first()
            if link:
                customers.unmerge(link, "Inès", now)
        else:
            with write():
                if what == 6:
                    actions.suppress("email", address, "bounce", now)
                else:
                    actions.release("email", address, ("bounce",), now)
        assert kept() == keeping.worked_out(set(Customer.objects.values_list("id", flat=True)))


def customers_of(*profile_ids):
    return [Profile.objects.get(id=number).owner for number in profile_ids]


def kept():
    found = {number: {} for number in Customer.objects.values_list("id", flat=True)}
    for row in Agreed.objects.all():
        key = (row.purpose, row.channel, row.address_kind, row.address)
        found[row.customer_id][key] = Row(row.allowed, row.reason, row.until, row.entry_id)
    return found
