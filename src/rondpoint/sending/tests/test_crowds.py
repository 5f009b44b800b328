"""Many people judged at once get the verdicts that the gate gives each of them alone."""

import random

import msgspec
import pytest

from rondpoint.accounts.models import Brand
from rondpoint.channels import registry
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.channels.models import Connection
from rondpoint.consent import purposes
from rondpoint.consent.models import Agreed, Preference, Purpose, Suppression
from rondpoint.consent.suppressing import address_hash
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence
from rondpoint.events.models import Event
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import crowds, gate, house, queries
from rondpoint.sending.models import Decision, Dispatch
from rondpoint.sending.rules import content, sparing
from rondpoint.sending.rules.house import LONGEST
from rondpoint.sending.tests.fakes import NOW
from rondpoint.sending.types import Cap, Fail, HouseRules, Request

pytestmark = [pytest.mark.django_db, pytest.mark.data]
D, H = clock.DAY, clock.HOUR
PEOPLE = 300
OFFER = MessageOut(id="preview", to=Address("email", ""), text="Twenty per cent off until Sunday.", automated=True)
OTHER = content.digest(MessageOut(id="x", to=Address("email", ""), text="Something else"))
ON_OTHER_GROUNDS = [("care", 0), ("care", 1), ("contract", 2)]
ASKED = ["email", "sms"]
KINDS = {"email": "email", "sms": "phone", "chat": "chat"}


@pytest.fixture
def lines():
    with write():
        brand = Brand.objects.first() or Brand.objects.create(slug="b", name="B", country="FR", timezone="Europe/Paris")
        email = Connection.objects.create(kind="email", name="m", brand=brand, settings={"address": "us@example.com"})
        sms = Connection.objects.create(kind="sms", name="s", brand=brand, settings={"number": "+33199000000"})
        chat = Connection.objects.create(kind="chat", name="c", brand=brand)
        purposes.every()
        for key, basis in (("care", "legitimate_interest"), ("contract", "contract")):
            Purpose.objects.create(key=key, purpose_class="marketing", basis=basis, position=9, channels=ASKED)
    return {"email": email.id, "sms": sms.id, "chat": chat.id}


@pytest.fixture
def told(monkeypatch):
    """A step of a higher room: whose number ends with a 7 has reason to complain."""
    monkeypatch.setattr(gate, "STEPS", list(gate.STEPS))
    monkeypatch.setattr(gate, "LOADERS", dict(gate.LOADERS))
    gate.add(
        "complaint_", lambda one: Fail("complains") if one.told.get("complaint_") else None, "relevant",
        lambda people, rules: {number for number in people if number % 10 == 7},
    )  # fmt: skip


def made(chance: random.Random, lines: dict[str, int]) -> list[int]:
    """People of all sorts; their numbers, with some that nobody has."""
    numbers: list[int] = []
    with write():
        for _ in range(PEOPLE):
            numbers.append(_person(chance, lines, numbers))
    return sorted({*numbers, max(numbers) + 3, 10**12})


