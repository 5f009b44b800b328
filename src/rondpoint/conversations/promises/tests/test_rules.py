"""Which words are a promise, and what time they name. The moment of writing is a Wednesday, 10:00 in Paris."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rondpoint.conversations.promises.rules import recognise
from rondpoint.lib import clock

ZONE = "Europe/Paris"


def stamp(text):
    return clock.from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


NOW = stamp("2026-03-11T10:00")
PROMISES = [
    ("Nous vous rappellerons demain.", "2026-03-12T18:00"),
    ("Nous vous rappelons demain matin.", "2026-03-12T12:00"),
    ("Je vous rappelle demain à 14h.", "2026-03-12T14:00"),
    ("Je vous rappelle demain à 14h30.", "2026-03-12T14:30"),
    ("Je vous enverrai le bon de retour d’ici vendredi.", "2026-03-13T18:00"),
    ("Nous reviendrons vers vous lundi matin.", "2026-03-16T12:00"),
    ("Nous vous répondrons mercredi.", "2026-03-18T18:00"),
    ("Vous recevrez votre remboursement sous 3 jours.", "2026-03-14T18:00"),
    ("Vous serez remboursée sous 5 jours ouvrés.", "2026-03-18T18:00"),
    ("Nous vous recontacterons dans deux heures.", "2026-03-11T12:00"),
    ("Je vous rappelle dans une demi-heure.", "2026-03-11T10:30"),
    ("On vous rappelle aujourd’hui avant 17h.", "2026-03-11T17:00"),
    ("Un collègue vous appellera après-demain.", "2026-03-13T18:00"),
    ("Nous vous livrerons le 20 mars.", "2026-03-20T18:00"),
    ("Nous vous livrerons le 1er avril.", "2026-04-01T18:00"),
    ("Nous vous écrirons le 3 janvier.", "2027-01-03T18:00"),
    ("Nous vous répondrons la semaine prochaine.", "2026-03-20T18:00"),
    ("Je vous tiendrai au courant ce soir.", "2026-03-11T18:00"),
    ("Bonjour Madame, merci.\nNous vous rappellerons demain.", "2026-03-12T18:00"),
    ("We will call you tomorrow.", "2026-03-12T18:00"),
    ("We'll call you back tomorrow morning.", "2026-03-12T12:00"),
    ("I will send the label by Friday.", "2026-03-13T18:00"),
    ("I'll get back to you within two hours.", "2026-03-11T12:00"),
    ("We will refund you within 5 working days.", "2026-03-18T18:00"),
    ("You will receive it on Monday.", "2026-03-16T18:00"),
    ("You'll hear from us by 5 pm.", "2026-03-11T17:00"),
    ("We are going to replace it next week.", "2026-03-20T18:00"),
    ("A colleague will ring you tomorrow at 9:30.", "2026-03-12T09:30"),
    ("We will write to you on March 20th.", "2026-03-20T18:00"),
    ("We will write to you on 20 March.", "2026-03-20T18:00"),
    ("I shall answer today.", "2026-03-11T18:00"),
    ("We will be in touch in 3 days.", "2026-03-14T18:00"),
]
NOTHING = [
    "Nous vous remercions de votre patience.",
    "Nous avons reçu votre colis lundi.",
    "Pouvez-vous nous rappeler demain ?",
    "Vous rappelez demain ?",
    "Nous ne pourrons pas vous livrer demain.",
    "Si vous voulez, nous vous rappellerons demain.",
    "Nous vous rappellerons.",
    "Bonjour, votre colis est arrivé hier.",
    "La boutique est ouverte demain.",
    "We will not be open tomorrow.",
    "Will you call us tomorrow?",
    "Your parcel arrived on Monday.",
    "We will call you.",
    "If you like we will call you tomorrow.",
    "The shop is open on Friday.",
    "Thank you for your order of 12 March.",
    "",
]


@pytest.mark.parametrize(("text", "due"), PROMISES)
def test_a_promise_is_found_with_its_time(text, due):
    found = recognise(text, NOW, ZONE)
    assert found is not None
    assert clock.iso(found.due) == clock.iso(stamp(due))
    assert found.text in text


@pytest.mark.parametrize("text", NOTHING)
def test_what_promises_nothing_is_left_alone(text):
    assert recognise(text, NOW, ZONE) is None


def test_the_hour_is_that_of_the_zone_after_the_clocks_changed():
    saturday = stamp("2026-03-28T10:00")
    found = recognise("Nous vous rappellerons demain.", saturday, ZONE)
    assert clock.iso(found.due) == "2026-03-29T16:00:00.000Z"


def test_working_days_leap_over_the_weekend():
    friday = stamp("2026-03-13T10:00")
    found = recognise("Vous serez livrée sous 1 jour ouvré.", friday, ZONE)
    assert found.due == stamp("2026-03-16T18:00")
