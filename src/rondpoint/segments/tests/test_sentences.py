"""A definition as a sentence that somebody would say, in French and in English."""

import pytest
from django.utils import translation

from rondpoint.segments.rules.reading import read
from rondpoint.segments.sentences import sentence

NAMES = {"s1": "VIP", "c1": "Acme", "offers": "Offers and news"}
SAID = [
    (
        {"trait": "country", "is": "FR"},
        "Customers whose country is “FR”.",
        "Clients dont country est « FR ».",
    ),
    (
        {
            "all": [
                {
                    "event": "Order Completed",
                    "count": {"gte": 2},
                    "within_days": 90,
                    "where": [{"property": "total", "gte": 1500.5}],
                },
                {"not": {"event": "Message Opened", "within_days": 1}},
            ]
        },
        "Customers who did “Order completed” at least 2 times in the last 90 days, where total is at least 1,500.5 "
        "and who did not do “Message Opened” in the last day.",
        "Clients qui ont fait « Commande passée » au moins 2 fois depuis 90 jours, où total vaut au moins "
        "1\u00a0500,5 et qui n’ont pas fait « Message Opened » depuis un jour.",
    ),
    (
        {"event": "A", "where": [{"property": "products[].sku", "is": "X"}, {"property": "a.tags[]", "contains": "y"}],
         "first": {"property": "products[].sku", "exists": False}, "last": {"property": "tags[]", "exists": False}},
        "Customers who did “A”, where in one of products sku is “X” and one of a.tags contains “y”, the first time in "
        "none of products sku is known, the last time none of tags is known.",
        "Clients qui ont fait « A », où dans l’un de products sku est « X » et l’un de a.tags contient « y », la "
        "première fois dans aucun de products sku est connu, la dernière fois aucun de tags est connu.",
    ),
    (
        {"trait": "renewal", "after": "2025-12-31", "before": "2026-03-01"},
        "Customers whose renewal is after Dec. 31, 2025 and is before March 1, 2026.",
        "Clients dont renewal est après le 31 décembre 2025 et est avant le 1 mars 2026.",
    ),
    (
        {"any": [{"all": [{"reachable": "sms"}, {"share": {"percent": 10}}]}, {"not": {"segment": "s1"}}]},
        "Customers (who can be reached by SMS and drawn by lot, 10 %) or not those who are in the segment “VIP”.",
        "Clients (joignables par SMS et tirés au sort, 10 %) ou pas ceux qui sont dans le segment « VIP ».",
    ),
    (
        {
            "all": [
                {"sequence": [{"event": "A"}, {"event": "B", "within_hours": 1}], "within_days": 7},
                {"event": "C", "sum": {"property": "total", "lt": 5}, "older_than_days": 2, "last": {
                    "property": "page.title", "in": ["x", True]}},
                {"trait": "birth_date", "exists": False},
                {"consent": {"purpose": "offers", "channel": "email"}},
            ]
        },
        "Customers who did “A”, then “B” at most an hour later in the last 7 days and who did “C” at least 2 days ago, "
        "in all total is less than 5, the last time page.title is “x” or true and whose birth date is not known and "
        "who agreed to “Offers and news” by E-mail.",
        "Clients qui ont fait « A », puis « B » au plus une heure après depuis 7 jours et qui ont fait « C » il y a au "
        "moins 2 jours, en tout total est inférieur à 5, la dernière fois page.title est « x » ou vrai et dont birth "
        "date n’est pas connu et qui ont accepté « Offers and news » par E-mail.",
    ),
    (
        {
            "any": [
                {"company": {"trait": "industry", "is": "retail"}},
                {"company": {"id": "c1"}},
                {"not": {"company": True}},
            ]
        },
        "Customers who belong to a company whose industry is “retail” or who belong to “Acme” or not those who belong "
        "to a company.",
        "Clients qui font partie d’une entreprise dont industry est « retail » ou qui font partie de « Acme » ou pas "
        "ceux qui font partie d’une entreprise.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "english", "french"), SAID)
def test_a_definition_is_a_sentence(definition, english, french):
    condition = read({"version": 1, **definition})
    with translation.override("en"):
        assert sentence(condition, NAMES) == english
    with translation.override("fr"):
        assert sentence(condition, NAMES) == french