def _person(chance: random.Random, lines: dict[str, int], before: list[int]) -> int:
    profile = Profile.objects.create(source="test", key=str(chance.random()), traits=_traits(chance))
    customer = Customer.objects.create(id=profile.id)
    Profile.objects.filter(id=profile.id).update(customer=customer)
    profiles = [profile]
    if chance.random() < 0.3:
        source = chance.choice(["other", "staff"])
        more = Profile.objects.create(
            source=source, key=str(chance.random()), customer=customer, traits=_traits(chance)
        )
        kind = chance.choice(["manual", "attributed", "same_address"])
        Link.objects.create(left=profile, right=more, kind=kind, rule="x", opened=1)
        profiles.append(more)
    held: list[tuple[str, str]] = []
    for each in profiles:
        for kind in ("email", "phone", "chat"):
            for _ in range(chance.choice([0, 1, 1, 2])):
                value = _address(chance, kind)
                held.append((kind, value))
                proof = chance.choice([Evidence.CLAIMED, Evidence.SIGNED])
                known = {"evidence": proof, "created": chance.randint(1, 3)}
                Identifier.objects.get_or_create(profile=each, kind=kind, value=value, defaults=known)
    _say(chance, customer.id, held)
    for each in profiles:
        if chance.random() < 0.4:
            Preference.objects.create(profile_id=each.id, said=_said(chance))
        for _ in range(chance.choice([0, 0, 1, 3])):
            _dispatch(chance, each.id, lines)
        for _ in range(chance.choice([0, 0, 1, 2])):
            _fact(chance, each.id)
    for kind, value in held:
        if chance.random() < 0.08:
            Suppression.objects.create(
                address_hash=address_hash(kind, value), channel=chance.choice(["", "sms", "email"]),
                scope=chance.choice(["all", "marketing"]), reason=chance.choice(["stop", "bounce"]),
                released=chance.choice([None, None, 5]),
            )  # fmt: skip
        if chance.random() < 0.03:
            _flood(chance, profile.id, kind, value)
    return customer.id


def _flood(chance: random.Random, profile: int, kind: str, value: str) -> None:
    """About as many automatic messages as one address gets within an hour."""
    for _ in range(chance.choice([29, 31])):
        Decision.objects.create(
            at=NOW - chance.choice([60, 3590]) * clock.SECOND, profile_id=profile, channel="x", address_kind=kind,
            address=value, purpose="code", verdict="send", idempotency_key=str(chance.random()),
            steps=[{"step": "alive", "result": "pass", "automated": True}],
        )  # fmt: skip


def _address(chance: random.Random, kind: str) -> str:
    number = chance.randint(1, 400)  # some share theirs
    begins = ("+3319900", "+1514555", "+1212555", "+6141234", "+26269200")[max(0, number % 9 - 4)]
    return {"email": f"p{number}@example.com", "phone": f"{begins}{number:04d}", "chat": f"visitor-{number}"}[kind]


def _traits(chance: random.Random) -> dict:
    at = chance.randint(1, 3)
    found = {"name": {"value": "Awa", "at": at}}
    if chance.random() < 0.5:
        told = ["FR", "CA", "US", "", None, ["FR"], "be", "Canada", "États-Unis", "la Belgique", "Nowhere", "AU", "RE"]
        found["country"] = {"value": chance.choice(told), "at": at}
    for name in ("region", "province", "state"):
        if chance.random() < 0.2:
            found[name] = {"value": chance.choice(["qc", "Québec", "Ontario", "", ["x"]]), "at": at}
    if chance.random() < 0.2:
        found["business"] = {"value": chance.choice([True, True, False, "true"]), "at": at}
    return found


def _fact(chance: random.Random, profile: int) -> None:
    """Something that makes an exception of a law, or did."""
    Event.objects.create(
        profile_id=profile, type=chance.choice(["order.completed", "Order Completed", "message.received", "Other"]),
        occurred=NOW - chance.choice([-1, 0, 100, 182, 500, 730, 2000]) * D - chance.choice([0, 1, 2, -1]),
        received=NOW, source="test", message_id=str(chance.random()),
    )  # fmt: skip


def _say(chance: random.Random, customer: int, held: list[tuple[str, str]]) -> None:
    keys = {}
    for kind, value in held:
        channel = {"email": "email", "phone": "sms", "chat": "chat"}[kind]
        for purpose in ("offers", "care") if chance.random() < 0.7 else ():
            keys[purpose, channel, kind, value] = chance.choice(
                [
                    *[(True, "granted", None), (True, "confirmed", NOW + D)] * 3,
                    (True, "granted", NOW),
                    *[(True, basis, until) for basis in ("implied", "soft_opt_in") for until in (None, NOW, NOW + D)],
                    (False, "pending", None),
                    (False, "withdrawn", None),
                ]
            )
        if chance.random() < 0.1:
            purpose, on = chance.choice(["", "offers", "news"]), chance.choice(["", channel])
            keys[purpose, on, kind, value] = (False, chance.choice(["objected", "complaint"]), None)
    if chance.random() < 0.15:
        purpose, on = chance.choice(["", "offers", "news"]), chance.choice(["", "email", "sms"])
        keys[purpose, on, "", ""] = (False, chance.choice(["objected", "stop"]), None)
    for key, (allowed, reason, until) in keys.items():
        Agreed.objects.create(
            customer_id=customer, purpose=key[0], channel=key[1], address_kind=key[2], address=key[3],
            allowed=allowed, reason=reason, until=until, entry_id=chance.randint(1, 10_000),
        )  # fmt: skip


