"""The summary, the greeting and the warning, without a database."""

import pytest

from rondpoint.conversations.briefing.greeting import Known, greeting
from rondpoint.conversations.briefing.known import Said, answers, asked, values
from rondpoint.conversations.briefing.summary import Line, sentences, summarise


def test_a_summary_quotes_what_was_asked_given_and_promised():
    mail = (
        "Bonjour,\nMa commande 10412 n’est pas arrivée.\nPouvez-vous me rembourser ?\n"
        "Cordialement,\nAwa Diallo\n+33 1 99 00 12 34"
    )
    lines = [
        Line(1, False, mail, ("photo.jpg",)),
        Line(2, True, "Bonjour Madame, nous avons ouvert une enquête. Nous vous rappellerons demain."),
        Line(3, False, "Merci beaucoup"),
    ]
    found = summarise(lines, {2: "Nous vous rappellerons demain."})
    assert [point.kind for point in found] == ["problem", "wants", "file", "promised"]
    assert [point.message_id for point in found] == [1, 1, 1, 2]
    everything = " ".join([line.text for line in lines] + ["photo.jpg"])
    assert all(point.text in everything for point in found)


def test_quotes_greetings_and_signatures_say_nothing():
    text = "Hello,\n> Could you send it?\nThe lamp is broken.\nKind regards,\nCan I help?"
    assert sentences(text) == ["The lamp is broken."]


def test_a_long_exchange_stays_short():
    lines = [Line(number, False, f"Where is parcel {number}?") for number in range(1, 40)]
    found = summarise(lines)
    assert len(found) == 6
    assert found[-1].message_id == 39


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (Known("fr", 9, "Awa", "Mme", "Diallo", True), "Bonjour Madame Diallo, ravi de vous retrouver."),
        (Known("fr", 19, "Awa"), "Bonsoir Awa, merci de nous écrire."),
        (Known("en", 9, "Awa", "", "Diallo", True), "Hello Awa, good to hear from you again."),
        (Known("en", 9), "Hello, thank you for writing to us."),
    ],
)
def test_greetings(known, text):
    assert greeting(known) == text


ASKS = [
    ("Quel est votre numéro de commande ?", ["order"]),
    ("Pouvez-vous me donner votre numéro de commande ?", ["order"]),
    ("Merci de nous indiquer la référence de votre commande.", ["order"]),
    ("Could you give me your order number?", ["order"]),
    ("Please send us the order number.", ["order"]),
    ("Which order is it?", ["order"]),
    ("Quelle est votre adresse e-mail ?", ["email"]),
    ("Pouvez-vous me rappeler votre adresse mail ?", ["email"]),
    ("What is your e-mail address?", ["email"]),
    ("Quel est votre numéro de téléphone ?", ["phone"]),
    ("Could you share your phone number?", ["phone"]),
    ("Quel est votre nom ?", ["name"]),
    ("What is your full name?", ["name"]),
    ("Pouvez-vous me donner votre adresse postale ?", ["address"]),
    ("What is your delivery address?", ["address"]),
    ("Quelle est votre taille ?", ["size"]),
    ("What size do you wear?", ["size"]),
]
SILENT = [
    "Votre numéro de commande est le 10412.",
    "Your order number is 10412.",
    "Votre commande est partie, voulez-vous la suivre ?",
    "Nous avons bien votre adresse.",
    "Avez-vous d’autres questions ?",
    "Would you like to change the colour?",
    "We sent it to your address.",
    "Pouvez-vous passer à la boutique ?",
    "Can you come on Monday?",
    "Votre nom figure sur le colis.",
]


@pytest.mark.parametrize(("text", "kinds"), ASKS)
def test_questions_for_what_may_be_known(text, kinds):
    assert asked(text) == kinds


@pytest.mark.parametrize("text", SILENT)
def test_other_words_raise_no_alarm(text):
    assert asked(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ma commande n° 10412 est en retard", ("order", "10412")),
        ("Order #20417 please", ("order", "20417")),
        ("écrivez à awa@example.org", ("email", "awa@example.org")),
        ("mon numéro : +33 1 99 00 12 34", ("phone", "+33 1 99 00 12 34")),
        ("une taille 38", ("size", "38")),
    ],
)
def test_what_she_gives_is_found(text, value):
    assert value in values(text)


def test_the_latest_value_answers():
    given = [Said("order", "10412", 1, 1, "sms"), Said("order", "10500", 2, 2, "email")]
    assert [said.value for said in answers("Quel est votre numéro de commande ?", given)] == ["10500"]
    assert answers("Quelle est votre taille ?", given) == []
