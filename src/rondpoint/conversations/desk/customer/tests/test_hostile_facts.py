"""What a site may tell under the names that our own facts use breaks no page and names nobody's conversation."""

import pytest

from rondpoint.conversations.desk.customer import timeline
from rondpoint.conversations.desk.inbox.tests.conftest import desk, house, staff  # noqa: F401
from rondpoint.conversations.queries import hers
from rondpoint.customers import api_views
from rondpoint.customers import queries as customers
from rondpoint.events import actions as events
from rondpoint.events import queries
from rondpoint.events.models import Event
from rondpoint.events.types import Fact
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
ODD = ([1], {"a": 1}, "x", 1.5, True, None, 10**12)


def test_a_page_stands_whatever_a_site_tells(desk, staff, house):  # noqa: F811
    talk = house.text("+33199000177", "Bonjour").conversation
    names = ("conversation_id", "message_id", "dispatch_id", "title", "url", "total", "order_id")
    odd = [dict.fromkeys(names, value) for value in (*ODD, talk.id)]
    with write():
        events.record(
            [
                Fact(talk.profile_id, type_, 10 + number, "track:1", f"{type_}:{number}", properties=said)
                for number, said in enumerate(odd)
                for type_ in ("Page Viewed", "Order Completed", "Anything " + "x" * 150, "order.completed")
            ]
        )
    customer = customers.by_ids({talk.customer_id})[talk.customer_id]
    client = desk(staff("Inès"))
    for address in ("", "/timeline?kind=visits", "/timeline?kind=orders"):
        assert client.get(f"/customers/{customer.public_id}{address}").status_code == 200
    user = staff("Samir")
    asked = timeline.Asked("visits")
    profiles = customers.profile_ids(customer.id)
    about = hers.about([customer.id], profiles, user)
    shown = timeline.timeline(customer, profiles, user, asked, about, queries.sorts(profiles)).entries
    assert shown and not any("/conversations/" in entry.url for entry in shown)
    told = api_views.events(list(Event.objects.filter(type="Page Viewed").order_by("id")))
    shown = [fact["data"].get("conversation_id", "left out") for fact in told]
    assert shown == ["left out", {"a": 1}, "x", 1.5, True, None, "left out", "left out"], "nothing like ours"
