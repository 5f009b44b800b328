"""Orders as shops tell them, whatever they call them, put together into one line each; and titles with amounts."""

import pytest
from django.utils import translation

from rondpoint.config.titles import TITLES
from rondpoint.conversations.desk.customer import lately, orders
from rondpoint.conversations.desk.customer.timeline import KINDS, kind_of
from rondpoint.customers.actions import make_profile
from rondpoint.events import actions as events
from rondpoint.events import queries
from rondpoint.events.types import Fact
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def told():
    profile, _ = make_profile("shop", "awa", 1)

    def tell(*facts):
        rows = [
            Fact(profile.id, type_, at, "track:1", f"{type_}:{at}", properties=said) for type_, at, said in facts
        ]
        with write():
            events.record(rows)
        return queries.sorts([profile.id])

    return tell


def test_an_order_is_one_line_with_what_became_of_it(told):
    sorts = told(
        ("Order Completed", 10, {"order_id": "A-1", "total": 49.9, "currency": "EUR"}),
        ("Order Updated", 20, {"order_id": "A-1", "total": 59.9, "currency": "EUR"}),
        ("Order Refunded", 30, {"order_id": "A-1", "total": 59.9, "currency": "EUR"}),
        ("Order Completed", 40, {"order_id": 1042, "revenue": 10, "currency": "CAD"}),
        ("Order Cancelled", 50, {"order_id": "never told of"}),
        ("order.completed", 60, {"number": "MH-7", "total": 1990, "currency": "EUR"}),
        ("Order Completed", 70, {"total": 5}),
        ("Order Started", 80, {"order_id": "no order yet"}),
    )
    with translation.override("en"):
        found = orders.latest(sorts, 5)
    assert [(each.number, each.at, each.amount, each.currency, each.remark) for each in found] == [
        ("MH-7", 60, "19.90", "EUR", ""),
        ("never told of", 50, "", "", "called off"),
        ("1042", 40, "10", "CAD", ""),
        ("A-1", 10, "59.9", "EUR", "refunded"),
    ]


@pytest.mark.parametrize("total", ["49", None, True, [1], {"a": 1}])
def test_an_amount_that_is_none_is_not_shown(told, total):
    sorts = told(("Order Completed", 10, {"order_id": "A-1", "total": total, "currency": "EUR"}))
    assert orders.latest(sorts, 5)[0].amount == ""
    assert orders.latest(told(("Order Completed", 20, {"order_id": "B", "total": 5, "currency": "shells"})), 5)


def test_pages_articles_and_visits_of_sites_stand_beside_ours(told):
    sorts = told(
        ("Page Viewed", 10, {"title": "Lampe", "url": "https://shop.example.com/lampe"}),
        ("page.viewed", 20, {"title": "Fauteuil"}),
        ("Store Visited", 30, {"store": "Lyon"}),
        ("Article Read", 40, {"title": "Le chêne"}),
    )
    with translation.override("en"):
        found = {section.title: [thing.name for thing in section.things] for section in lately.lately(sorts)[0]}
    assert found == {"Last pages seen": ["Fauteuil", "Lampe"], "Articles read": ["Le chêne"], "Shops visited": ["Lyon"]}


@pytest.mark.parametrize(
    ("type_", "said", "english", "french"),
    [
        ("Order Completed", {"order_id": "A-1", "total": 49.9, "currency": "EUR"}, "Order A-1 · €49.90",
         "Commande A-1 · 49,90 €"),
        ("Order Refunded", {"order_id": "A-1", "total": 5, "currency": "CAD"}, "Order A-1 was refunded · CA$5.00",
         "Commande A-1 remboursée · 5,00 $CA"),
        ("Order Cancelled", {"order_id": 7}, "Order 7 was called off", "Commande 7 annulée"),
        ("Product Added", {"name": "Lampe", "price": 19, "currency": "EUR"}, "Put Lampe into the cart · €19.00",
         "A mis Lampe au panier · 19,00 €"),
        ("Checkout Started", {"value": 80, "currency": "EUR"}, "Began to check out · €80.00",
         "A commencé à payer · 80,00 €"),
        ("Checkout Started", {"value": 80}, "Began to check out · 80", "A commencé à payer · 80"),
        ("Store Visited", {"store": "Lyon"}, "Visited Lyon", "Passage à Lyon"),
        ("Call Completed", {"duration": 185.2}, "Telephoned · 3:05", "A téléphoné · 3:05"),
        ("message.state", {"state": "delivered"}, "The message was delivered", "Le message a été remis"),
        ("message.opened", {}, "Opened the message", "A ouvert le message"),
        ("message.opened", {"machine": True}, "A machine opened the message", "Une machine a ouvert le message"),
        ("message.clicked", {"url": "https://x.example.com/"}, "Followed the link https://x.example.com/",
         "A suivi le lien https://x.example.com/"),
    ],
)  # fmt: skip
def test_facts_are_told_in_both_languages_with_what_they_cost(type_, said, english, french):
    for language, sentence in (("en", english), ("fr", french)):
        with translation.override(language):
            assert TITLES[type_](said).replace("\xa0", " ").replace("\u202f", " ") == sentence


def test_every_named_fact_has_a_place_among_the_filters():
    assert {kind_of(type_) for type_ in TITLES} <= set(KINDS), [name for name in TITLES if not kind_of(name)]


@pytest.mark.parametrize("type_", sorted(TITLES))
@pytest.mark.parametrize("said", [{}, {"total": "x", "currency": [1], "name": {}, "order_id": None, "duration": "x"}])
def test_whatever_a_site_tells_has_a_title(type_, said):
    with translation.override("fr"):
        assert isinstance(TITLES[type_](said), str)
