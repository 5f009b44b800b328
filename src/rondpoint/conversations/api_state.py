"""Putting aside, priorities and unread marks of conversations; saved views."""

import uuid
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from rondpoint.accounts.api_auth import actor
from rondpoint.conversations.actions import state, views
from rondpoint.conversations.api import conversation_or_404
from rondpoint.conversations.models import Conversation, SavedView
from rondpoint.conversations.queries.saved import filters_of
from rondpoint.conversations.rules.changes import PRIORITIES
from rondpoint.conversations.rules.filters import BadFilter, Filters, parse
from rondpoint.lib import clock
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import Problem, bad_field, not_found

router = Router(tags=["conversations"])
LONGEST_SNOOZE = 366 * clock.DAY
Priority = Literal["low", "normal", "high", "urgent"]


class SnoozeBody(Input):
    until: AwareDatetime = Field(description="when it comes back; within a year")


class PriorityBody(Input):
    priority: Priority


class UnreadBody(Input):
    unread: bool


class Standing(Schema):
    """How a conversation stands."""

    id: str
    state: Literal["open", "waiting", "snoozed", "closed"]
    snoozed_until: str | None
    priority: Priority
    unread: bool


class ViewBody(Input):
    name: str = Field(min_length=1, max_length=views.LONGEST_NAME)
    filters: dict[str, str | int | bool | list[str]] = Field({}, description="as in the desk's filter", max_length=20)
    sort: Literal["newest", "oldest", "waiting", "priority"] = "newest"


class ViewShown(Schema):
    """A view that everybody shares."""

    id: str
    name: str
    filters: dict[str, str]
    sort: str
    created: str


class ViewList(Schema):
    items: list[ViewShown]


@router.put("/conversations/{id}/snooze", response=Standing, summary="Put aside until a time")
def put_snooze(request: HttpRequest, id: str, body: SnoozeBody):
    """It comes back then, or with the customer's next message."""
    conversation, now = conversation_or_404(id), clock.now()
    until = clock.from_datetime(body.until)
    if not now < until <= now + LONGEST_SNOOZE:
        raise bad_field("until", "choose a time in the coming year")
    state.snooze(conversation, until, actor(request), now)
    return _standing(conversation)


@router.delete("/conversations/{id}/snooze", response=Standing, summary="Bring back at once")
def delete_snooze(request: HttpRequest, id: str):
    """Does nothing to one that is not put aside."""
    conversation = conversation_or_404(id)
    if conversation.state == "snoozed":
        state.reopen(conversation, actor(request))
    return _standing(conversation)


@router.put("/conversations/{id}/priority", response=Standing, summary="Set the priority")
def put_priority(request: HttpRequest, id: str, body: PriorityBody):
    conversation = conversation_or_404(id)
    numbers = {name: number for number, name in PRIORITIES.items()}
    state.set_priority(conversation, numbers[body.priority], actor(request))
    return _standing(conversation)


@router.put("/conversations/{id}/unread", response=Standing, summary="Mark read or unread")
def put_unread(request: HttpRequest, id: str, body: UnreadBody):
    conversation = conversation_or_404(id)
    if body.unread:
        state.mark_unread(conversation)
    else:
        state.mark_read(conversation)
    return _standing(conversation)


@router.get("/views", response=ViewList, summary="Saved views that everybody shares")
def list_views(request: HttpRequest):
    """There are at most thirty."""
    return {"items": [_shown(view) for view in SavedView.objects.filter(owner=None).order_by("position", "id")]}


@router.post("/views", response={201: ViewShown}, summary="Save a view for everybody")
def create_view(request: HttpRequest, body: ViewBody):
    try:
        view = views.save(None, body.name, _filters(body.filters), body.sort, shared=True)
    except views.BadView as error:
        if error.code == "many":
            raise Problem(409, str(error)) from error
        raise bad_field("name", str(error)) from error
    return Status(201, _shown(view))


@router.delete("/views/{id}", response={204: None}, summary="Delete a shared view")
def delete_view(request: HttpRequest, id: str):
    """The conversations in it stay where they are."""
    views.remove(_view_or_404(id))
    return Status(204, None)


def _standing(conversation: Conversation) -> dict:
    return {
        "id": str(conversation.public_id),
        "state": conversation.state,
        "snoozed_until": clock.iso(conversation.snoozed_until),
        "priority": PRIORITIES[conversation.priority],
        "unread": conversation.unread,
    }


def _filters(given: dict) -> Filters:
    try:
        return parse(given)
    except BadFilter as error:
        fields = [(f"filters.{name}", reason) for name, reason in error.problems]
        raise Problem(422, str(error), fields) from error


def _view_or_404(public_id: str) -> SavedView:
    try:
        view = SavedView.objects.filter(owner=None, public_id=uuid.UUID(public_id)).first()
    except ValueError:
        view = None
    if view is None:
        raise not_found("view")
    return view


def _shown(view: SavedView) -> dict:
    return {
        "id": str(view.public_id),
        "name": view.name,
        "filters": filters_of(view).said(),
        "sort": view.sort,
        "created": clock.iso(view.created),
    }
