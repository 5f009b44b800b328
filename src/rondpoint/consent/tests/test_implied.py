"""What holds of grants that were only implied, also of those written down before it said so."""

from importlib import import_module

import pytest
from django.apps import apps

from rondpoint.consent import actions, queries
from rondpoint.consent.models import Agreed
from rondpoint.consent.types import Asked, Entry
from rondpoint.customers.actions import make_profile
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.mark.parametrize("basis", ["implied", "soft_opt_in"])
def test_grants_of_before_come_to_say_that_they_were_implied(brand, basis):
    now = clock.now()
    with write():
        eve = make_profile("email", "eve@example.com", now)[0]
        eve.refresh_from_db()
    at = ("email", "email", "eve@example.com")
    said = [Entry(eve.id, "granted", "1", now, "offers", *at, basis=basis)]
    said += [Entry(eve.id, "granted", "2", now, "offers", "sms", "phone", "+33199000101", basis="consent")]
    actions.record(said)
    with write():
        Agreed.objects.update(reason="granted")
        import_module("rondpoint.consent.migrations.0004_implied").say_so(apps, None)
    [mail, sms] = queries.standing(
        [
            Asked("offers", *at, customer_id=eve.customer_id),
            Asked("offers", "sms", "phone", "+33199000101", customer_id=eve.customer_id),
        ],
        now,
    )
    assert (mail.allowed, mail.reason, sms.reason) == (True, basis, "granted")
