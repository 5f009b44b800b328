"""Where the law wants an agreement, the gate wants one in the ledger, or an exception that the law makes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rondpoint.channels.contract import Address
from rondpoint.channels.models import Connection
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes
from rondpoint.consent.models import Purpose
from rondpoint.consent.types import WAYS, Entry
from rondpoint.customers.models import Profile
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, outbox, queries
from rondpoint.sending import house as decided
from rondpoint.sending.models import Decision
from rondpoint.sending.tests.fakes import fake, make_connection, make_person, wish  # noqa: F401
from rondpoint.sending.types import HouseRules

pytestmark = [pytest.mark.django_db, pytest.mark.data]
D = clock.DAY


def noon(day, zone="Europe/Paris"):
    return clock.from_datetime(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)))


NOW = noon("2026-12-01")
AFTER, BEFORE = "2026-08-11", "2026-08-10"  # calls in France took agreement from then on
NOTHING, BOUGHT, ASKED = {}, {"order.completed": 10}, {"message.received": 10}
INTEREST, CONTRACT, LEGAL = "legitimate_interest", "contract", "legal_obligation"
FR_MAIL, FR_CALL, EU, CA, US = (
    "fr-electronic-opt-in", "fr-voice-opt-in", "eu-electronic-opt-in", "ca-casl-consent", "us-tcpa-consent"
)  # fmt: skip


@pytest.fixture
def house(fake):  # noqa: F811
    with write():
        purposes.every()
        for basis in (INTEREST, CONTRACT, LEGAL):
            Purpose.objects.create(
                key=basis[:8], purpose_class="marketing", basis=basis, position=9, channels=list(WAYS)
            )
    return {kind: line(kind) for kind in ("sms", "email", "voice", "print")}


def line(kind):
    made = make_connection(kind)
    with write():
        Connection.objects.filter(id=made.id).update(kind=kind)
    return made.id


def person(traits, facts, at=NOW):
    number = make_person("ada@example.com")
    with write():
        told = {name: {"value": value, "at": 1} for name, value in traits.items()}
        Profile.objects.filter(id=number).update(traits=told)
        for name, days in facts.items():
            Event.objects.create(
                profile_id=number, type=name, source="test", message_id=f"{name}{days}", occurred=at - days * D,
                received=at,
            )  # fmt: skip
    return number


def offer(house, number, channel="email", basis=INTEREST, **changes):
    connection = Connection(id=house[channel])
    return wish(connection, number, **{"channel": channel, "purpose": basis[:8], **changes})


def ground(verdict):
    """What the step of consent says: the ground, or the refusal's reason, with the rule."""
    [note] = [note for note in verdict.notes if note["step"] == "consent"]
    return note.get("ground") or note.get("reason"), note.get("rule", "")


