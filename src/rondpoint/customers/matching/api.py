"""``/matching``: probable links, what is allowed of them, what to expect, and the comparison of all records."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.customers.matching import choosing, queries, weighing, working
from rondpoint.customers.matching.models import MatchRun
from rondpoint.customers.matching.rules import timing
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field

router = Router(tags=["customers"])


class MatchingBody(paging.Input):
    """What is allowed. ``suggest_from``: the probability from which two records are suggested; ``open_from``: from
    which they are linked without anybody's answer, null for never; ``often``: how often all records are compared by
    themselves, at 02:00 UTC, weekly on a ``day``, monthly on the first. ``never``: only when somebody asks for it. Both
    stay as they are where they are left out."""

    on: bool
    suggest_from: float = Field(examples=[0.8])
    open_from: float | None = Field(None, examples=[None, 0.999])
    often: Literal["daily", "weekly", "monthly", "never"] | None = None
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None = None


class ExpectedShown(Schema):
    """Of the pairs from a threshold on: the share that is one person (precision) and the share of all such pairs that
    it lets through (recall), by the model's own probabilities; and what people answered."""

    threshold: float
    precision: float | None
    recall: float | None
    pairs: int
    accepted: int
    dismissed: int


class BandShown(Schema):
    least: float
    below: float
    waiting: int


class LearnedShown(Schema):
    """How often records of one person (m) and of two people (u) agree in a degree, and what that weighs in bits."""

    comparison: str
    degree: str
    m: float
    u: float
    bits: float


class RunShown(Schema):
    """``step``: what a running one does, number ``step_number`` of ``steps``, and how much of it is done in percent,
    where that is known."""

    id: int
    state: Literal["waiting", "running", "done", "failed"]
    learns: bool
    by: str
    asked_at: str | None
    ended_at: str | None
    step: Literal["", "reading", "learning", "names", "comparing", "noting"]
    step_number: int
    steps: int
    percent: int | None
    seconds: float
    records: int
    pairs: int
    suggested: int
    opened: int
    problem: str


class TrainedShown(Schema):
    at: str | None
    records: int
    seconds: float


class MatchingShown(Schema):
    """How probable links stand. ``next_at``: when all records are compared next by themselves; ``trained``: null while
    the weights that come with Rondpoint are used."""

    on: bool
    suggest_from: float
    open_from: float | None
    often: Literal["daily", "weekly", "monthly", "never"]
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    next_at: str | None
    waiting: int
    bands: list[BandShown]
    expected: list[ExpectedShown]
    trained: TrainedShown | None
    weights: list[LearnedShown]
    runs: list[RunShown]


@router.get("/matching", response=MatchingShown, summary="How probable links stand")
def show_matching(request: HttpRequest) -> dict[str, Any]:
    choice, trained = weighing.choice(), queries.last_trained()
    return {
        "on": choice.on,
        "suggest_from": choice.suggest_from,
        "open_from": choice.open_from,
        "often": choice.often,
        "day": choice.day,
        "next_at": clock.iso(queries.coming()),
        "waiting": queries.waiting(),
        "bands": [{"least": row.least, "below": row.below, "waiting": row.waiting} for row in queries.bands()],
        "expected": [
            {"threshold": row.threshold, "precision": row.precision, "recall": row.recall, "pairs": row.pairs,
             "accepted": row.yes, "dismissed": row.no}
            for row in queries.expected()
        ],
        "trained": trained and {"at": clock.iso(trained.at), "records": trained.records, "seconds": trained.seconds},
        "weights": [
            {"comparison": row.comparison, "degree": row.degree, "m": row.m, "u": row.u, "bits": row.bits}
            for row in queries.learned()
        ],
        "runs": [_run(row) for row in queries.runs()],
    }  # fmt: skip


@router.put("/matching", response=MatchingShown, summary="Choose what probable links may do")
def choose_matching(request: HttpRequest, said: MatchingBody) -> dict[str, Any]:
    """Suggestions that wait already stay. Links that are open stay open."""
    try:
        changed = choosing.choose(said.on, said.suggest_from, said.open_from, said.often, said.day)
    except ValueError as error:
        field, _, reason = str(error).partition(": ")
        raise bad_field(field, reason) from error
    if changed:
        audit(actor(request), "matching.chosen", "", changed)
    return show_matching(request)


@router.post("/matching/runs", response={201: RunShown}, summary="Learn from all records and compare them")
def start_run(request: HttpRequest) -> "Status[Any]":
    """It begins within seconds, in the background. One that waits already is enough and is answered."""
    row = working.ask(by=actor(request))
    audit(actor(request), "matching.run", "", {})
    return Status(201, _run(row))


def _run(row: MatchRun) -> dict[str, Any]:
    number, steps = timing.place(row.step, row.train)
    return {
        "step": row.step, "step_number": number, "steps": steps, "percent": row.percent,
        "id": row.id, "state": row.state, "learns": row.train, "by": row.by, "asked_at": clock.iso(row.asked),
        "ended_at": clock.iso(row.ended), "seconds": row.seconds, "records": row.records, "pairs": row.pairs,
        "suggested": row.suggested, "opened": row.opened, "problem": row.problem,
    }  # fmt: skip
