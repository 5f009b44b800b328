"""What the law of a country, or the rules of mail providers, say to one message to one person. Pure.

The rules themselves are data, with their source and the day from which they hold: ``countries/*.toml``. The gate keeps
their hours and numbers, and where they ask for an agreement it wants one in the ledger, or an exception they make.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

Result = Literal["allows", "forbids", "informs"]
EVERYWHERE = "*"


class Hours(Struct, frozen=True, forbid_unknown_fields=True):
    """When one may: on which days (1 is Monday), in which windows of the person's own time. ``holidays``: the country
    whose public holidays are closed."""

    days: tuple[int, ...]
    windows: tuple[tuple[time, time], ...]
    holidays: str = ""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. ``needs``: opt_in, opt_out or nothing; ``unless``: what makes an opt-in needless (``customer``,
    ``business``, ``contract``); ``implied``: days for which a ``purchase`` or an ``inquiry`` counts as agreement;
    ``most`` contacts ``within`` days. ``region``: for a part of the country only."""

    id: str
    valid_from: date
    source: str
    url: str
    text: dict[str, str]
    channels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ("marketing",)
    valid_until: date | None = None
    region: str = ""
    needs: Literal["", "opt_in", "opt_out"] = ""
    unless: tuple[Literal["customer", "business", "contract"], ...] = ()
    implied: dict[Literal["purchase", "inquiry"], int] = {}
    hours: tuple[Hours, ...] = ()
    most: int = 0
    within: int = 0


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one file: for which countries (ISO 3166-1, ``*``: everywhere), and as of which day they were
    written down."""

    name: dict[str, str]
    countries: tuple[str, ...]
    checked: date
    rule: tuple[Rule, ...]


class Facts(Struct, frozen=True):
    """What is known of the person. ``agreed``: she said yes to this purpose on this channel; ``refused``: she said no.
    ``implied``: what the ledger holds instead of her yes (``implied`` or ``soft_opt_in``), and ``ends``: until a day.
    ``customer``: she bought something like it here; ``since_purchase`` and ``since_inquiry`` in days; ``contacts``: how
    often she was contacted on this channel lately, within the days of a rule (``{within: times}``)."""

    agreed: bool = False
    refused: bool = False
    implied: str = ""
    ends: bool = False
    customer: bool = False
    business: bool = False
    contract: bool = False
    since_purchase: int | None = None
    since_inquiry: int | None = None
    contacts: dict[int, int] = {}
    region: str = ""


class RuleVerdict(Struct, frozen=True):
    """What one rule says here. ``reason``: agreed, implied, soft_opt_in, refused, not_agreed, not_refused, customer,
    business, contract, purchase, inquiry, within_hours, outside_hours, often_enough, too_often, to_know.
    ``days``: how long an agreement that the rule itself implies still lasts."""

    rule: Rule
    result: Result
    reason: str
    days: int | None = None


def applies(
    books: Iterable[Book], country: str, channel: str, purpose_class: str, facts: Facts, local: Sequence[datetime]
) -> list[RuleVerdict]:
    """The verdicts of all rules in force, those that forbid first. ``local``: the times that it may be where she is,
    from west to east; ``country``: ISO 3166-1 in capitals."""
    rules = in_force(books, country, channel, purpose_class, facts.region, local[0].date())
    found = [_verdict(rule, facts, local) for rule in rules]
    order = {"forbids": 0, "informs": 1, "allows": 2}
    return sorted(found, key=lambda verdict: order[verdict.result])


def in_force(
    books: Iterable[Book], country: str, channel: str, purpose_class: str, region: str, day: date
) -> list[Rule]:
    """The rules that apply on a day, in the order of the books."""
    return [
        rule
        for book in books
        if country in book.countries or EVERYWHERE in book.countries
        for rule in book.rule
        if _meant(rule, channel, purpose_class, region, day)
    ]


def _meant(rule: Rule, channel: str, purpose_class: str, region: str, day: date) -> bool:
    return (
        (not rule.channels or channel in rule.channels)
        and purpose_class in rule.classes
        and rule.region in ("", region)
        and rule.valid_from <= day
        and (rule.valid_until is None or day < rule.valid_until)
    )


def _verdict(rule: Rule, facts: Facts, local: Sequence[datetime]) -> RuleVerdict:
    if rule.needs == "opt_in":
        return opt_in(rule, facts)
    if rule.needs == "opt_out":
        return RuleVerdict(rule, "forbids", "refused") if facts.refused else RuleVerdict(rule, "allows", "not_refused")
    if rule.hours:
        open_ = all(any(is_time(hours, each) for hours in rule.hours) for each in local)
        return RuleVerdict(rule, "allows" if open_ else "forbids", "within_hours" if open_ else "outside_hours")
    if rule.most:
        over = facts.contacts.get(rule.within, 0) >= rule.most
        return RuleVerdict(rule, "forbids" if over else "allows", "too_often" if over else "often_enough")
    return RuleVerdict(rule, "informs", "to_know")


def opt_in(rule: Rule, facts: Facts) -> RuleVerdict:
    """What a rule says that asks for her agreement."""
    if facts.refused:
        return RuleVerdict(rule, "forbids", "refused")
    if facts.agreed:
        return RuleVerdict(rule, "allows", "agreed")
    for name in rule.unless:
        if getattr(facts, name):
            return RuleVerdict(rule, "allows", name)
    left = {
        name: days - since
        for name, days in rule.implied.items()
        if (since := {"purchase": facts.since_purchase, "inquiry": facts.since_inquiry}[name]) is not None
        and since < days
    }
    if left:
        longest = max(left, key=lambda name: (left[name], name))
        return RuleVerdict(rule, "allows", longest, left[longest])
    if takes(rule, facts.implied, facts.ends):
        return RuleVerdict(rule, "allows", facts.implied)
    return RuleVerdict(rule, "forbids", "not_agreed")


def takes(rule: Rule, implied: str, ends: bool) -> bool:
    """Whether a rule takes an agreement that was only implied for one: what she bought, where customers are excepted;
    else for a limited time, so that it has to end."""
    if implied == "soft_opt_in" and "customer" in rule.unless:
        return True
    return bool(implied) and ends and bool(rule.implied) and (implied == "implied" or "purchase" in rule.implied)


def is_time(hours: Hours, local: datetime) -> bool:
    """Whether one may at this time."""
    if local.isoweekday() not in hours.days or (hours.holidays and is_holiday(hours.holidays, local.date())):
        return False
    return any(start <= local.time() < end for start, end in hours.windows)


def is_holiday(country: str, day: date) -> bool:
    """A public holiday. France: those of article L3133-1 of its Code du travail."""
    if country != "FR":
        return False
    if (day.month, day.day) in {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}:
        return True
    return (day - easter(day.year)).days in (1, 39, 50)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Oudin's form of the computus)."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=moon - weekday)
