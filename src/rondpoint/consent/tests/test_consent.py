"""What people say about being written to is heard once, and outlives changes of the installation."""

import pytest

from rondpoint.consent import actions, queries, suppressing
from rondpoint.consent.models import ConsentEntry, HashKey
from rondpoint.customers import actions as customers
from rondpoint.customers.types import Evidence
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PHONE = "+33199000101"


@pytest.fixture
def profile_id():
    return customers.land("phone", PHONE, Evidence.PROVIDER, "phone", clock.now()).profile_id


def say(profile_id, action, source, at=0):
    with write():
        return actions.hear(profile_id, "sms", "phone", PHONE, action, source, action.upper(), at or clock.now())


def test_a_stop_is_heard_once_and_taken_back_by_a_start(profile_id):
    assert say(profile_id, "stop", "sms:1")
    assert not say(profile_id, "stop", "sms:1")
    assert queries.suppressed("phone", PHONE, "sms") == "stop"
    assert queries.suppressed("phone", PHONE, "whatsapp") == ""
    say(profile_id, "start", "sms:2")
    assert queries.suppressed("phone", PHONE, "sms") == ""
    assert ConsentEntry.objects.filter(profile_id=profile_id).count() == 2


def test_a_start_does_not_mend_a_bounce(profile_id):
    with write():
        actions.suppress("phone", PHONE, "bounce")
    say(profile_id, "start", "sms:3")
    assert queries.suppressed("phone", PHONE, "sms") == "bounce"


def test_a_complaint_ends_promotions_and_lets_answers_through(profile_id):
    say(profile_id, "complaint", "mail:1")
    assert queries.suppressed("phone", PHONE, "sms", scope="marketing") == "complaint"
    assert queries.suppressed("phone", PHONE, "sms") == ""


def test_the_list_holds_when_the_installations_secret_changes(profile_id, settings):
    say(profile_id, "stop", "sms:4")
    settings.SECRET_KEY = "quite another secret than before"
    assert queries.suppressed("phone", PHONE, "sms") == "stop"


def test_the_key_is_made_once_and_the_address_is_not_in_its_hash(monkeypatch):
    monkeypatch.setattr(suppressing, "_known_key", "")  # another test of this process may have asked for it
    first = queries.address_hash("phone", PHONE)
    assert queries.address_hash("phone", PHONE) == first
    assert HashKey.objects.count() == 1
    assert PHONE not in first
    assert queries.address_hash("phone", "+33199000102") != first
