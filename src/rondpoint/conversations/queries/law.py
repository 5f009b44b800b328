"""Which rules on promotions apply to a customer, and why: those of her country and of mail providers."""

from django.utils import translation
from msgspec import Struct

from rondpoint.accounts.queries import default_brand
from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.rules.law import Facts
from rondpoint.consent.types import REFUSALS, Line
from rondpoint.customers.queries import Golden
from rondpoint.events import queries as events
from rondpoint.lib import clock

BOUGHT, ASKED = ("order.completed", "Order Completed"), ("message.received",)


class Applied(Struct, frozen=True):
    """One rule as it applies to her."""

    channel: str
    forbids: bool
    text: str
    why: str
    source: str
    url: str


def applying(
    customer_id: int, golden: Golden, sorts: list[events.Sort], lines: list[Line], now: int, channel: str = ""
) -> dict:
    """The rules on promotions that apply to her, by channel, those that forbid first. ``sorts``:
    of her facts; ``lines``: what she may be sent; ``channel``: those on it, else those on each channel that she has."""
    brand = default_brand()
    house, zone = (brand.country, brand.timezone) if brand else ("FR", "Europe/Paris")
    told = golden.traits.get("country")
    country = consent.country_of(told.value if told else "", house)
    local = consent.local_time(country, consent.preferences([customer_id])[customer_id], zone, now)
    language = translation.get_language() or "en"
    known = _facts(golden, sorts, lines, now)
    rules = [
        Applied(
            consent.channel_name(kind),
            verdict.result == "forbids",
            texts.text(verdict.rule.text, language),
            consent.verdict_name(verdict),
            verdict.rule.source,
            verdict.rule.url,
        )
        for kind, verdicts in consent.verdicts(country, "marketing", known, local).items()
        for verdict in verdicts
        if (kind == channel if channel else any(cell.channel == kind for line in lines for cell in line.cells))
    ]
    return {"country": country, "told": told is not None, "local": local, "rules": rules}


def _facts(golden: Golden, sorts: list[events.Sort], lines: list[Line], now: int) -> dict[str, Facts]:
    newest = events.newest([sort for sort in sorts if sort.type in (*BOUGHT, *ASKED)], 1)
    bought = [fact for fact in newest if fact.type in BOUGHT]
    asked = [fact for fact in newest if fact.type in ASKED]
    traits = {name: golden.traits[name].value for name in ("region", "business") if name in golden.traits}
    found = {}
    for channel in {cell.channel for line in lines for cell in line.cells if cell.channel}:
        cells = [
            cell
            for line in lines
            if line.purpose_class == "marketing"
            for cell in line.cells
            if cell.channel == channel
        ]
        found[channel] = Facts(
            agreed=any(cell.standing.allowed for cell in cells),
            refused=bool(cells) and all(cell.standing.reason in REFUSALS for cell in cells),
            customer=bool(bought),
            business=traits.get("business") is True,
            since_purchase=_days(bought, now),
            since_inquiry=_days(asked, now),
            region=str(traits.get("region", "")).upper(),
        )
    return found


def _days(rows: list, now: int) -> int | None:
    return (now - rows[0].occurred) // clock.DAY if rows else None