@pytest.mark.parametrize(
    ("traits", "channel", "basis", "facts", "day", "said"),
    [
        # France: calls by opt-in since 11 August 2026
        ({}, "voice", INTEREST, NOTHING, BEFORE, ("legitimate_interest", "")),
        ({}, "voice", INTEREST, NOTHING, AFTER, ("law", FR_CALL)),
        ({}, "voice", INTEREST, BOUGHT, AFTER, ("law", FR_CALL)),
        ({}, "voice", CONTRACT, NOTHING, AFTER, ("contract", FR_CALL)),
        ({"business": True}, "voice", INTEREST, NOTHING, AFTER, ("business", FR_CALL)),
        ({"country": "La Réunion"}, "voice", INTEREST, NOTHING, AFTER, ("law", FR_CALL)),
        # and mail, SMS
        ({}, "email", INTEREST, NOTHING, AFTER, ("law", FR_MAIL)),
        ({}, "sms", INTEREST, ASKED, AFTER, ("law", FR_MAIL)),
        ({}, "sms", INTEREST, BOUGHT, AFTER, ("customer", FR_MAIL)),
        ({}, "email", INTEREST, {"Order Completed": 2000}, AFTER, ("customer", FR_MAIL)),
        ({"business": True}, "email", INTEREST, NOTHING, AFTER, ("business", FR_MAIL)),
        ({"business": "yes"}, "email", INTEREST, NOTHING, AFTER, ("law", FR_MAIL)),
        ({}, "email", CONTRACT, NOTHING, AFTER, ("law", FR_MAIL)),
        ({}, "email", LEGAL, NOTHING, AFTER, ("law", FR_MAIL)),
        ({}, "print", INTEREST, NOTHING, AFTER, ("legitimate_interest", "")),
        # elsewhere
        ({"country": "Belgique"}, "email", INTEREST, BOUGHT, AFTER, ("customer", EU)),
        ({"country": "Deutschland", "business": True}, "email", INTEREST, NOTHING, AFTER, ("law", EU)),
        ({"country": "Belgique"}, "voice", INTEREST, NOTHING, AFTER, ("legitimate_interest", "")),
        ({"country": "Canada"}, "email", INTEREST, NOTHING, AFTER, ("law", CA)),
        ({"country": "Canada"}, "email", INTEREST, BOUGHT, AFTER, ("purchase", CA)),
        ({"country": "Canada"}, "email", INTEREST, {"order.completed": 729}, AFTER, ("purchase", CA)),
        ({"country": "Canada"}, "email", INTEREST, {"order.completed": 730}, AFTER, ("law", CA)),
        ({"country": "Canada"}, "sms", INTEREST, {"message.received": 181}, AFTER, ("inquiry", CA)),
        ({"country": "Canada"}, "sms", INTEREST, {"message.received": 182}, AFTER, ("law", CA)),
        ({"country": "Canada", "region": "Québec"}, "email", INTEREST, ASKED, AFTER, ("inquiry", CA)),
        ({"country": "USA"}, "email", INTEREST, NOTHING, AFTER, ("legitimate_interest", "")),
        ({"country": "USA"}, "sms", INTEREST, BOUGHT, AFTER, ("law", US)),
        ({"country": "Brésil"}, "sms", INTEREST, NOTHING, AFTER, ("legitimate_interest", "")),
    ],
)  # fmt: skip
def test_what_the_law_says_without_her_agreement(house, traits, channel, basis, facts, day, said):
    at = noon(day)
    ada = person(traits, facts, at)
    assert ground(queries.preview(offer(house, ada, channel, basis), at)) == said


@pytest.mark.parametrize("channel", ["email", "sms", "voice"])
@pytest.mark.parametrize("country", ["FR", "CA", "US", "DE", "GB"])
def test_her_agreement_is_enough_everywhere(house, country, channel):
    ada = person({"country": country}, NOTHING)
    consent.record([Entry(ada, "granted", "x", NOW - 1, INTEREST[:8], channel, "email", "ada@example.com")], NOW - 1)
    assert ground(queries.preview(offer(house, ada, channel), NOW)) == ("granted", "")


@pytest.mark.parametrize("purpose", [INTEREST[:8], "offers"])
@pytest.mark.parametrize(
    ("country", "channel", "basis", "days", "said"),
    [
        ("CA", "email", "implied", 30, ("implied", CA)),
        ("CA", "sms", "implied", 30, ("implied", CA)),
        ("CA", "email", "implied", None, ("law", CA)),  # the law takes it for some time only
        ("CA", "email", "soft_opt_in", 30, ("soft_opt_in", CA)),
        ("CA", "email", "soft_opt_in", None, ("law", CA)),
        ("FR", "email", "implied", 30, ("law", FR_MAIL)),
        ("FR", "email", "soft_opt_in", None, ("soft_opt_in", FR_MAIL)),
        ("FR", "voice", "soft_opt_in", 30, ("law", FR_CALL)),
        ("DE", "sms", "soft_opt_in", 30, ("soft_opt_in", EU)),
        ("DE", "sms", "implied", 30, ("law", EU)),
        ("US", "sms", "implied", 30, ("law", US)),
        ("US", "email", "implied", 30, ("implied", "")),
        ("US", "email", "consent", None, ("granted", "")),
    ],
)
def test_what_was_only_implied_holds_where_the_law_takes_it(house, purpose, country, channel, basis, days, said):
    ada, at = person({"country": country}, NOTHING), NOW - 1
    ends = None if days is None else NOW + days * D
    with write():
        Purpose.objects.filter(key="offers").update(channels=list(WAYS), double_opt_in=False)
    word = Entry(
        ada, "granted", "x", at, purpose, channel, "email", "ada@example.com", basis=basis, expires=ends
    )
    consent.record([word], at)
    assert ground(queries.preview(offer(house, ada, channel, purpose=purpose), NOW)) == said
    if ends is not None:
        after = queries.preview(offer(house, ada, channel, purpose=purpose), ends)
        assert ground(after) == ("expired", "")