def _said(chance: random.Random) -> dict:
    words = {
        "paused_until": chance.choice([NOW - 1, NOW + D]),
        "per_week:": chance.choice([0, 1, 5]),
        "per_week:offers": 2,
        "channel:offers": chance.choice(["email", "sms"]),
        "quiet": [chance.choice([0, 480]), 600],
        "timezone": "America/Toronto",
        "do_not_call": True,
    }
    return {name: {"value": words[name], "at": chance.randint(1, 3)} for name in chance.sample(sorted(words), 3)}


def _dispatch(chance: random.Random, profile: int, lines: dict[str, int]) -> None:
    channel, at = chance.choice(sorted(lines)), NOW - chance.randint(-2 * D, 9 * D)
    state = chance.choice(["queued", "sent", "delivered", "failed", "cancelled", "unknown"])
    Dispatch.objects.create(
        connection_id=lines[channel], channel=channel, profile_id=profile, address_kind=KINDS[channel], address="x",
        purpose=chance.choice(["offers", "news"]), promotion=chance.random() < 0.8, content=b"", state=state, due=at,
        planned=at, sent=at if state in ("sent", "delivered") else None,
        digest=chance.choice([None, OTHER, content.digest(OFFER)]), idempotency_key=str(chance.random()),
    )  # fmt: skip


def alone(number: int, channel: str, connection: int, purpose: str, last: dict) -> tuple:
    """What the gate says to one of them."""
    held = customers.best_addresses(number, set(KINDS.values())).get(KINDS[channel])
    if customers.by_ids({number}) == {}:
        return ("refuse", "alive", "gone", 0)
    if held is None:
        return ("refuse", "reachable", "no_address", 0)
    to = Address(KINDS[channel], held[0])
    request = Request(held[1], channel, connection, to, purpose, OFFER, "", last.get((channel, number)))
    said = queries.preview(request, NOW)
    return (said.verdict, said.step, said.reason, said.due if said.verdict == "defer" else 0)


@pytest.mark.parametrize(
    ("purpose", "seed"),
    [*[(purpose, seed) for purpose in ("offers", "transactional", "updates") for seed in range(3)], *ON_OTHER_GROUNDS],
)
def test_each_gets_what_she_would_get_alone(lines, told, purpose, seed):
    chance = random.Random(seed)
    sort = {"names": {"en": "Updates"}, "purpose_class": "service", "basis": "contract", "channels": ["email", "sms"]}
    purposes.define("updates", sort, "admin@example.com")
    numbers = made(chance, lines)
    caps = (Cap(1, D), Cap(3, 7 * D, "offers"), Cap(2, 7 * D, channel="sms"))
    house.decide(HouseRules(10, caps=caps, quiet={"sms": (0, 1439)}), "admin@example.com")
    crowd = crowds.Crowd(purpose, OFFER, [crowds.Way(channel, line) for channel, line in lines.items()], NOW)
    cut = len(numbers) // 3
    rows = crowd.judge(numbers[:cut]) + crowd.judge(numbers[cut:])
    seen = set()
    for number, row in zip(numbers, rows, strict=True):
        for (channel, line), found in zip(lines.items(), row, strict=True):
            outcome = crowd.outcomes[found]
            expected = alone(number, channel, line, purpose, {})
            assert (outcome.verdict, outcome.step, outcome.reason, outcome.due) == expected, (number, channel)
            seen.add(outcome.reason or outcome.verdict)
    wanted = {"no_address", "gone", "send", "stop", "bounce", "too_many"}
    if purpose == "offers":
        wanted |= {
            "never_agreed", "objected", "expired", "pending", "withdrawn", "hold_out", "complains", "paused",
            "capped", "per_week", "duplicate", "quiet_hours", "prefers_sms", "law",
        }  # fmt: skip
    if purpose in ("care", "contract"):
        wanted |= {"law", "hold_out", "complains"}
    assert wanted <= seen, wanted - seen
    assert purpose in ("offers", "care", "contract") or not {"hold_out", "capped", "quiet_hours", "never_agreed"} & seen


