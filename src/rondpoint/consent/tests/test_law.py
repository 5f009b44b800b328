"""The rules by country: read from their files, each with its source; applied to the day, the hour and the person."""

from datetime import date, datetime, timedelta

import pytest

from rondpoint.consent import law
from rondpoint.consent.rules.law import Facts, applies, is_holiday
from rondpoint.consent.types import CLASSES, WAYS

TUESDAY = datetime(2026, 11, 24, 11)


def said(country, channel, facts=Facts(), at=TUESDAY, purpose_class="marketing"):
    return {v.rule.id: (v.result, v.reason) for v in applies(law.books(), country, channel, purpose_class, facts, [at])}


def test_every_rule_has_its_source_its_day_and_both_languages():
    rules = [rule for book in law.books() for rule in book.rule]
    assert len({rule.id for rule in rules}) == len(rules) >= 20
    for book in law.books():
        assert book.checked > date(2026, 1, 1) and set(book.name) == {"en", "fr"} and book.rule
    for rule in rules:
        assert rule.source and rule.url.startswith("https://") and all(rule.text[each] for each in ("en", "fr"))
        assert set(rule.channels) <= set(WAYS) and set(rule.classes) <= set(CLASSES)
        assert rule.valid_from < (rule.valid_until or date(2100, 1, 1))
        assert bool(rule.most) == bool(rule.within)
    assert {"FR", "CA", "US", "GB", "DE", "*"} <= {country for book in law.books() for country in book.countries}


@pytest.mark.parametrize(
    ("day", "rule", "without", "after_no"),
    [
        (date(2026, 8, 10), "fr-voice-bloctel", "allows", "forbids"),
        (date(2026, 8, 11), "fr-voice-opt-in", "forbids", "forbids"),
    ],
)
def test_calls_in_france_turned_to_opt_in_on_11_august_2026(day, rule, without, after_no):
    at = datetime.combine(day, TUESDAY.time())
    assert said("FR", "voice", at=at)[rule][0] == without
    assert said("FR", "voice", Facts(refused=True), at)[rule][0] == after_no
    assert said("FR", "voice", Facts(agreed=True), at)[rule][0] == "allows"
    assert len([name for name in said("FR", "voice", at=at) if name in ("fr-voice-bloctel", "fr-voice-opt-in")]) == 1


@pytest.mark.parametrize(
    ("at", "result"),
    [
        (datetime(2026, 11, 24, 9, 59), "forbids"),
        (datetime(2026, 11, 24, 10), "allows"),
        (datetime(2026, 11, 24, 12, 59), "allows"),
        (datetime(2026, 11, 24, 13), "forbids"),
        (datetime(2026, 11, 24, 13, 59), "forbids"),
        (datetime(2026, 11, 24, 14), "allows"),
        (datetime(2026, 11, 24, 19, 59), "allows"),
        (datetime(2026, 11, 24, 20), "forbids"),
        (datetime(2026, 11, 28, 11), "forbids"),  # Saturday
        (datetime(2026, 12, 25, 11), "forbids"),  # Christmas, a Friday
        (datetime(2027, 3, 29, 11), "forbids"),  # Easter Monday
    ],
)
def test_hours_of_calls_in_france(at, result):
    assert said("FR", "voice", Facts(agreed=True), at)["fr-voice-hours"][0] == result


def test_at_most_four_calls_in_thirty_days():
    assert said("FR", "voice", Facts(contacts={30: 3}))["fr-voice-frequency"] == ("allows", "often_enough")
    assert said("FR", "voice", Facts(contacts={30: 4}))["fr-voice-frequency"] == ("forbids", "too_often")


def test_mail_and_sms_in_france():
    rule = "fr-electronic-opt-in"
    for channel in ("email", "sms"):
        assert said("FR", channel)[rule] == ("forbids", "not_agreed")
        assert said("FR", channel, Facts(agreed=True))[rule] == ("allows", "agreed")
        assert said("FR", channel, Facts(customer=True))[rule] == ("allows", "customer")
        assert said("FR", channel, Facts(business=True))[rule] == ("allows", "business")
        assert said("FR", channel, Facts(business=True, customer=True, refused=True))[rule] == ("forbids", "refused")
    assert said("FR", "print")["fr-post-opt-out"] == ("allows", "not_refused")
    assert rule not in said("FR", "email", purpose_class="transactional")


