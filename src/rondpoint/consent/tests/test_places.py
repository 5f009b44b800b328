"""Where somebody is: by any name of a country, else by her telephone number; and in which time zones that is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as some

from rondpoint.consent import law
from rondpoint.consent.places import NOWHERE, Place, country_of, country_of_phone, place_of, zones_of
from rondpoint.consent.rules import regions
from rondpoint.consent.types import Preferences
from rondpoint.lib import clock

COUNTRIES = sorted(get_global("territory_zones").keys() - NOWHERE)
WINTER, SUMMER = (clock.from_datetime(datetime(2026, month, 1, tzinfo=UTC)) for month in (12, 7))


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ("FR", "FR"), (" ca ", "CA"), ("fra", "FR"), ("USA", "US"), ("U.S.A.", "US"), ("UK", "GB"), ("EL", "GR"),
        ("France", "FR"), ("FRANCE", "FR"), ("la France", "FR"), ("Canada", "CA"), ("le Canada", "CA"),
        ("États-Unis", "US"), ("Etats Unis", "US"), ("ETATS-UNIS D'AMERIQUE", "US"), ("United States of America", "US"),
        ("Belgique", "BE"), ("België", "BE"), ("Belgien", "BE"), ("Deutschland", "DE"), ("Allemagne", "DE"),
        ("l’Allemagne", "DE"), ("España", "ES"), ("Suisse", "CH"), ("Pays-Bas", "NL"), ("the Netherlands", "NL"),
        ("Hollande", "NL"), ("Royaume-Uni", "GB"), ("England", "GB"), ("Écosse", "GB"), ("Côte d'Ivoire", "CI"),
        ("Ivory Coast", "CI"), ("La Réunion", "RE"), ("Guadeloupe", "GP"), ("Turquie", "TR"), ("Turkey", "TR"),
        ("République tchèque", "CZ"), ("Polska", "PL"), ("Sverige", "SE"),
    ],
)  # fmt: skip
def test_a_country_by_any_of_its_names(told, country):
    assert country_of(told, "ZZ") == country


@pytest.mark.parametrize("told", ["Mordor", "", "XX", "ZZ", "Québec", None, 7, ["FR"], "x" * 5000, "é"])
def test_what_names_no_country_is_the_number_s_and_else_the_house_s(told):
    assert country_of(told, "fr") == "FR"
    assert country_of(told, "fr", "+15145550100") == "CA"
    assert country_of("Belgique", "fr", "+15145550100") == "BE"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_country_is_known_by_its_name_in_the_languages_of_the_house(language):
    names = Locale(language).territories
    assert {code for code in COUNTRIES if code in names and country_of(names[code], "-") != code} == set()


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+33199001234", "FR"), ("+15145550100", "CA"), ("+12125550100", "US"), ("+18765550100", "JM"),
        ("+17875550100", "PR"), ("+447700900123", "GB"), ("+447797712345", "JE"), ("+262692123456", "RE"),
        ("+262639012345", "YT"), ("+590690123456", "GP"), ("+596696123456", "MQ"), ("+594694123456", "GF"),
        ("+77011234567", "KZ"), ("+79161234567", "RU"), ("+61412345678", "AU"), ("+80012345678", ""), ("+999", ""),
        ("+1", "US"), ("0199001234", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_country_of_a_number(number, country):
    assert country_of_phone(number) == country


@given(some.text(), some.from_regex(r"\+[0-9]{0,15}", fullmatch=True))
def test_any_word_and_any_number_give_a_country(told, number):
    assert country_of(told, "FR", number) in COUNTRIES


@pytest.mark.parametrize(
    ("country", "told", "region"),
    [
        ("CA", {"region": "QC"}, "QC"), ("CA", {"region": "Québec"}, "QC"), ("CA", {"province": "quebec"}, "QC"),
        ("CA", {"state": "Province de Québec"}, "QC"), ("CA", {"region": "CA-QC"}, "QC"),
        ("CA", {"region": "Montérégie", "province": "QC"}, "QC"), ("CA", {"region": "Montérégie"}, "MONTÉRÉGIE"),
        ("CA", {"province": "Colombie-Britannique"}, "BC"), ("CA", {"province": "Nova Scotia"}, "NS"),
        ("US", {"state": "California"}, "CA"), ("US", {"state": "Californie"}, "CA"), ("US", {"state": "ny"}, "NY"),
        ("FR", {"region": "Bretagne"}, "BRETAGNE"), ("CA", {"region": None, "province": ["QC"]}, "QC"),
        ("CA", {}, ""),
    ],
)  # fmt: skip
def test_the_part_of_a_country(country, told, region):
    assert place_of({"country": country, **told}, "FR") == Place(country, region)


def test_the_parts_are_all_there_and_no_name_means_two():
    assert {country: len(parts) for country, parts in regions.NAMES.items()} == {"CA": 13, "US": 51}
    for country, parts in regions.NAMES.items():
        for code, names in parts.items():
            assert {regions.region(country, [name]) for name in (code, *names)} == {code}


@pytest.mark.parametrize("now", [WINTER, SUMMER])
@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_right_in_its_zones_is_right_in_all_of_a_country(country, now):
    """Whatever clock there is in the country within two weeks, one of the zones shows the same."""
    chosen = zones_of(country, "Europe/Paris", now)
    for moment in (clock.to_datetime(now + days * clock.DAY) for days in range(16)):
        shown = {moment.astimezone(ZoneInfo(name)).replace(tzinfo=None) for name in chosen}
        for name in get_global("territory_zones").get(country, ()):
            assert moment.astimezone(ZoneInfo(name)).replace(tzinfo=None) in shown, (country, name, moment)


def test_zones_go_from_west_to_east_and_hers_wins():
    none = Preferences()
    counted = [len(law.zones(country, none, "Europe/Paris", WINTER)) for country in ("FR", "RE", "PT", "US")]
    assert counted == [1, 1, 2, 6]
    assert law.zones("RE", none, "Europe/Paris", WINTER) == ("Indian/Reunion",)
    assert law.zones("??", none, "Europe/Paris", WINTER) == ("Europe/Paris",)
    assert law.zones("AU", Preferences(timezone="Australia/Perth"), "Europe/Paris", WINTER) == ("Australia/Perth",)
    there = law.local_times(law.zones("AU", none, "Europe/Paris", WINTER), WINTER)
    assert [(at.hour, at.minute) for at in (there[0], there[-1])] == [(8, 0), (11, 0)]