@pytest.mark.parametrize("starts", [True, False])
def test_a_channel_that_waits_for_the_person_is_asked_when_she_last_wrote(lines, monkeypatch, starts):
    channel = registry.get("chat")
    strict = msgspec.structs.replace(channel.manifest, person_starts=starts, reply_window=D)
    monkeypatch.setattr(channel, "manifest", strict)
    numbers = made(random.Random(9), lines)
    last = {number: NOW - chance * H for number, chance in zip(numbers[::2], range(1, 1000), strict=False)}

    def heard(kind, owners):
        assert kind == "chat"
        return {number: at for number, at in last.items() if number in owners.values()}

    crowd = crowds.Crowd("transactional", OFFER, [crowds.Way("chat", lines["chat"])], NOW, heard)
    seen = set()
    for number, [found] in zip(numbers, crowd.judge(numbers), strict=True):
        outcome = crowd.outcomes[found]
        known = {("chat", number): last[number]} if number in last else {}
        expected = alone(number, "chat", lines["chat"], "transactional", known)
        assert (outcome.verdict, outcome.step, outcome.reason, outcome.due) == expected
        seen.add(outcome.reason or outcome.verdict)
    assert {"send", "window_closed"} | ({"person_starts"} if starts else set()) <= seen


def test_an_implied_agreement_without_an_end_is_not_taken_for_one_with_an_end(lines):
    numbers = []
    with write():
        for until in (NOW + D, None, NOW + 2 * D, None):
            profile = Profile.objects.create(
                source="test", key=str(len(numbers)), traits={"country": {"value": "CA", "at": 1}}
            )
            customer, address = Customer.objects.create(id=profile.id), f"p{profile.id}@example.com"
            Profile.objects.filter(id=profile.id).update(customer=customer)
            Identifier.objects.create(profile=profile, kind="email", value=address, evidence=3, created=1)
            Agreed.objects.create(
                customer_id=profile.id, purpose="offers", channel="email", address_kind="email", address=address,
                allowed=True, reason="implied", until=until, entry_id=profile.id,
            )  # fmt: skip
            numbers.append(profile.id)
    crowd = crowds.Crowd("offers", OFFER, [crowds.Way("email", lines["email"])], NOW)
    found = [crowd.outcomes[row[0]] for row in crowd.judge(numbers)]
    assert [one.reason == "law" for one in found] == [False, True, False, True]
    for number, one in zip(numbers, found, strict=True):
        assert (one.verdict, one.step, one.reason, one.due) == alone(number, "email", lines["email"], "offers", {})


def test_a_question_that_breaks_refuses_those_whom_it_concerns(lines, monkeypatch):
    numbers = made(random.Random(4), lines)
    house.decide(HouseRules(caps=(Cap(1, D),)), "admin@example.com")
    with monkeypatch.context() as patch:
        patch.setattr(sparing.times, "is_allowed", lambda when, now: 1 / 0)
        crowd = crowds.Crowd("offers", OFFER, [crowds.Way("email", lines["email"])], NOW)
        found = {crowd.outcomes[place].reason for [place] in crowd.judge(numbers)}
    assert "error" in found and "" not in found


def test_no_law_looks_further_back_than_crowds_do():
    from rondpoint.consent.law import books

    assert all(rule.within <= LONGEST for book in books() for rule in book.rule)
