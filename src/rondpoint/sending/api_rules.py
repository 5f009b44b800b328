"""``/promotions/rules``: what the house decided about promotions."""

from decimal import Decimal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.accounts.models import Team
from rondpoint.lib import clock
from rondpoint.sending import house
from rondpoint.sending.rules.house import BadRule
from rondpoint.sending.types import CENT, Cap, HouseRules, Price
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import bad_field

router = Router(tags=["decisions"])
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


class SpanBody(Input):
    """Hours of a day where she is, as ``21:00``; over midnight where the end is the earlier."""

    from_: str = Field(alias="from", pattern=TIME)
    to: str = Field(pattern=TIME)


class CapBody(Input):
    """At most ``most`` promotions to one person in any ``days`` days (1, 7 or 30); of all purposes and over all
    channels where none is named."""

    most: int
    days: int
    purpose: str = Field("", max_length=32)
    channel: str = Field("", max_length=24)


class ComplaintsBody(Input):
    """Which open conversation is a complaint: one of at least this ``priority`` (1 high, 2 urgent, null: none), or of
    one of these ``teams`` (by their names)."""

    priority: int | None
    teams: list[str] = Field(max_length=100)


class PriceBody(Input):
    """What a message costs on a channel, in euro cents (4.5; to a hundredth), to countries by their codes (``FR``); to
    all others where none is named."""

    channel: str = Field(max_length=24)
    cents: Decimal = Field(max_digits=6, decimal_places=2)
    countries: list[str] = Field([], max_length=250)


class RulesBody(Input):
    """All of them at once. ``hold_out``: percent of customers who get no promotions; ``duplicate_days``: 0 to 30;
    ``prices``: those of before stay where none are named."""

    caps: list[CapBody]
    quiet: dict[str, SpanBody]
    hold_out: int
    duplicate_days: int
    complaints: ComplaintsBody
    prices: list[PriceBody] | None = None


class SpanShown(Schema):
    from_: str = Field(serialization_alias="from")
    to: str


class CapShown(Schema):
    most: int
    days: int
    purpose: str
    channel: str


class ComplaintsShown(Schema):
    priority: int | None
    teams: list[str]


class PriceShown(Schema):
    channel: str
    cents: float
    countries: list[str]


class RulesShown(Schema):
    """As ``PUT`` takes them."""

    caps: list[CapShown]
    quiet: dict[str, SpanShown]
    hold_out: int
    duplicate_days: int
    complaints: ComplaintsShown
    prices: list[PriceShown]


@router.get("/promotions/rules", response=RulesShown, by_alias=True, summary="What spares customers promotions")
def read_rules(request: HttpRequest):
    """Caps, quiet hours by channel, the control group, duplicates, what counts as an open complaint; and what messages
    cost."""
    return _shown(house.rules())


@router.put("/promotions/rules", response=RulesShown, by_alias=True, summary="Decide what spares customers promotions")
def put_rules(request: HttpRequest, body: RulesBody):
    """Puts all of them in the place of those before; they hold from the next decision on."""
    teams = dict(Team.objects.values_list("name", "id"))
    for number, name in enumerate(body.complaints.teams):
        if name not in teams:
            raise bad_field(f"complaints.teams[{number}]", f"there is no team {name}")
    decided = HouseRules(
        hold_out=body.hold_out,
        duplicate_days=body.duplicate_days,
        quiet={channel: (_minutes(span.from_), _minutes(span.to)) for channel, span in body.quiet.items()},
        complaint_priority=body.complaints.priority,
        complaint_teams=tuple(teams[name] for name in body.complaints.teams),
        caps=tuple(Cap(cap.most, cap.days * clock.DAY, cap.purpose, cap.channel) for cap in body.caps),
        prices=house.prices() if body.prices is None else _prices(body.prices),
    )
    try:
        house.decide(decided, actor(request))
    except BadRule as error:
        raise bad_field(error.field.replace("complaint_", "complaints."), error.reason) from error
    return _shown(house.rules())


def _shown(rules: HouseRules) -> dict:
    teams = Team.objects.filter(id__in=rules.complaint_teams).order_by("name").values_list("name", flat=True)
    return {
        "caps": [
            {"most": cap.most, "days": cap.within // clock.DAY, "purpose": cap.purpose, "channel": cap.channel}
            for cap in rules.caps
        ],
        "quiet": {
            channel: {"from_": _clock(start), "to": _clock(end)} for channel, (start, end) in rules.quiet.items()
        },
        "hold_out": rules.hold_out,
        "duplicate_days": rules.duplicate_days,
        "complaints": {"priority": rules.complaint_priority, "teams": list(teams)},
        "prices": [
            {"channel": price.channel, "cents": price.cost / CENT, "countries": list(price.countries)}
            for price in rules.prices
        ],
    }


def _prices(told: list[PriceBody]) -> tuple[Price, ...]:
    return tuple(Price(each.channel, int(each.cents * CENT), tuple(each.countries)) for each in told)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
