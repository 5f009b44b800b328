"""Which rules on promotions apply to a customer, and why: those of her country and of mail providers. They are asked
with what the gate is asked with."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import translation
from msgspec import Struct
from msgspec.structs import replace

from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.rules.law import Facts, RuleVerdict
from rondpoint.consent.types import (
    GRANTS,
    IMPLIED,
    PHONE,
    REFUSALS,
    WAYS,
    Address,
    Asked,
    Cell,
    Line,
    Preferences,
    Standing,
)
from rondpoint.customers import queries as customers
from rondpoint.sending import queries as sending
from rondpoint.sending.types import Use

FOR_HERSELF = ("profiling", "measurement")  # classes of purposes that are no message
PROMOTION = "marketing"


class Applied(Struct, frozen=True):
    """One rule as it applies to her. ``rule``: its id; ``reason``: as in ``RuleVerdict``; ``channel``: in words, or
    what it is about where that is no message."""

    rule: str
    reason: str
    channel: str
    forbids: bool
    text: str
    why: str
    source: str
    url: str


class Found(Struct, frozen=True):
    """What applies to her. ``told``: her country was; else it is that of her telephone number (``by_phone``) or of the
    house. ``local``: the times that it may be where she is, from west to east."""

    country: str
    told: bool
    by_phone: bool
    local: tuple[datetime, ...]
    rules: list[Applied]

    @property
    def earliest(self) -> datetime:
        """What the clocks show furthest west; without its zone, so that a page shows it as it is."""
        return self.local[0].replace(tzinfo=None)

    @property
    def latest(self) -> datetime | None:
        """What they show furthest east, where that is another time."""
        last = self.local[-1].replace(tzinfo=None)
        return last if last != self.earliest else None


class _Her(Struct, frozen=True):
    """One customer at a moment, with what she got lately."""

    person: consent.Person
    said: Preferences
    house: tuple[str, str]
    uses: list[Use]
    now: int

    def where(self, phone: str = "") -> sending.Where:
        """Where she is. ``phone``: the number that is written to."""
        return sending.where(self.person, self.said, self.house, self.now, phone)


def applying(customer_id: int, lines: list[Line], now: int) -> Found:
    """The rules that apply to her on each channel that she has, those that forbid first, and on what is no message.
    ``lines``: what she may be sent."""
    her = _her(customer_id, now)
    rules = []
    for channel in WAYS:
        cells = _cells(lines, PROMOTION, channel)
        if any(cell.channel == channel for line in lines for cell in line.cells):
            rules += _on(her, channel, _standings(cells), _number(channel, cells))
    for purpose_class in FOR_HERSELF:
        where = her.where()
        known = _facts(her, _standings(_cells(lines, purpose_class, "")))
        local = consent.local_times(where.zones, now)
        found = consent.verdicts(where.place, "", purpose_class, known, local)
        rules += _applied(consent.class_name(purpose_class).capitalize(), found)
    return _found(her, her.where(), rules)


def on_channel(customer_id: int, now: int, purpose: str, channel: str, address: Address) -> Found:
    """The rules that apply to one purpose on one channel, at the address that would be written to."""
    her = _her(customer_id, now)
    phone = address[1] if address[0] == PHONE else ""
    [standing] = consent.standing([Asked(purpose, channel, *address, customer_id=customer_id)], now)
    excepted = consent.exceptions(consent.terms().get(purpose))
    return _found(her, her.where(phone), _on(her, channel, [standing], phone, excepted))


def _her(customer_id: int, now: int) -> _Her:
    owners = dict.fromkeys(customers.profile_ids(customer_id), customer_id)
    return _Her(
        consent.people([customer_id], now).get(customer_id, consent.Person()),
        consent.preferences([customer_id])[customer_id],
        sending.of_house(),
        sending.uses(owners, now).get(customer_id, []),
        now,
    )


def _on(her: _Her, channel: str, standings: list[Standing], phone: str, excepted: bool = True) -> list[Applied]:
    where = her.where(phone)
    contacts = sending.contacts(where.laws(channel), channel, her.uses, her.now)
    known = replace(_facts(her, standings, excepted), contacts=contacts)
    local = consent.local_times(where.zones, her.now)
    return _applied(consent.channel_name(channel), consent.verdicts(where.place, channel, PROMOTION, known, local))


def _facts(her: _Her, standings: list[Standing], excepted: bool = True) -> Facts:
    """What is known of her. ``excepted``: what was only implied may rest on the exceptions that the law makes too."""
    implied = next((found for found in standings if found.allowed and found.reason in IMPLIED), None)
    return replace(
        her.person.facts(her.now) if excepted or implied is None else Facts(),
        agreed=any(found.allowed and found.reason in GRANTS for found in standings),
        implied=implied.reason if implied else "",
        ends=implied is not None and implied.until is not None,
        refused=bool(standings) and all(found.reason in REFUSALS for found in standings),
        contract=any(found.reason == "contract" for found in standings),
    )


def _cells(lines: Iterable[Line], purpose_class: str, channel: str) -> list[Cell]:
    return [
        cell
        for line in lines
        if line.purpose_class == purpose_class
        for cell in line.cells
        if cell.channel == channel
    ]


def _standings(cells: list[Cell]) -> list[Standing]:
    return [cell.standing for cell in cells]


def _number(channel: str, cells: list[Cell]) -> str:
    numbers = {cell.address for cell in cells} if WAYS.get(channel) == PHONE else set()
    return numbers.pop() if len(numbers) == 1 else ""


def _applied(about: str, verdicts: list[RuleVerdict]) -> list[Applied]:
    language = translation.get_language() or "en"
    return [
        Applied(
            verdict.rule.id,
            verdict.reason,
            about,
            verdict.result == "forbids",
            texts.text(verdict.rule.text, language),
            consent.verdict_name(verdict),
            verdict.rule.source,
            verdict.rule.url,
        )
        for verdict in verdicts
    ]


def _found(her: _Her, where: sending.Where, rules: list[Applied]) -> Found:
    told = bool(consent.country_of(her.person.told.get("country"), ""))
    by_phone = not told and bool(consent.country_of(None, "", her.person.phone))
    return Found(where.place.country, told, by_phone, consent.local_times(where.zones, her.now), rules)
