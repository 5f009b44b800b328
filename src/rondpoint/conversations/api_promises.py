"""``/commitments``: what was promised to customers, by when, and what became of it."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from rondpoint.accounts.api_auth import actor
from rondpoint.accounts.models import User
from rondpoint.conversations.api import conversation_or_404
from rondpoint.conversations.models import Commitment
from rondpoint.conversations.promises import actions, queries
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["conversations"])
State = Literal["open", "missed", "kept", "cancelled"]


class PromiseBody(Input):
    text: str = Field(max_length=actions.LONGEST)
    due: AwareDatetime = Field(description="within a year from now")
    message: str | None = Field(None, max_length=40, description="the id of our message that says it")
    user: str | None = Field(None, max_length=254, description="the e-mail address of the colleague who keeps it")


class TimeBody(Input):
    due: AwareDatetime
    reason: str = Field("", max_length=actions.LONGEST, description="stands on the timeline")


class OutcomeBody(Input):
    state: Literal["kept", "cancelled"]
    reason: str = Field("", max_length=actions.LONGEST)


class PromiseShown(Schema):
    """A promise. ``state``: open, missed (its time passed), kept or cancelled."""

    id: str
    conversation: str
    message: str | None
    text: str
    due: str
    state: State
    user: str | None
    created_at: str
    settled_at: str | None


class PromisePage(Schema):
    items: list[PromiseShown]
    next: str | None


@router.get("/commitments", response=PromisePage, summary="What is promised, the next due first")
def promises(
    request: HttpRequest,
    state: State | None = None,
    conversation: str | None = Query(None, max_length=40, description="a conversation's id"),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    rows = Commitment.objects.select_related("conversation", "message", "user")
    if state is not None:
        rows = rows.filter(state=state)
    if conversation is not None:
        rows = rows.filter(conversation=conversation_or_404(conversation))
    after = paging.position(cursor, 2)
    if after is not None:
        rows = rows.filter(due__gte=after[0]).exclude(due=after[0], id__lte=after[1])
    found = list(rows.order_by("due", "id")[: limit + 1])
    return paging.page(found, limit, lambda page: [_shown(row) for row in page], lambda row: (row.due, row.id))


@router.post("/conversations/{id}/commitments", response={201: PromiseShown}, summary="Note a promise")
def promise(request: HttpRequest, id: str, body: PromiseBody):
    """One message holds one open promise: noting it again answers the one that stands."""
    conversation = conversation_or_404(id)
    message = user = None
    if body.message is not None:
        message = queries.told_by(conversation, body.message)
        if message is None:
            raise bad_field("message", "this conversation has no message of ours with this id")
    if body.user is not None:
        user = User.objects.filter(email=body.user.lower(), is_active=True).first()
        if user is None:
            raise bad_field("user", "no member of staff has this e-mail address")
    return Status(201, _shown(_told(actions.make, conversation, body.text, _micro(body.due), user, message)))


@router.put("/commitments/{id}/time", response=PromiseShown, summary="Give a promise another time")
def move(request: HttpRequest, id: str, body: TimeBody):
    """It is open again then, also after it was missed. What is settled stays as it is."""
    row = _found(id)
    _told(actions.move, row, _micro(body.due), actor(request), body.reason)
    return _shown(row)


@router.put("/commitments/{id}/outcome", response=PromiseShown, summary="A promise was kept, or is called off")
def settle(request: HttpRequest, id: str, body: OutcomeBody):
    row = _found(id)
    _told(actions.settle, row, body.state, actor(request), body.reason)
    return _shown(row)


def _told(action, *arguments):
    try:
        return action(*arguments)
    except actions.BadPromise as error:
        raise bad_field(error.field, str(error)) from error


def _found(id: str) -> Commitment:
    row = queries.named(id)
    if row is None:
        raise not_found("commitment")
    return row


def _micro(moment: datetime) -> int:
    return clock.from_datetime(moment)


def _shown(row: Commitment) -> dict:
    return {
        "id": str(row.public_id),
        "conversation": str(row.conversation.public_id),
        "message": str(row.message.public_id) if row.message else None,
        "text": row.text,
        "due": clock.iso(row.due),
        "state": row.state,
        "user": row.user.email if row.user else None,
        "created_at": clock.iso(row.created),
        "settled_at": clock.iso(row.settled) if row.settled else None,
    }
