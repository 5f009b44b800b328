"""``POST /decisions/preview``: what the gate would say; ``/decisions/choice``: on which channel. Nothing is written."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN
from rondpoint.conversations.queries.choosing import MOST_STEPS, Choice, choose
from rondpoint.conversations.queries.trying import Tried, attempt
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.lib import clock
from rondpoint.sending import queries as sending
from rondpoint.sending.types import CENT, Stage
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import bad_field

router = Router(tags=["decisions"])


class PreviewBody(Input):
    """``at``: now, where nothing is said; ``text``: to learn also whether the channel carries it and whether she got
    the same words lately."""

    customer: str = Field(max_length=64)
    purpose: str = Field(max_length=32)
    channel: str = Field(max_length=24)
    at: AwareDatetime | None = None
    text: str = Field("", max_length=20_000)


class StageBody(Input):
    """Which of several messages about one thing it is, as the second reminder of three."""

    step: int = Field(ge=1, le=MOST_STEPS)
    of: int = Field(ge=1, le=MOST_STEPS)


class ChoiceBody(Input):
    """``at``: now, where nothing is said; ``text``: for what it costs and whether each channel carries it; ``stage``:
    the later of several may take a dearer channel that makes itself heard."""

    customer: str = Field(max_length=64)
    purpose: str = Field(max_length=32)
    at: AwareDatetime | None = None
    text: str = Field("", max_length=20_000)
    stage: StageBody | None = None


class Chosen(Schema):
    """A channel in its place. ``place``: 1 is tried first, null: the gate refuses it; ``engagement``: 0 to 100, null
    where nothing is known; ``cents``: of the whole message, null where no price is named."""

    channel: str
    place: int | None
    verdict: str
    step: str
    reason: str
    due: str | None
    address: str
    score: int
    chosen: bool
    engagement: int | None
    cents: float | None
    present: bool
    explanation: str


class Choices(Schema):
    """In the order in which they would be tried; ``channel``: the first, null where the gate refuses all."""

    channel: str | None
    items: list[Chosen]


class StepShown(Schema):
    step: str
    question: str
    result: str
    reason: str
    explanation: str


class RuleApplied(Schema):
    """``rule``: its id, as a refusal by law has it for its ``detail``."""

    rule: str
    reason: str
    forbids: bool
    text: str
    why: str
    source: str
    url: str


class LawShown(Schema):
    """``local_time``: where she is, with the offset from UTC; ``local_times``: in each zone in which she may be, where
    only her country is known, from west to east."""

    country: str
    local_time: str
    local_times: list[str]
    rules: list[RuleApplied]


class Previewed(Schema):
    """``verdict``: send, defer (with ``due``) or refuse. ``law``: null for what is no promotion."""

    verdict: str
    step: str
    reason: str
    detail: str
    explanation: str
    due: str | None
    address: str
    steps: list[StepShown]
    law: LawShown | None


@router.post("/decisions/preview", response=Previewed, summary="Try the gate")
def preview(request: HttpRequest, body: PreviewBody):
    """The verdict on one message to one person at one time, with each step, and what the law of her country says."""
    customer = _meant(body)
    if body.channel not in sending.channels():
        raise bad_field("channel", f"there are {', '.join(sending.channels())}")
    at = clock.from_datetime(body.at) if body.at else clock.now()
    return _shown(attempt(customer, body.purpose, body.channel, at, body.text))


@router.post("/decisions/choice", response=Choices, summary="On which channel would she get it?")
def choice(request: HttpRequest, body: ChoiceBody):
    """The channels of the house in the order in which one message to one person would be tried on them, each with the
    gate's verdict and why it stands there. Nothing is written."""
    customer = _meant(body)
    stage = Stage(body.stage.step, body.stage.of) if body.stage else Stage()
    if stage.step > stage.of:
        raise bad_field("stage.step", f"at most {stage.of}, of which it is one")
    at = clock.from_datetime(body.at) if body.at else clock.now()
    found = choose(customer.id, body.purpose, at, body.text, stage)
    return {
        "channel": next((each.way.channel for each in found if each.ranked.place), None),
        "items": [_chosen(each) for each in found],
    }


def _meant(body: PreviewBody | ChoiceBody) -> Customer:
    customer = customers.resolve(body.customer)
    if customer is None:
        raise bad_field("customer", "there is no such customer")
    purposes = {*consent.purpose_names("en"), *BUILT_IN}
    if body.purpose not in purposes:
        raise bad_field("purpose", f"there are {', '.join(sorted(purposes))}")
    return customer


def _chosen(each: Choice) -> dict:
    verdict, option = each.way.verdict, each.ranked.option
    return {
        "channel": each.way.channel,
        "place": each.ranked.place or None,
        "verdict": verdict.verdict,
        "step": verdict.step,
        "reason": verdict.reason,
        "due": clock.iso(verdict.due) if verdict.verdict == "defer" else None,
        "address": each.way.shown,
        "score": each.ranked.score,
        "chosen": option.chosen,
        "engagement": option.engagement,
        "cents": None if option.cost is None else option.cost / CENT,
        "present": option.present,
        "explanation": each.sentence,
    }


def _shown(tried: Tried) -> dict:
    verdict = tried.verdict
    return {
        "verdict": verdict.verdict,
        "step": verdict.step,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "explanation": tried.sentence,
        "due": clock.iso(verdict.due) if verdict.verdict == "defer" else None,
        "address": tried.address,
        "steps": [
            {
                "step": note["step"],
                "question": step.question,
                "result": step.result,
                "reason": note.get("reason", ""),
                "explanation": step.answer,
            }
            for note, step in zip(verdict.notes, tried.steps, strict=True)
        ],
        "law": {
            "country": tried.law.country,
            "local_time": tried.law.local[0].isoformat(timespec="seconds"),
            "local_times": [each.isoformat(timespec="seconds") for each in tried.law.local],
            "rules": [
                {
                    "rule": each.rule,
                    "reason": each.reason,
                    "forbids": each.forbids,
                    "text": each.text,
                    "why": each.why,
                    "source": each.source,
                    "url": each.url,
                }
                for each in tried.law.rules
            ],
        }
        if tried.law
        else None,
    }