def test_implied_agreement_in_canada_ends_by_itself():
    def casl(**facts):
        found = applies(law.books(), "CA", "email", "marketing", Facts(**facts), [TUESDAY])
        return next((v.result, v.reason, v.days) for v in found if v.rule.id == "ca-casl-consent")

    assert casl(since_purchase=729) == ("allows", "purchase", 1)
    assert casl(since_purchase=730) == ("forbids", "not_agreed", None)
    assert casl(since_inquiry=181) == ("allows", "inquiry", 1)
    assert casl(since_inquiry=182) == ("forbids", "not_agreed", None)
    assert casl(since_inquiry=10, since_purchase=10) == ("allows", "purchase", 720)
    assert casl(since_purchase=10, refused=True) == ("forbids", "refused", None)


def test_quebec_is_a_part_of_canada_with_rules_of_its_own():
    for purpose_class in ("profiling", "measurement"):
        assert "qc-profiling" not in said("CA", "", Facts(region="ON"), purpose_class=purpose_class)
        assert said("CA", "", Facts(region="QC"), purpose_class=purpose_class)["qc-profiling"][0] == "forbids"
    assert "ca-casl-consent" in said("CA", "email", Facts(region="QC"))


@pytest.mark.parametrize(("hour", "result"), [(7, "forbids"), (8, "allows"), (20, "allows"), (21, "forbids")])
def test_hours_in_the_united_states_are_hers(hour, result):
    assert said("US", "voice", at=datetime(2026, 11, 29, hour))["us-tcpa-hours"][0] == result


@pytest.mark.parametrize(("day", "hour", "result"), [(27, 20, "allows"), (28, 20, "forbids"), (28, 17, "allows")])
def test_hours_in_canada_differ_at_weekends(day, hour, result):
    assert said("CA", "voice", at=datetime(2026, 11, day, hour))["ca-voice-hours"][0] == result


def test_other_countries_and_everywhere():
    assert said("DE", "email")["eu-electronic-opt-in"][0] == "forbids"
    assert said("GB", "email", Facts(customer=True))["gb-electronic-opt-in"] == ("allows", "customer")
    assert set(said("BR", "email")) == {"mail-one-click", "mail-authentication", "mail-complaints"}
    assert said("BR", "email")["mail-one-click"] == ("informs", "to_know")
    order = [v.result for v in applies(law.books(), "FR", "email", "marketing", Facts(), [TUESDAY])]
    assert order[0] == "forbids", "what forbids stands first"


def test_holidays_are_those_of_france():
    assert not is_holiday("US", date(2026, 12, 25))
    assert is_holiday("FR", date(2026, 5, 14)) and not is_holiday("FR", date(2026, 5, 14) + timedelta(1))


def test_the_parts_of_france_and_of_the_united_states_have_their_rules():
    for part in ("RE", "GP", "MQ", "GF", "YT"):
        assert said(part, "voice")["fr-voice-opt-in"] == ("forbids", "not_agreed")
        assert said(part, "voice", Facts(agreed=True))["fr-voice-hours"][0] == "allows"
    assert "us-tcpa-consent" in said("PR", "sms")


def test_an_hour_is_right_where_it_is_right_in_every_zone_of_hers():
    west, east = datetime(2026, 11, 24, 7, 30), datetime(2026, 11, 24, 12, 30)
    verdicts = [applies(law.books(), "US", "sms", "marketing", Facts(agreed=True), at) for at in ([east], [west, east])]
    results = [next(v.result for v in found if v.rule.id == "us-tcpa-hours") for found in verdicts]
    assert results == ["allows", "forbids"]


def test_what_is_no_message_has_rules_too():
    assert said("FR", "", purpose_class="measurement")["fr-trackers"][0] == "forbids"
    assert said("DE", "", Facts(agreed=True), purpose_class="profiling")["eu-profiling"][0] == "allows"
