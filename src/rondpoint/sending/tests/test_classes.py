"""What promotes something is known by the class of its purpose, and not by its name."""

import msgspec
import pytest

from rondpoint.channels.contract import MessageOut
from rondpoint.consent import actions as consent
from rondpoint.consent import purposes
from rondpoint.consent.models import Purpose
from rondpoint.consent.types import RESERVED, BadPurpose, Entry
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.sending import actions, house, outbox, queries
from rondpoint.sending.models import Dispatch
from rondpoint.sending.rules.house import BadRule
from rondpoint.sending.tests.fakes import NOW, fake, make_person, wish  # noqa: F401
from rondpoint.sending.tests.test_agreed import ADA, connection  # noqa: F401
from rondpoint.sending.types import Cap, HouseRules

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def define(key="updates", purpose_class="service", basis="contract"):
    told = {"names": {"en": key}, "purpose_class": purpose_class, "basis": basis, "channels": ["email", "sms"]}
    row = purposes.define(key, told, "boss")
    with write():
        Purpose.objects.filter(id=row.id).update(channels=["fake"])
    return row


def sent(connection, profile, purpose="updates", **changes):  # noqa: F811
    [verdict] = actions.submit([wish(connection, profile, purpose=purpose, **changes)], NOW)
    return verdict.verdict, verdict.reason


@pytest.mark.parametrize("purpose_class", ["service", "transactional"])
def test_an_own_purpose_that_serves_is_no_promotion(connection, purpose_class):  # noqa: F811
    ada = make_person()
    define(purpose_class=purpose_class)
    house.decide(HouseRules(100, caps=(Cap(0, clock.DAY),), quiet={"sms": (0, 1439)}), "boss")
    consent.prefer(ada, {"paused_until": NOW + clock.DAY, "quiet": [0, 1439], "per_week:": 0}, now=NOW - 1)
    for _ in range(2):
        assert sent(connection, ada) == ("send", ""), "neither caps, nor hours, nor the same words, nor the lot"
    row = Dispatch.objects.latest("id")
    assert not row.promotion and msgspec.msgpack.decode(bytes(row.content), type=MessageOut).unsubscribe_url == ""
    assert sent(connection, ada, "no_such_purpose") == ("refuse", "unknown_purpose")
    with write():
        consent.suppress("email", ADA, "complaint", scope="marketing")
    assert sent(connection, ada) == ("send", "")
    assert [job.message.purpose for job in outbox.take(connection.id, "w", 9, NOW + 1)[1]] == ["updates"] * 3


def test_one_that_rests_on_her_word_asks_for_it(connection):  # noqa: F811
    ada = make_person()
    define(basis="consent")
    house.decide(HouseRules(100), "boss")
    assert sent(connection, ada) == ("refuse", "never_agreed")
    said = Entry(ada, "granted", "g", NOW - 9, "updates", "fake", "email", ADA)
    consent.record([said], NOW - 9)
    assert sent(connection, ada) == ("send", "")
    message = msgspec.msgpack.decode(bytes(Dispatch.objects.get().content), type=MessageOut)
    assert message.unsubscribe_url, "what may be refused says where"
    consent.record([Entry(ada, "withdrawn", "w", NOW, "updates")], NOW)
    assert outbox.take(connection.id, "w", 9, NOW + 1)[1] == [] and Dispatch.objects.get().error == "consent: withdrawn"


@pytest.mark.parametrize("purpose_class", ["marketing", "profiling", "measurement"])
def test_every_other_one_is_a_promotion(connection, purpose_class):  # noqa: F811
    ada = make_person()
    define("gifts", purpose_class, "legitimate_interest")
    assert sent(connection, ada, "gifts") == ("send", "") and Dispatch.objects.get().promotion
    house.decide(HouseRules(100), "boss")
    assert sent(connection, ada, "gifts", text="Another") == ("refuse", "hold_out")


def test_no_purpose_takes_the_name_of_what_the_house_says_itself():
    for key in sorted(RESERVED):
        with pytest.raises(BadPurpose) as refused:
            define(key, "marketing", "consent")
        assert refused.value.field == "key"
    for key in ("service", "transactional"):
        row = next(each for each in purposes.every() if each.key == key)
        for told in ({"purpose_class": "marketing"}, {"basis": "consent"}, {"basis": "legitimate_interest"}):
            with pytest.raises(BadPurpose) as refused:
                purposes.change(row, told, "boss")
            assert refused.value.field == "class"
        purposes.change(row, {"names": {"en": "As we call it"}, "basis": "legal_obligation"}, "boss")


def test_caps_are_for_promotions(connection):  # noqa: F811
    define()
    define("gifts", "marketing", "consent")
    house.decide(HouseRules(caps=(Cap(1, clock.DAY, "gifts"),)), "boss")
    for purpose in ("updates", "service", "order"):
        with pytest.raises(BadRule):
            house.decide(HouseRules(caps=(Cap(1, clock.DAY, purpose),)), "boss")
    assert queries.promoting(["updates", "gifts", "service", "order", "unheard_of"]) == {"gifts", "unheard_of"}
