"""Where letters reach somebody: a whole line, or one made of its parts; two spellings are one address."""

import pytest

from rondpoint.customers.rules import postal


def said(at=1, **traits):
    return {name: {"value": value, "at": at} for name, value in traits.items()}


@pytest.mark.parametrize(
    ("traits", "line"),
    [
        ({"address": "1 rue des Lilas, 69001 Lyon"}, "1 rue des Lilas, 69001 Lyon"),
        ({"address": "1 rue des Lilas"}, "1 rue des Lilas"),
        ({"street": "1 rue des Lilas", "postcode": "69001", "city": "Lyon"}, "1 rue des Lilas, 69001 Lyon"),
        ({"street": "1 rue des Lilas", "postcode": 69001, "country": "FR"}, "1 rue des Lilas, 69001, FR"),
        ({"street": " 1  rue\ndes Lilas ", "city": "Lyon"}, "1 rue des Lilas, Lyon"),
        ({"address": "1 rue des Lilas", "postcode": "69001", "city": "Lyon"}, "1 rue des Lilas, 69001 Lyon"),
        (
            {"address": "1 rue des Lilas, 69001 LYON", "street": "2 rue", "postcode": "69001", "city": "Lyon"},
            "1 rue des Lilas, 69001 LYON",
        ),
        ({"rue": "1 rue des Lilas", "code_postal": "69001", "ville": "Lyon"}, "1 rue des Lilas, 69001 Lyon"),
        ({"street": "1 rue des Lilas"}, ""),
        ({"postcode": "69001", "city": "Lyon"}, ""),
        ({"city": "Lyon", "country": "FR"}, ""),
        ({"address": "", "street": None, "city": True}, ""),
        ({"address": {"street": "1 rue des Lilas"}}, ""),
        ({"address": "x" * 400}, "x" * 320),
    ],
)
def test_a_whole_address_wins_and_parts_make_one(traits, line):
    assert postal.newest([said(**traits)]) == line


def test_of_several_profiles_the_newest_word_holds():
    moved = said(5, street="9 quai Sud", city="Nantes")
    old = {**said(1, address="1 rue des Lilas, Lyon"), **said(9, country="FR", name="Awa")}
    assert postal.newest([old, moved]) == "9 quai Sud, Nantes"
    assert postal.newest([moved, said(6, address="1 rue des Lilas, Lyon")]) == "1 rue des Lilas, Lyon"
    assert postal.newest([]) == ""


@pytest.mark.parametrize(
    "spelled",
    [
        "12 bis, Rue de l’Église — 69003 LYON",
        "12bis rue de l'eglise 69003 Lyon, FR",
        "12 BIS RUE DE L EGLISE,69003 LYON France",
    ],
)
def test_two_spellings_are_one_address(spelled):
    assert postal.same(spelled) == postal.same("12 bis rue de l'Église, 69003 Lyon")
    assert postal.same("12 rue de l'Église, 69003 Lyon") != postal.same(spelled)
