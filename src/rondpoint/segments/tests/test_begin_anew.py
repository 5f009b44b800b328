"""After all customers were replaced at once, as the demo's reset does, segments hold the new ones."""

import pytest

from rondpoint.customers import actions as customers
from rondpoint.customers.models import Customer, Findable, Identifier, Profile
from rondpoint.lib.db import write
from rondpoint.segments import actions, working
from rondpoint.segments.models import KnownTrait, Member, Segment, Touched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.data]
FRENCH = {"version": 1, "trait": "country", "is": "FR"}


def settle():
    while working.work("a worker"):
        pass


def test_nobody_of_before_stays_and_who_came_past_the_actions_is_found():
    customers.create_or_find("Awa", [], {"country": "FR"}, "api")
    segment = actions.define("French", FRENCH, "Inès")
    settle()
    assert Member.objects.count() == 1
    with write():
        for model in (Identifier, Findable):
            model.objects.all().delete()
        Profile.objects.all().update(customer=None)
        Customer.objects.all().delete()
        Profile.objects.all().delete()
        profile = Profile.objects.create(source="seed", key="1", traits={"country": {"value": "FR", "at": 1}})
        Customer.objects.create(id=profile.id)
        Profile.objects.filter(id=profile.id).update(customer_id=profile.id)
        actions.begin_anew()
    settle()
    assert list(Member.objects.values_list("customer_id", flat=True)) == [profile.id]
    assert list(KnownTrait.objects.values_list("customer_id", flat=True)) == [profile.id]
    segment.refresh_from_db()
    assert (segment.state, segment.count) == ("live", 1)
    assert not Touched.objects.exists()
    assert Segment.objects.count() == 1
