"""Where people are, and which rules on promotions hold there: for the gate, and for screens that say why."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from rondpoint.accounts.queries import default_brand
from rondpoint.consent import queries as consent
from rondpoint.consent.rules.law import Rule
from rondpoint.consent.types import PHONE, Preferences, Standing, Terms
from rondpoint.lib import clock
from rondpoint.sending.rules import counting
from rondpoint.sending.types import Candidate, Cap, Use


class Where(Struct, frozen=True):
    """Where a person is at a moment (microseconds UTC). ``zones``: all in which she may be; ``day``: there."""

    person: consent.Person
    place: consent.Place
    zones: tuple[str, ...]
    day: date
    now: int

    def laws(self, channel: str) -> tuple[Rule, ...]:
        """The rules on promotions by a channel that are in force there."""
        return consent.rules_on(self.place.country, self.place.region, channel, self.day)

    def lawful(self, standing: Standing, terms: Terms | None, channel: str) -> Standing:
        """What the ledger said, where these rules let it hold."""
        return consent.lawful(standing, terms, self.person, self.place, channel, self.day, self.now)


class Places:
    """Where customers are. ``exceptions``: with what makes exceptions of laws."""

    def __init__(self, people: set[int], said: dict[int, Preferences], now: int, exceptions: bool):
        self._now, self._said, self._house = now, said, of_house()
        self._people = consent.people(people, now, exceptions)

    def of(self, candidate: Candidate) -> Where:
        """Where the person is whom a candidate is for."""
        wish, number = candidate.request, candidate.customer_id
        phone = candidate.address if wish.address.kind == PHONE else ""
        person = self._people.get(number, consent.Person())
        return where(person, self._said[number], self._house, self._now, phone)


def of_house() -> tuple[str, str]:
    """The country of the house and its time zone."""
    brand = default_brand()
    return (brand.country, brand.timezone) if brand else ("FR", "Europe/Paris")


def where(
    person: consent.Person, said: Preferences, house: tuple[str, str], now: int, phone: str = ""
) -> Where:
    """Where a person is by what is known of her, else by the number that is written to (``phone``) or another of hers,
    else where the ``house`` is: its country and time zone."""
    place = person.place(house[0], phone)
    zones = consent.zones(place.country, said, house[1], now)
    return Where(person, place, zones, consent.local_times(zones[:1], now)[0].date(), now)


def cap_of(rule: Rule, channel: str) -> Cap:
    """The cap that a rule of law sets on a channel."""
    return Cap(rule.most, rule.within * clock.DAY, "", channel, "law_frequency")


def contacts(rules: Iterable[Rule], channel: str, uses: Iterable[Use], at: int) -> dict[int, int]:
    """How often a person was contacted on a channel, as rules that set a number count it: by their days."""
    known = list(uses)
    return {rule.within: counting.fullest(cap_of(rule, channel), known, at) for rule in rules if rule.most}