def test_a_refusal_stays_one_whatever_the_law_allows(house):
    ada = person({"country": "CA"}, BOUGHT)
    consent.record([Entry(ada, "objected", "x", NOW - 1, INTEREST[:8])], NOW - 1)
    assert ground(queries.preview(offer(house, ada), NOW)) == ("objected", "")


def test_what_is_no_promotion_by_its_class_needs_no_agreement(house):
    with write():
        Purpose.objects.filter(key=INTEREST[:8]).update(purpose_class="service")
    assert ground(queries.preview(offer(house, person({}, NOTHING)), NOW)) == ("legitimate_interest", "")


def test_the_decision_keeps_the_rule_and_the_end(house):
    ada = person({"country": "CA"}, {"order.completed": 700})
    [sent] = actions.submit([offer(house, ada)], NOW)
    [note] = [note for note in Decision.objects.get(id=sent.decision_id).steps if note["step"] == "consent"]
    until = NOW + 30 * D
    assert note == {"step": "consent", "result": "pass", "ground": "purchase", "until": until, "rule": CA}
    [refused] = actions.submit([offer(house, ada, not_before=until)], until)
    row = Decision.objects.get(id=refused.decision_id)
    assert (row.verdict, row.step, row.reason, row.detail) == ("refuse", "consent", "law", CA)
    assert row.steps[-1] == {"step": "consent", "result": "refuse", "reason": "law", "rule": CA}


def test_what_waits_does_not_leave_once_the_implied_agreement_has_ended(house):
    ada = person({"country": "CA"}, {"order.completed": 729})
    [waits] = actions.submit([offer(house, ada, not_before=NOW + 2 * D)], NOW)
    assert waits.verdict == "send"
    assert outbox.take(house["email"], "w", 5, NOW + 2 * D)[1] == []
    assert queries.states([waits.dispatch_id])[waits.dispatch_id].error == "consent: law"


def test_the_number_that_is_written_to_says_the_country_where_nothing_else_does(house, fake, monkeypatch):  # noqa: F811
    monkeypatch.setattr(fake, "normalize_address", lambda text, connection: text)
    ada = person({}, NOTHING)
    for number, said in (("+15145550100", CA), ("+33199001234", FR_MAIL), ("+262692001234", FR_MAIL)):
        to = offer(house, ada, "sms", kind="phone", to=number)
        assert to.address == Address("phone", number)
        assert ground(queries.preview(to, NOW)) == ("law", said)


def test_facts_are_asked_for_once_for_all_and_only_where_they_matter(house, django_assert_max_num_queries):
    people = [make_person(f"p{number}@example.com") for number in range(30)]
    few, many = [offer(house, number) for number in people[:2]], [offer(house, number) for number in people]
    with django_assert_max_num_queries(100) as first:
        queries.previews(few, NOW)
    with django_assert_max_num_queries(len(first)):
        queries.previews(many, NOW)
    with django_assert_max_num_queries(100) as asked:
        queries.previews([offer(house, number, purpose="offers") for number in people], NOW)
    assert any("events_event" in each["sql"] for each in first)
    assert not any("events_event" in each["sql"] for each in asked)


@pytest.mark.parametrize(
    ("traits", "zone", "waits"),
    [
        ({"country": "Australie"}, "", True),  # it is noon in Paris and ten at night in Sydney
        ({"country": "Australie"}, "Europe/Paris", False),  # where she says she is
        ({"country": "Portugal"}, "", False),
        ({"country": "La Réunion"}, "", False),
        ({}, "", False),
    ],
)
def test_quiet_hours_are_those_of_every_place_where_she_may_be(house, traits, zone, waits):
    decided.decide(HouseRules(quiet={"sms": (21 * 60, 8 * 60)}), "admin@example.com")
    ada = person(traits, BOUGHT)
    if zone:
        consent.prefer(ada, {"timezone": zone}, now=NOW)
    consent.record([Entry(ada, "granted", "x", NOW - 1, INTEREST[:8], "sms", "email", "ada@example.com")], NOW - 1)
    said = queries.preview(offer(house, ada, "sms"), NOW)
    assert (said.verdict, said.reason) == (("defer", "quiet_hours") if waits else ("send", ""))
