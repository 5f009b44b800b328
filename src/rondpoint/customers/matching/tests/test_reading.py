"""What sources say of a person is read in one form, however they write it."""

import pytest

from rondpoint.customers.matching.rules import names, reading


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cathy", "Catherine"),
        ("Jo", "Joseph"),
        ("Bob", "Robert"),
        ("Piet", "Pierre"),
        ("Hans", "Jean"),
        ("Jean-Pierre", "jean pierre"),
        ("ÉLISABETH", "Babeth"),
        ("Marie‑Ève", "Marie Eve"),
    ],
)
def test_short_forms_and_accents_stand_for_one_name(one, other):
    assert names.first(one).full == names.first(other).full


def test_initials_of_compound_names():
    assert names.first("JP").initials == names.first("J.-P.").initials == names.first("Jean-Pierre").initials == "jp"
    assert names.first("Jean-Pierre").part == "jean"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("de la Tour", "Latour"[2:]),
        ("Van den Berghe", "Berghe"),
        ("D'Ormesson", "ormesson"),
        ("von Müller", "muller"),
        ("Lefèvre", "LEFEVRE"),
    ],
)
def test_particles_do_not_count(one, other):
    assert names.last(one).whole == names.last(other).whole


@pytest.mark.parametrize(
    ("one", "other"), [("Dupont", "Dupond"), ("Renaud", "Reneau"), ("Philippe", "Filipe"), ("Girard", "Girart")]
)
def test_names_that_sound_alike(one, other):
    assert names.last(one).sound == names.last(other).sound


def test_a_name_of_particles_alone_is_kept():
    assert names.last("Le").whole == "le"


@pytest.mark.parametrize(
    "written", ["Jean-Pierre Dupont", "Dupont, Jean-Pierre", "DUPONT Jean-Pierre", "M. Jean-Pierre DUPONT"]
)
def test_a_whole_name_is_split(written):
    first, last = names.split(written)
    assert (names.first(first).whole, names.last(last).whole) == ("jeanpierre", "dupont")


def test_a_whole_name_keeps_particles_with_the_last_name():
    assert names.split("Marie de la Tour") == ("Marie", "de la Tour")
    assert names.split("Marie de la TOUR") == ("Marie", "de la TOUR")
    assert names.split("Marie") == ("", "Marie")
    assert names.split("") == ("", "")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("1980-04-03", "19800403"),
        ("03/04/1980", "19800403"),
        ("3.4.1980", "19800403"),
        ("04/23/1980", "19800423"),
        ("19800403", "19800403"),
        ("1980-02-31", ""),
        ("1780-01-01", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_birth_dates(said, read):
    assert reading.birth(said) == read


def test_addresses_of_mail():
    assert reading.address("Awa.Diop+shop@Example.com") == "awadiop@example.com"
    assert reading.address("nothing") == reading.address("@example.com") == ""


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("awa.diop@example.com", ""),
        ("adiop80@example.com", ""),
        ("diop.awa@example.com", ""),
        ("info@example.com", ""),
        ("papillon.bleu@example.com", "papillonbleu"),
        ("awa.diop.lyon@example.com", "awadioplyon"),
    ],
)
def test_a_user_part_made_of_the_names_says_nothing_of_its_own(mail, own):
    assert reading.read({"name": "Awa Diop"}, [mail], []).box == own


def test_phones_are_the_same_with_and_without_their_country():
    assert reading.digits("+33 1 99 00 12 34") == reading.digits("01.99.00.12.34") == "99001234"
    assert reading.digits("12 34") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 boulevard Saint-Michel", "12, bd St Michel"),
        ("5 bis avenue du Général de Gaulle", "5bis av. Gal de Gaulle"),
        ("Rue de la Loi 16", "16 rue Loi"),
        ("1234 Saint-Denis", "1234, rue St-Denis"),
    ],
)
def test_streets(one, other):
    assert reading.street_of(one) == reading.street_of(other) != ("", "")


def test_postcodes():
    assert reading.postcode("H2X 1Y4") == ("H2X1Y4", "H2X")
    assert reading.postcode("F-75001") == ("75001", "75")
    assert reading.postcode("1000") == ("1000", "10")
    assert reading.postcode("nowhere") == ("", "")


def test_traits_are_known_as_sources_call_them():
    segment = reading.read(
        {"firstName": "Cathy", "lastName": "Dupont", "birthday": "1980-04-03",
         "address": {"street": "12 rue de la Paix", "postalCode": "75002"}},
        ["papillon.bleu@example.com"], ["+33199001234"],
    )  # fmt: skip
    ours = reading.read(
        {"name": "Catherine DUPONT", "birth_date": "03/04/1980", "phone": "01 99 00 12 34",
         "email": "papillonbleu@example.com", "address": "12, rue de la Paix", "postcode": "75002"}, [], [],
    )  # fmt: skip
    assert {key for key in reading.keys(segment) if key} == {key for key in reading.keys(ours) if key}
    assert len({key for key in reading.keys(segment) if key}) == len(reading.KEYS)


def test_what_says_nothing_has_no_keys_and_survives_packing():
    nothing = reading.read({"plan": "gold", "age": 3, "vip": True, "name": ["a"]}, [], [])
    assert nothing == reading.Record() and set(reading.keys(nothing)) == {None}
    assert reading.unpack(reading.pack(nothing)) == nothing


def test_a_separator_in_a_text_does_no_harm():
    record = reading.read({"first_name": "A\x1fwa", "last_name": "Di\x1fop", "email": "a\x1fb@exa\x1fmple.com"}, [], [])
    assert reading.unpack(reading.pack(record)) == record


def test_swapped_names_share_a_key():
    one = reading.read({"first_name": "Cathy", "last_name": "Girard"}, [], [])
    other = reading.read({"first_name": "Girard", "last_name": "Catherine"}, [], [])
    assert {key for key in reading.keys(one) if key} & {key for key in reading.keys(other) if key}
