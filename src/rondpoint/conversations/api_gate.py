"""``POST /decisions/preview``: what the gate would say. Nothing is written."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from rondpoint.consent import queries as consent
from rondpoint.consent.types import BUILT_IN
from rondpoint.conversations.queries.trying import Tried, attempt
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.sending import queries as sending
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
    customer = customers.resolve(body.customer)
    if customer is None:
        raise bad_field("customer", "there is no such customer")
    purposes = {*consent.purpose_names("en"), *BUILT_IN}
    if body.purpose not in purposes:
        raise bad_field("purpose", f"there are {', '.join(sorted(purposes))}")
    if body.channel not in sending.channels():
        raise bad_field("channel", f"there are {', '.join(sending.channels())}")
    at = clock.from_datetime(body.at) if body.at else clock.now()
    return _shown(attempt(customer, body.purpose, body.channel, at, body.text))


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
