"""``/conversations/{id}/notes`` and ``/answers``: what colleagues write for each other, and what they have ready."""

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.accounts.models import Team
from rondpoint.conversations.actions import answers as writing
from rondpoint.conversations.actions import notes as noting
from rondpoint.conversations.api import conversation_or_404
from rondpoint.conversations.models import CannedAnswer, Note
from rondpoint.lib import clock
from rondpoint.ui import paging
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import bad_field

router = Router(tags=["conversations"])


class NoteBody(Input):
    text: str = Field(max_length=noting.LIMIT, description="`@` and a colleague's name calls her")


class NoteShown(Schema):
    """A word between colleagues: no channel carries it to the customer."""

    id: str
    text: str
    author: str
    mentions: list[str] = Field(description="e-mail addresses of the colleagues it names")
    at: str


class NotePage(Schema):
    items: list[NoteShown]
    next: str | None


class AnswerBody(Input):
    shortcut: str = Field(max_length=40)
    title: str = Field(max_length=120)
    texts: dict[str, str] = Field(description="by language; `{{ customer.first_name }}` and the like are filled in")
    team: str | None = Field(None, max_length=120, description="a team's name; null is for everybody")


class AnswerShown(Schema):
    """A ready answer, called by its shortcut."""

    id: str
    shortcut: str
    title: str
    texts: dict[str, str]
    team: str | None
    updated_at: str


class AnswerList(Schema):
    items: list[AnswerShown]


@router.get("/conversations/{id}/notes", response=NotePage, summary="Its notes, oldest first")
def notes(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
):
    rows = Note.objects.filter(conversation=conversation_or_404(id)).prefetch_related("mentions__user")
    after = paging.position(cursor, 1)
    if after is not None:
        rows = rows.filter(id__gt=after[0])
    return paging.page(list(rows.order_by("id")[: limit + 1]), limit, _notes, lambda row: (row.id,))


@router.post("/conversations/{id}/notes", response={201: NoteShown}, summary="Write a note")
def write_note(request: HttpRequest, id: str, body: NoteBody):
    """Colleagues named by ``@Name`` see the conversation from then on, whatever team it belongs to."""
    conversation = conversation_or_404(id)
    try:
        note = noting.add(conversation, body.text, author_name=actor(request))
    except noting.EmptyNote as error:
        raise bad_field("text", str(error)) from error
    return Status(201, _notes([note])[0])


@router.get("/answers", response=AnswerList, summary="Canned answers")
def list_answers(request: HttpRequest):
    rows = CannedAnswer.objects.select_related("team").order_by("shortcut")
    return {"items": [_answer(row) for row in rows]}


@router.post("/answers", response={201: AnswerShown}, summary="Write a canned answer")
def write_answer(request: HttpRequest, body: AnswerBody):
    team = None
    if body.team is not None:
        team = Team.objects.filter(name=body.team).first()
        if team is None:
            raise bad_field("team", "there is no such team")
    try:
        row = writing.keep(None, body.shortcut, body.title, body.texts, team)
    except writing.BadAnswer as error:
        raise bad_field(error.field, str(error)) from error
    return Status(201, _answer(row))


def _notes(rows: list[Note]) -> list[dict]:
    return [
        {
            "id": str(row.public_id),
            "text": row.text,
            "author": row.author_name,
            "mentions": [mention.user.email for mention in row.mentions.all()],
            "at": clock.iso(row.at),
        }
        for row in rows
    ]


def _answer(row: CannedAnswer) -> dict:
    return {
        "id": str(row.public_id),
        "shortcut": row.shortcut,
        "title": row.title,
        "texts": row.texts,
        "team": row.team.name if row.team else None,
        "updated_at": clock.iso(row.updated),
    }
