"""What the house decides about promotions: how it is kept, and what may be decided. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from rondpoint.lib import clock
from rondpoint.sending.types import Cap, HouseRules, Price, Span

NIGHT: Span = (21 * 60, 8 * 60)
QUIET: dict[str, Span] = dict.fromkeys(("sms", "whatsapp", "voice", "webpush", "mobilepush"), NIGHT)
"""What rings or lights up at night. Mails and letters wait until they are opened."""
DAYS = (1, 7, 30)
PRIORITIES = (1, 2)  # of a conversation: high, urgent
MOST, MOST_CAPS, LONGEST = 100, 50, 30
MOST_PRICES, DEAREST = 100, 100_000  # hundredths of a euro cent: ten euros
MINUTES = 24 * 60


class BadRule(ValueError):
    """A decision that cannot be kept: ``field`` and ``reason``."""

    def __init__(self, field: str, reason: str):
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def read(kept: Mapping[str, Any], caps: Collection[Cap]) -> HouseRules:
    """The decisions out of what is kept; what nobody decided is as every house begins."""
    quiet = kept.get("quiet", QUIET)
    return HouseRules(
        hold_out=kept.get("hold_out", 0),
        duplicate_days=kept.get("duplicate_days", 7),
        quiet={channel: (span[0], span[1]) for channel, span in quiet.items()},
        complaint_priority=kept.get("complaint_priority", 2),
        complaint_teams=tuple(kept.get("complaint_teams", ())),
        caps=tuple(caps),
        prices=tuple(Price(each["channel"], each["cost"], tuple(each["countries"])) for each in kept.get("prices", ())),
    )


def kept(rules: HouseRules) -> dict[str, Any]:
    """The decisions as they are kept; caps are rows of their own."""
    return {
        "hold_out": rules.hold_out,
        "duplicate_days": rules.duplicate_days,
        "quiet": {channel: list(span) for channel, span in sorted(rules.quiet.items())},
        "complaint_priority": rules.complaint_priority,
        "complaint_teams": sorted(rules.complaint_teams),
        "prices": [
            {"channel": price.channel, "cost": price.cost, "countries": list(price.countries)} for price in rules.prices
        ],
    }


def checked(
    rules: HouseRules,
    purposes: Collection[str],
    channels: Collection[str],
    teams: Collection[int],
    countries: Collection[str],
) -> None:
    """Raises BadRule for the first thing that cannot be decided. ``purposes``: those that promote; ``channels``,
    ``teams``, ``countries`` (by their codes): those there are."""
    _whole("hold_out", rules.hold_out, 0, 100)
    _whole("duplicate_days", rules.duplicate_days, 0, LONGEST)
    for channel, span in rules.quiet.items():
        _known("quiet", channel, channels)
        if not all(type(minute) is int and 0 <= minute < MINUTES for minute in span) or span[0] == span[1]:
            raise BadRule("quiet", f"{channel}: two different times of a day, from and to")
    if rules.complaint_priority is not None:
        _known("complaint_priority", rules.complaint_priority, PRIORITIES)
    for team in rules.complaint_teams:
        _known("complaint_teams", team, teams)
    if len(rules.caps) > MOST_CAPS:
        raise BadRule("caps", f"at most {MOST_CAPS}")
    for number, cap in enumerate(rules.caps):
        _whole(f"caps[{number}].most", cap.most, 0, MOST)
        _known(f"caps[{number}].days", cap.within // clock.DAY, DAYS)
        if cap.purpose:
            _known(f"caps[{number}].purpose", cap.purpose, purposes)
        if cap.channel:
            _known(f"caps[{number}].channel", cap.channel, channels)
    _check_prices(rules.prices, channels, countries)


def _check_prices(prices: Collection[Price], channels: Collection[str], countries: Collection[str]) -> None:
    if len(prices) > MOST_PRICES:
        raise BadRule("prices", f"at most {MOST_PRICES}")
    named: set[tuple[str, str]] = set()
    for number, price in enumerate(prices):
        _known(f"prices[{number}].channel", price.channel, channels)
        _whole(f"prices[{number}].cents", price.cost, 0, DEAREST)
        for country in price.countries:
            if country not in countries:
                raise BadRule(f"prices[{number}].countries", f"there is no country {country}")
        of = {(price.channel, country) for country in price.countries or ("",)}
        if of & named:
            raise BadRule(f"prices[{number}].countries", "each channel and country has one price")
        named |= of


def _whole(field: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise BadRule(field, f"a whole number from {least} to {most}")


def _known(field: str, value: object, known: Collection[Any]) -> None:
    if value not in known:
        raise BadRule(field, f"{value}: there are {', '.join(str(each) for each in sorted(known))}")
