"""What the screens say of the law is what the gate holds to; and what it says, in words."""

import random

import pytest
from django.utils import translation

from rondpoint.consent import queries as consent
from rondpoint.consent.types import GRANTS
from rondpoint.conversations.queries import law, trying, why
from rondpoint.conversations.queries.reasons import explain, ground
from rondpoint.customers import queries as customers
from rondpoint.customers.actions import make_profile
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import house as rules
from rondpoint.sending.models import Dispatch
from rondpoint.sending.tests import test_crowds
from rondpoint.sending.tests.fakes import NOW
from rondpoint.sending.tests.test_crowds import lines, made  # noqa: F401
from rondpoint.sending.types import HouseRules

pytestmark = [pytest.mark.django_db, pytest.mark.data]
D, H = clock.DAY, clock.HOUR
EXCEPTIONS = {"customer", "business", "contract", "purchase", "inquiry", "implied", "soft_opt_in"}


@pytest.mark.parametrize("purpose", ["offers", "care", "contract"])
def test_screen_and_gate_agree_on_random_people(lines, purpose, monkeypatch):  # noqa: F811
    monkeypatch.setattr(test_crowds, "PEOPLE", 60)
    rules.decide(HouseRules(quiet={}, duplicate_days=0), "admin@example.com")
    seen = set()
    for customer in Customer.objects.filter(id__in=made(random.Random(3), lines)):
        for channel in ("email", "sms"):
            for at in (NOW, NOW + 12 * H):
                seen |= compared(customer, purpose, channel, at)
    implied = {"law", "implied", "soft_opt_in"}
    wanted = {"offers": {"granted", *implied}, "care": {"granted", "law", "customer", "business"}, "contract": {"law"}}
    assert {"outside_hours", "within_hours", *wanted[purpose]} <= seen


def compared(customer, purpose, channel, at):
    """Which answers there were, of the gate and of the screen, once one was held to the other."""
    tried = trying.attempt(customer, purpose, channel, at)
    steps = {note["step"]: note for note in tried.verdict.notes}
    if "consent" not in steps:
        return set()
    found = {rule.reason: rule for rule in tried.law.rules}
    said = steps["consent"].get("ground") or steps["consent"]["reason"]
    told = (customer.id, channel, said, sorted(found))
    if said == "law":
        assert found["not_agreed"].rule == steps["consent"]["rule"], told
    elif said in EXCEPTIONS and "rule" in steps["consent"]:
        assert said in found and "not_agreed" not in found, told
    elif said in GRANTS:
        assert not {"not_agreed", "refused", *EXCEPTIONS} & found.keys(), told
    elif steps["consent"]["result"] == "pass":
        assert not {"agreed", "not_agreed"} & found.keys(), told
    if steps.get("hours", {}).get("reason") == "legal_hours":
        assert "outside_hours" in found, told
    elif steps.get("hours", {}).get("result") == "pass":
        assert "outside_hours" not in found, told
    return {said, *found}


@pytest.fixture
def eve(lines):  # noqa: F811
    """Somebody in Canada who bought something lately."""
    return person(email="eve@example.com", country="Canada")


def person(email, **traits):
    with write():
        profile = make_profile("email", email, NOW)[0]
        profile.refresh_from_db()
        Identifier.objects.create(profile=profile, kind="email", value=email, evidence=3, created=1)
        Profile.objects.filter(id=profile.id).update(
            traits={name: {"value": value, "at": 1} for name, value in traits.items()}
        )
    return profile


def happened(profile, kind, days):
    with write():
        Event.objects.create(
            profile_id=profile.id, type=kind, source="t", message_id=f"{kind}{days}", occurred=NOW - days * D,
            received=NOW,
        )  # fmt: skip


def shown(profile):
    number = profile.customer_id
    record = customers.record(number)
    held = consent.addresses_among(record.held, record.golden.profiles)
    return law.applying(number, consent.lines(number, held, NOW), NOW)


