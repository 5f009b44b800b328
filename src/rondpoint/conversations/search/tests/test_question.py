"""What is typed becomes words, phrases and filters; nothing typed is an error."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rondpoint.conversations.search.marking import excerpt, marked
from rondpoint.conversations.search.question import Part, Unit, day, months, read


def units(text):
    return [(part.wanted, *[" ".join(unit.words) for unit in part.units]) for part in read(text).parts]


def test_words_phrases_alternatives_and_what_is_left_out():
    assert units("colis perdu") == [(True, "colis"), (True, "perdu")]
    assert units('"colis perdu" -facture') == [(True, "colis perdu"), (False, "facture")]
    assert units("colis OR paquet perdu") == [(True, "colis", "paquet"), (True, "perdu")]
    assert units("colis OU paquet") == [(True, "colis", "paquet")]
    assert units("« bon de retour »") == [(True, "bon de retour")]
    assert units('-"bon de retour" clé') == [(False, "bon de retour"), (True, "cle")]


def test_a_bare_word_may_be_begun_and_a_phrase_is_exact():
    assert read("coli").parts == (Part((Unit(("coli",), True),)),)
    assert read('"coli"').parts == (Part((Unit(("coli",), False),)),)
    assert not read("l").parts[0].units[0].begun


def test_filters_are_taken_out_of_the_text_in_both_languages():
    found = read('from:"Awa Diallo" channel:sms before:2026-10-01 has:file in:notes colis')
    assert found.filters == {
        "from": "Awa Diallo",
        "channel": "sms",
        "before": "2026-10-01",
        "has": "file",
        "in": "notes",
    }
    assert [part.units[0].words for part in found.parts] == [("colis",)]
    assert read("de:awa canal:sms avant:2026-10 état:clos").filters == {
        "from": "awa",
        "channel": "sms",
        "before": "2026-10-01",
        "state": "closed",
    }


def test_what_is_typed_counts_more_than_a_control():
    assert read("channel:sms", {"channel": "email", "state": "open"}).filters == {"channel": "sms", "state": "open"}


def test_a_filter_that_cannot_be_is_told_and_looked_for_as_words():
    found = read("before:yesterday")
    assert found.remarks == (("before", "yesterday"),)
    assert units("before:yesterday") == [(True, "before yesterday")]
    assert read("https://example.com/a:b").filters == {}


def test_dates():
    assert day("2026-02-29") is None
    assert day("2026-10") == date(2026, 10, 1)
    assert day("2026") == date(2026, 1, 1)
    assert day("٢٠٢٦") is None
    winter = [(2026, 11), (2026, 12), (2027, 1), (2027, 2)]
    assert months(date(2026, 11, 3), date(2027, 2, 1), date(2030, 1, 1)) == winter
    assert months(None, date(1972, 2, 9), date(2030, 1, 1)) == [(1970, 0), (1971, 0), (1972, 1), (1972, 2)]
    assert months(date(2028, 12, 31), None, date(2030, 1, 1)) == [(2028, 12), (2029, 0), (2030, 1)]
    assert months(date(2028, 1, 1), date(2027, 1, 1), date(2030, 1, 1)) == []


def test_words_are_marked_as_they_stand_with_their_accents():
    assert marked("Ma Livraison, ma cle\u0301.", read("livr clé")) == [
        ("Ma ", False),
        ("Livraison", True),
        (", ma ", False),
        ("cle\u0301", True),
        (".", False),
    ]


def test_an_excerpt_is_taken_around_the_first_word():
    text = "début " * 60 + "le colis est perdu " + "fin " * 60
    found = excerpt(text, read("colis"))
    assert found[0] == ("… ", False)
    assert ("colis", True) in found
    assert len("".join(piece for piece, _ in found)) < 200


def test_a_text_stays_as_it_is_written():
    assert "".join(piece for piece, _ in marked("<b>colis</b>", read("colis"))) == "<b>colis</b>"


@given(st.text(max_size=700))
def test_any_text_is_a_question_and_marking_loses_nothing(text):
    question = read(text)
    assert len(question.parts) <= 16
    assert "".join(piece for piece, _ in marked(text, question)) == text
    for part in question.parts:
        for unit in part.units:
            assert all(word.isalnum() or not word.isascii() for word in unit.words)
            assert all("'" not in word and '"' not in word and "\\" not in word for word in unit.words)
