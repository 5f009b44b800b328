"""What the API says about conversations, messages and continuations."""

from typing import Literal

from ninja import Schema
from pydantic import Field

from rondpoint.ui.paging import Input

TEXT_LIMIT = 20_000


class FileBody(Input):
    name: str = Field(min_length=1, max_length=200)
    content_type: str = Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,59}$", max_length=120)
    content: str = Field(min_length=1, description="the file in base64")


class MessageBody(Input):
    channel: str = Field(max_length=24, examples=["email", "sms", "chat"])
    text: str = Field("", max_length=TEXT_LIMIT)
    html: str = Field("", max_length=200_000, description="cleaned before it is kept; only channels with HTML use it")
    subject: str = Field("", max_length=300)
    to: str | None = Field(
        None, max_length=320, description="an address on this channel; else where she last wrote from"
    )
    attachments: list[FileBody] = Field([], max_length=10)


class ContinuationBody(Input):
    via: Literal["link", "qr", "code", "address"]
    channel: str = Field("", max_length=24, description="a link is also sent there; a code is awaited from there")
    to: str = Field("", max_length=320)


class AssignmentBody(Input):
    user: str | None = Field(description="the e-mail address of a member of staff, or null for nobody")
    team: str | None = None


class Person(Schema):
    id: str
    name: str


class Staff(Schema):
    email: str
    name: str


class ReachShown(Schema):
    """Whether she can be written to on a channel now, why not, and what the text costs in segments."""

    channel: str
    label: str
    address: str
    usable: bool
    reason: str
    explanation: str
    segments: int | None
    encoding: str
    preferred: bool
    evidence: str


class ReachList(Schema):
    items: list[ReachShown]


class ConversationLine(Schema):
    id: str
    subject: str
    state: Literal["open", "waiting", "snoozed", "closed"]
    customer: Person
    assignee: Staff | None
    team: str | None
    channels: list[str]
    preview: str
    waiting_since: str | None
    created_at: str
    last_message_at: str
    closed_at: str | None
    snoozed_until: str | None
    priority: int = Field(description="-1 low, 0 normal, 1 high, 2 urgent")
    unread: bool


class ConversationShown(ConversationLine):
    reach: list[ReachShown]


class ConversationPage(Schema):
    items: list[ConversationLine]
    next: str | None


class Author(Schema):
    kind: str
    name: str


class FileShown(Schema):
    name: str
    content_type: str
    size: int
    url: str


class DecisionBrief(Schema):
    id: str | None = None
    verdict: str
    step: str = ""
    reason: str = ""
    detail: str = ""


class MessageShown(Schema):
    """``seq`` grows in the order in which messages were stored."""

    id: str
    seq: int
    conversation: str
    channel: str
    direction: Literal["in", "out"]
    state: str
    error: str
    author: Author
    text: str
    folded: str
    html: str
    subject: str
    address: str
    at: str
    unverified: bool
    segments: int
    files: list[FileShown]
    decision: DecisionBrief | None = None


class MessagePage(Schema):
    items: list[MessageShown]
    next: str | None


class Accepted(Schema):
    """A message on its way."""

    id: str
    state: str
    decision: DecisionBrief


class ContinuationShown(Schema):
    """A way to go on elsewhere. Shown this once: only its HMAC is kept."""

    via: str
    url: str | None = None
    code: str | None = None
    qr_svg: str | None = None
    address: str | None = None
    expires_at: str | None = None
    message: str | None = None
