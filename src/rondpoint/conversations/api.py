"""``/conversations`` and ``/messages``: read, answer on any channel, go on elsewhere, settle, assign."""

import base64
import binascii
import hashlib
import uuid
from typing import Literal

import nh3
from django.http import HttpRequest
from ninja import Query, Router, Status

from rondpoint.accounts.api_auth import actor
from rondpoint.accounts.models import Team, User
from rondpoint.channels import registry
from rondpoint.conversations import actions, api_schemas, api_views, queries
from rondpoint.conversations.actions import continuations
from rondpoint.conversations.actions.attach import attach, detach
from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.listing import listing, message
from rondpoint.conversations.queries.reasons import explain
from rondpoint.customers import queries as customers
from rondpoint.lib.addresses import BadAddress
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem, bad_field, not_found

router = Router(tags=["conversations"])
WAIT_AFTER_TOO_MANY = 600  # seconds: the window in which tries are counted


def conversation_or_404(public_id: str) -> Conversation:
    """The conversation, also behind the id of one that was merged into it. Raises Problem 404."""
    found = queries.get(public_id)
    if found is None:
        raise not_found("conversation")
    return found


@router.get("/conversations", response=api_schemas.ConversationPage, summary="List conversations")
def list_conversations(
    request: HttpRequest,
    customer: str | None = Query(None, max_length=64),
    state: Literal["open", "waiting", "snoozed", "closed"] | None = None,
    assignee: str | None = Query(None, max_length=254, description="an e-mail address, or `none`"),
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    """Newest message first."""
    customer_id = None
    if customer is not None:
        found = customers.resolve(customer)
        if found is None:
            raise not_found("customer")
        customer_id = found.id
    rows = listing(customer_id, state, assignee, paging.position(cursor, 2), limit + 1)
    return paging.page(rows, limit, api_views.lines, lambda row: (row.last_message_at, row.id))


@router.get("/conversations/{id}", response=api_schemas.ConversationShown, summary="One conversation")
def read(request: HttpRequest, id: str):
    """With every channel of the house: whether she can be reached there now, and why not."""
    return api_views.whole(conversation_or_404(id))


@router.get("/conversations/{id}/messages", response=api_schemas.MessagePage, summary="Its messages, oldest first")
def messages(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    conversation = conversation_or_404(id)
    after = paging.position(cursor, 1)
    rows = queries.thread(conversation, after=after[0] if after else -1, limit=limit + 1)
    return paging.page(rows, limit, api_views.messages, lambda view: (view.message.id,))


@router.post("/conversations/{id}/messages", response={202: api_schemas.Accepted}, summary="Answer on any channel")
def reply(request: HttpRequest, id: str, body: api_schemas.MessageBody):
    """202 when the gate let it through. When it refuses: 422 with ``reason``, ``step`` and ``decision``; nothing is
    sent and the decision is kept."""
    conversation = conversation_or_404(id)
    kind = _address_kind(body.channel, "channel")
    if not body.text.strip() and not body.attachments:
        raise bad_field("text", "there is nothing to send")
    tokens = attach([_upload(number, file) for number, file in enumerate(body.attachments)])
    try:
        sent = actions.reply(
            conversation,
            body.channel,
            body.text,
            html=nh3.clean(body.html) if body.html else "",
            subject=body.subject,
            file_tokens=tokens,
            author_name=conversation.brand.name if conversation.brand else "",  # a key's name is nothing to her
            to=(kind, body.to) if body.to else None,
            idempotency_key=idempotency_key(request),
        )
    except BadAddress as error:
        raise bad_field("to", str(error)) from error
    finally:
        detach(tokens)
    if sent.message is None:
        raise refused(sent.verdict)
    view = queries.views([sent.message])[0]
    accepted = {"id": str(sent.message.public_id), "state": view.state, "decision": api_views.decision(sent.verdict)}
    return Status(202, accepted)


@router.get("/conversations/{id}/reach", response=api_schemas.ReachList, summary="Where she can be reached now")
def reach(request: HttpRequest, id: str, text: str = Query("", max_length=api_schemas.TEXT_LIMIT)):
    """``text`` is what would be sent: its segments are counted and its length is checked."""
    return {"items": api_views.reach(queries.reachability(conversation_or_404(id), text))}


@router.post(
    "/conversations/{id}/continuations",
    response={201: api_schemas.ContinuationShown},
    summary="A way to go on elsewhere",
)
def continue_elsewhere(request: HttpRequest, id: str, body: api_schemas.ContinuationBody):
    """A link, a QR code, a plus-address, or a code that she sends from elsewhere."""
    conversation = conversation_or_404(id)
    if body.channel:
        _address_kind(body.channel, "channel")
    elif body.to:
        raise bad_field("channel", "an address needs the channel it is for")
    try:
        issued = continuations.issue(conversation, body.via, body.channel, body.to, by=actor(request))
    except BadAddress as error:
        raise bad_field("to", str(error)) from error
    except continuations.Refused as error:
        raise _not_issued(error) from error
    return Status(201, api_views.continuation(issued))


@router.post("/conversations/{id}/closure", response={201: api_schemas.ConversationLine}, summary="Close")
def close(request: HttpRequest, id: str):
    """Closing what is closed changes nothing."""
    conversation = conversation_or_404(id)
    actions.close(conversation, actor(request))
    return Status(201, api_views.lines([conversation])[0])


@router.delete("/conversations/{id}/closure", response=api_schemas.ConversationLine, summary="Open again")
def reopen(request: HttpRequest, id: str):
    conversation = conversation_or_404(id)
    actions.reopen(conversation, actor(request))
    return api_views.lines([conversation])[0]


@router.put("/conversations/{id}/assignment", response=api_schemas.ConversationLine, summary="Assign")
def assign(request: HttpRequest, id: str, body: api_schemas.AssignmentBody):
    """To a member of staff and a team; null gives it back to everybody."""
    conversation = conversation_or_404(id)
    user = team = None
    if body.user is not None:
        user = User.objects.filter(email__iexact=body.user, is_active=True).first()
        if user is None:
            raise bad_field("user", "nobody of the staff has this e-mail address")
    if body.team is not None:
        team = Team.objects.filter(name=body.team).first()
        if team is None:
            raise bad_field("team", "there is no such team")
    actions.assign(conversation, user, team, actor(request))
    return api_views.lines([conversation])[0]


@router.get("/messages/{id}", response=api_schemas.MessageShown, summary="One message and where it stands")
def read_message(request: HttpRequest, id: str):
    try:
        found = message(uuid.UUID(id))
    except ValueError:
        found = None
    if found is None:
        raise not_found("message")
    return api_views.messages(queries.views([found]))[0]


def refused(verdict) -> Problem:
    """What the gate refused, with its reason as a sentence."""
    more = {"reason": verdict.reason, "step": verdict.step, "decision": verdict.decision or None}
    return Problem(422, explain(verdict.reason), slug="refused", more=more)


def idempotency_key(request: HttpRequest) -> str | None:
    """The caller's key as the room's: should the process die before the answer is kept, the repetition finds
    the message instead of writing another."""
    key = request.headers.get("Idempotency-Key")
    return f"api:{request.auth.id}:{hashlib.sha256(key.encode()).hexdigest()}" if key else None


def _not_issued(error: continuations.Refused) -> Problem:
    if error.reason == "too_many_tries":
        return Problem(429, "too many codes were asked for; wait a little", retry_after=WAIT_AFTER_TOO_MANY)
    reason = error.detail or error.reason
    return Problem(422, explain(reason), slug="refused", more={"reason": reason})


def _address_kind(channel: str, field: str) -> str:
    if channel not in registry.kinds():
        raise bad_field(field, f"there is no channel {channel!r}; there are {', '.join(registry.kinds())}")
    return registry.get(channel).manifest.address_kind


def _upload(number: int, file: api_schemas.FileBody) -> tuple[str, str, bytes]:
    try:
        content = base64.b64decode(file.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_field(f"attachments[{number}].content", "this is not base64") from error
    return file.name, file.content_type, content
