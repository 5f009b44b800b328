"""What a customer agreed to, purpose by purpose, with why; and which rules apply to her."""

from django.utils import translation
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts.queries import default_brand
from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.rules.law import Facts
from rondpoint.consent.types import REFUSALS
from rondpoint.consent.types import Line as Found
from rondpoint.customers.queries import Golden, Record
from rondpoint.events import queries as events
from rondpoint.lib import clock

BOUGHT, ASKED = ("order.completed", "Order Completed"), ("message.received",)


class Cell(Struct, frozen=True):
    """One channel of a purpose: whether she may be written to there, and why. ``name``: how a form calls it."""

    name: str
    channel: str
    label: str
    address: str
    allowed: bool
    why: str
    until: int | None


class Line(Struct, frozen=True):
    """One purpose."""

    title: str
    refusable: bool
    cells: list[Cell]


class Applied(Struct, frozen=True):
    """One rule as it applies to her."""

    channel: str
    forbids: bool
    text: str
    why: str
    source: str
    url: str


def shown(record: Record, sorts: list[events.Sort], now: int) -> dict:
    """What her page shows: the purposes with their channels, and the rules of where she is. ``sorts``: of her facts."""
    golden, number = record.golden, record.customer.id
    found = consent.lines(number, consent.addresses_among(record.held, golden.profiles), now)
    return {"agreements": [_line(line) for line in found], "law": _law(number, golden, sorts, found, now)}


def _line(line: Found) -> Line:
    key, language = line.key, translation.get_language() or "en"
    return Line(
        texts.text(line.names, language),
        line.refusable,
        [
            Cell(
                f"{key}|{cell.name}",
                cell.channel,
                consent.channel_name(cell.channel) if cell.channel else _("for herself"),
                cell.address,
                cell.standing.allowed,
                consent.reason_name(cell.standing.reason),
                cell.standing.until,
            )
            for cell in line.cells
        ],
    )


def _law(customer_id: int, golden: Golden, sorts: list[events.Sort], lines: list[Found], now: int) -> dict:
    """The rules on promotions that apply to her, by channel, those that forbid first."""
    brand = default_brand()
    house, zone = (brand.country, brand.timezone) if brand else ("FR", "Europe/Paris")
    told = golden.traits.get("country")
    country = consent.country_of(told.value if told else "", house)
    local = consent.local_time(country, consent.preferences([customer_id])[customer_id], zone, now)
    language = translation.get_language() or "en"
    known = _facts(golden, sorts, lines, now)
    rules = [
        Applied(
            consent.channel_name(channel),
            verdict.result == "forbids",
            texts.text(verdict.rule.text, language),
            consent.verdict_name(verdict),
            verdict.rule.source,
            verdict.rule.url,
        )
        for channel, verdicts in consent.verdicts(country, "marketing", known, local).items()
        for verdict in verdicts
        if any(cell.channel == channel for line in lines for cell in line.cells)
    ]
    return {"country": country, "told": told is not None, "local": local, "rules": rules}


def _facts(golden: Golden, sorts: list[events.Sort], lines: list[Found], now: int) -> dict[str, Facts]:
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