def test_her_page_knows_what_is_no_message_and_how_often_she_was_called(eve):
    with write():
        told = {"region": "Québec", "country": "Canada"}
        traits = {name: {"value": value, "at": 1} for name, value in told.items()}
        Profile.objects.filter(id=eve.id).update(traits=traits)
    found = shown(eve)
    assert (found.country, found.told, found.by_phone) == ("CA", True, False)
    assert {"qc-profiling"} == {rule.rule for rule in found.rules if rule.reason == "not_agreed"} - {"ca-casl-consent"}
    assert found.earliest.hour != found.latest.hour, "Canada has several hours"


def test_without_a_word_her_number_says_where_she_is(lines):  # noqa: F811
    ada = person("ada@example.com")
    assert (shown(ada).country, shown(ada).told, shown(ada).by_phone) == ("FR", False, False)
    with write():
        Identifier.objects.create(profile=ada, kind="phone", value="+15145550100", evidence=3, created=1)
    assert (shown(ada).country, shown(ada).told, shown(ada).by_phone) == ("CA", False, True)


def test_calls_are_counted_as_the_gate_counts_them(lines):  # noqa: F811
    ada = person("ada@example.com")
    with write():
        Identifier.objects.create(profile=ada, kind="phone", value="+33199001234", evidence=3, created=1)
        for number in range(4):
            assert "too_often" not in {rule.reason for rule in shown(ada).rules}
            Dispatch.objects.create(
                connection_id=lines["sms"], channel="voice", profile_id=ada.id, address_kind="phone", address="x",
                purpose="offers", promotion=True, content=b"", state="delivered", due=NOW - D, planned=NOW - D,
                sent=NOW - D, idempotency_key=str(number),
            )  # fmt: skip
    found = {rule.reason: rule for rule in shown(ada).rules}
    assert found["too_often"].rule == "fr-voice-frequency" and found["too_often"].forbids


@pytest.mark.parametrize(
    ("language", "sentence", "answer"),
    [
        ("en", "It would be sent: what she bought counts as an agreement until Dec. 15, 2028, and nothing speaks "
         "against it.", "What she bought counts as an agreement until Dec. 15, 2028."),
        ("fr", "Cela partirait : son achat vaut accord jusqu’au 15 décembre 2028, et rien ne s’y oppose.",
         "Son achat vaut accord jusqu’au 15 décembre 2028."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_it_rests_on(eve, language, sentence, answer):
    happened(eve, "order.completed", 30)
    with translation.override(language):
        tried = trying.attempt(Customer.objects.get(id=eve.customer_id), "care", "email", NOW)
        assert tried.sentence == sentence
        assert [step.answer for step in tried.steps if step.answer] == [answer]


def test_a_refusal_by_law_names_the_rule(eve):
    with translation.override("en"):
        tried = trying.attempt(Customer.objects.get(id=eve.customer_id), "care", "email", NOW)
        assert tried.verdict.detail == "ca-casl-consent"
        wanted = "The law of where she is wants her agreement, and she gave none"
        assert tried.sentence.startswith(f"It would not be sent. {wanted}: CASL (S.C. 2010, c. 23)")
        assert explain("law", "consent") == f"{wanted}."


def test_each_ground_has_its_words():
    grounds = (
        "granted", "confirmed", "contract", "legal_obligation", "legitimate_interest", "customer", "business",
        "implied", "soft_opt_in",
    )  # fmt: skip
    notes = [{"ground": name} for name in grounds]
    notes += [{"ground": name, "until": NOW} for name in ("purchase", "inquiry")]
    for language in ("en", "fr"):
        with translation.override(language):
            said = [ground(note) for note in notes]
            assert len(set(said)) == len(notes) and all(said)
    assert ground({"step": "consent", "result": "pass"}) == "", "decisions of before keep none"
    assert why.steps([{"step": "consent", "result": "pass"}])[0].answer == ""
