"""Who refused letters and was forgotten gets none when a list brings her address back."""

import pytest

from rondpoint.consent import actions as consent
from rondpoint.consent import queries
from rondpoint.consent.models import Agreed, ConsentEntry, Suppression
from rondpoint.consent.types import Asked, Choice, Entry
from rondpoint.customers.models import Customer, Profile
from rondpoint.hub.rights import actions
from rondpoint.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.data]
HEAD = "id,email,address,postcode,city,country\n"
AT = "12 rue des Tilleuls, 69003 Lyon"


@pytest.fixture
def house(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()


def person(bring, number, street="12 rue des Tilleuls", country=""):
    row = f'{number},{number}@example.com,"{street}",69003,Lyon,{country}\n'
    bring(HEAD + row, origin="crm")
    return Customer.objects.latest("id")


def standing(customer, at=AT, purpose="offers"):
    return queries.standing([Asked(purpose, "print", "post", at, customer_id=customer.id)], clock.now())[0]


@pytest.mark.parametrize("refused", [("offers", "print", "post", AT), ("", "print", "", ""), ("", "", "", "")])
def test_a_refusal_of_letters_outlives_her(house, bring, refused):
    now = clock.now()
    awa = person(bring, "c1")
    consent.record([Entry(awa.id, "withdrawn", "w", now, *refused)], now)
    actions.erase(awa, "ada@example.com")
    assert "tilleuls" not in str([list(each.objects.values()) for each in (Suppression, Agreed, ConsentEntry, Profile)])
    again = person(bring, "c2", "12, RUE DES TILLEULS", "FR")
    spelled = "12, RUE DES TILLEULS, 69003 Lyon, FR"
    assert (spelled in str(queries.lines(again.id, queries.addresses([again.id]), now))) is True
    consent.record([Entry(again.id, "granted", "g", now, "offers", "print", "post", spelled)], now)
    assert standing(again, spelled).reason == "stop"
    assert standing(again, spelled, "transactional").allowed, "what belongs to a contract goes on"
    other = person(bring, "c3", "14 rue des Tilleuls")
    consent.record([Entry(other.id, "granted", "o", now, "offers", "print", "post", AT.replace("12", "14"))], now)
    assert standing(other, AT.replace("12", "14")).allowed


def test_what_was_not_refused_is_not(house, bring):
    now = clock.now()
    awa = person(bring, "c1")
    consent.record([Entry(awa.id, "withdrawn", "w", now, "offers", "sms")], now)
    actions.erase(awa, "ada@example.com")
    assert not Suppression.objects.exists() or standing(person(bring, "c2")).reason == "never_agreed"


def test_who_shares_the_letter_box_and_agreed_still_gets_letters(house, bring):
    now = clock.now()
    awa, luc = person(bring, "c1"), person(bring, "c2")
    consent.record([Entry(luc.id, "granted", "g", now, "offers", "print", "post", AT)], now)
    consent.record([Entry(awa.id, "withdrawn", "w", now, "", "print")], now)
    actions.erase(awa, "ada@example.com")
    assert standing(luc).allowed


def test_her_own_word_opens_the_letter_box_again_and_a_colleague_s_does_not(house, bring):
    now = clock.now()
    awa = person(bring, "c1")
    consent.record([Entry(awa.id, "withdrawn", "w", now, "", "print")], now)
    actions.erase(awa, "ada@example.com")
    again, yes, now = person(bring, "c2"), Choice("offers", "print", "post", AT, True), clock.now()
    consent.choose(again.id, [yes], {"page": "desk"}, "ada@example.com", now=now + 1)
    assert standing(again).reason == "stop"
    consent.choose(again.id, [yes], {"page": "preference centre"}, now=now + 2)
    assert standing(again).allowed
