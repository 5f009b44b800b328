"""Rows become facts and orders, once each, about whom they name."""

import pytest

from rondpoint.conversations.models import Conversation
from rondpoint.customers.models import Customer, Profile
from rondpoint.events.models import Event
from rondpoint.hub.models import RefusedRow
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_events_become_facts_of_known_and_new_people(bring):
    bring("id,email\nC1,awa@example.com\n", origin="crm")
    text = (
        "email,event,date,shop,visitors\n"
        "awa@example.com,Store Visited,04/03/2026 14:05,Lyon,2\n"
        "luc@example.com,Store Visited,2026-03-04T14:05:00Z,Lyon,1\n"
        "luc@example.com,,2026-03-04,Lyon,1\n"
        "luc@example.com,message.received,2026-03-04,Lyon,1\n"
        "luc@example.com,Store Visited,soon,Lyon,1\n"
    )
    row = bring(text, "events", origin="till")
    assert (row.new, row.refused) == (2, 3)
    first, second = Event.objects.filter(source="import:till").order_by("id")
    assert Profile.objects.get(id=first.profile_id).key == "id:C1"
    assert first.properties == {"shop": "Lyon", "visitors": 2}
    assert clock.iso(first.occurred) == "2026-03-04T13:05:00.000Z"  # in the brand's zone
    assert clock.iso(second.occurred) == "2026-03-04T14:05:00.000Z"
    again = bring(text, "events", origin="till")
    assert (again.new, again.known, again.refused) == (0, 2, 3)
    assert Customer.objects.count() == 2
    reasons = list(RefusedRow.objects.filter(imported=row).order_by("line").values_list("reason", flat=True))
    assert "expected 1 to 200" in reasons[0] and "tells itself" in reasons[1] and "'soon' is no time" in reasons[2]


def test_orders_become_facts_with_their_number_and_total(bring):
    text = (
        "N° commande;Client;Email;Date;Montant TTC;Statut\n"
        "MH-1;Awa Diallo;awa@example.com;04/03/2026;1 234,50;Payée\n"
        "MH-2;Awa Diallo;awa@example.com;05/03/2026;20;Remboursée\n"
        "MH-3;Awa Diallo;awa@example.com;05/03/2026;20;perhaps\n"
    )
    row = bring(text, "orders")
    assert (row.new, row.refused) == (2, 1), row.error
    paid, refunded = Event.objects.order_by("id")
    assert (paid.type, paid.message_id) == ("order.completed", "order.completed:MH-1")
    assert paid.properties["total"] == 1234.5 and paid.properties["currency"] == "EUR"
    assert refunded.type == "Order Refunded"
    assert Customer.objects.count() == 1
    assert bring(text, "orders").known == 2


def test_messages_of_before_are_read_and_found_and_wait_for_nobody(bring):
    text = (
        "email,ticket,date,sens,canal,message,auteur\n"
        "awa@example.com,T-1,2026-03-04T10:00:00Z,entrant,email,Où est mon colis ?,Awa\n"
        "awa@example.com,T-1,2026-03-04T11:00:00Z,sortant,email,Il part demain.,Inès\n"
        "awa@example.com,T-2,2026-03-05T11:00:00Z,entrant,sms,Merci,Awa\n"
        "awa@example.com,T-2,2026-03-05T11:00:00Z,entrant,smoke,Merci,Awa\n"
    )
    row = bring(text, "messages", origin="desk")
    assert (row.new, row.refused) == (3, 1), row.error
    first, second = Conversation.objects.order_by("id")
    assert (first.state, first.unread, first.waiting_since) == ("closed", False, None)
    assert first.last_preview == "Il part demain."
    assert [(m.direction, m.text) for m in first.messages.order_by("id")] == [
        ("in", "Où est mon colis ?"),
        ("out", "Il part demain."),
    ]
    assert second.last_channel == "sms"
    assert Customer.objects.count() == 1
    assert Event.objects.filter(type="message.received").count() == 2
    again = bring(text + "awa@example.com,T-1,2026-03-06T10:00:00Z,in,email,Reçu,Awa\n", "messages", origin="desk")
    assert (again.new, again.known) == (1, 3)
    first.refresh_from_db()
    assert first.messages.count() == 3 and first.last_preview == "Reçu"
