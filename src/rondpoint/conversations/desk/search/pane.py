"""What the page of search shows, as data: each text in pieces that are marked or not."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from msgspec import Struct

from rondpoint.accounts.models import Team, User
from rondpoint.channels import registry
from rondpoint.conversations.desk.ring import spokes
from rondpoint.conversations.models import Conversation, Message, Note
from rondpoint.conversations.queries.inbox import channels_used
from rondpoint.conversations.search.finds import Page, Search, files
from rondpoint.conversations.search.marking import Piece, excerpt, marked
from rondpoint.conversations.search.question import Question, read
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer

PEOPLE, TALKS, NOTES, MESSAGES = 5, 4, 3, 20


class Person(Struct, frozen=True):
    """A customer found. ``held``: her addresses."""

    customer: Customer
    name: list[Piece]
    held: list[str]
    spokes: list[dict]


class Talk(Struct, frozen=True):
    """A conversation found."""

    conversation: Conversation
    name: str
    subject: list[Piece]


class Line(Struct, frozen=True):
    """A message or a note found, with where it is read."""

    url: str
    channel: str
    author: list[Piece]
    towards: str  # whom we wrote to; empty for what came in
    subject: list[Piece]
    pieces: list[Piece]
    files: list[list[Piece]]
    at: int


class Found(Struct, frozen=True):
    """All answers to a question. ``asked``: there was a question; ``remarks``: filters nobody understands."""

    asked: bool
    people: list[Person]
    talks: list[Talk]
    lines: list[Line]
    notes: list[Line]
    next: int | None
    unfinished: bool
    more_notes: bool
    only_notes: bool
    remarks: list[str]

    @property
    def total(self) -> int:
        return len(self.people) + len(self.talks) + len(self.lines) + len(self.notes)


def find(text: str, given: dict[str, str], user: User, order: str, begin: int | None = None) -> Found:
    """The answers to ``text`` under the controls ``given``. ``begin``: only the messages (or notes) further back."""
    question = read(text, given)
    search = Search(question, user)
    kind = question.filters.get("in", "")
    bare = not question.filters
    people = customers.typed(text, PEOPLE) if bare and question.wanted and begin is None else []
    talks = search.conversations([row.id for row in people[:3]], TALKS) if begin is None and not kind else []
    if kind != "notes":
        page = search.fitting(begin or 0, MESSAGES) if order == "fitting" else search.messages(begin, MESSAGES)
    else:
        page = search.notes(begin, MESSAGES)
    notes = search.notes(limit=NOTES) if begin is None and not kind else Page([])
    return Found(
        asked=search.asks,
        people=_people(people, question),
        talks=_talks(talks, question),
        lines=_notes(page.rows, question) if kind == "notes" else _lines(page.rows, question),
        notes=_notes(notes.rows, question),
        next=page.next,
        unfinished=page.unfinished,
        more_notes=notes.next is not None,
        only_notes=kind == "notes",
        remarks=[_remark(name, value) for name, value in search.bounds.remarks],
    )


def choices(given: dict[str, str]) -> dict:
    """What the controls offer."""
    staff = [(user.email, user.name) for user in User.objects.filter(is_active=True).order_by("name")[:200]]
    return {
        "channels": [(one.manifest.kind, one.manifest.label) for one in registry.every()],
        "directions": [("in", _("They wrote")), ("out", _("We wrote"))],
        "states": [
            ("open", pgettext("conversation", "Open")),
            ("waiting", pgettext("conversation", "Answered")),
            ("snoozed", pgettext("conversation", "Snoozed")),
            ("closed", pgettext("conversation", "Closed")),
        ],
        "assignees": [("me", _("Me")), ("none", _("Nobody")), *staff],
        "teams": [(name, name) for name in Team.objects.order_by("name").values_list("name", flat=True)],
        "places": [("messages", _("Messages only")), ("notes", _("Notes only"))],
        "narrowed": len(given),
    }


def _remark(name: str, value: str) -> str:
    if name in ("before", "after", "avant", "après", "apres"):
        return _("“%(said)s” is not a date; write it as 2026-10-01, 2026-10 or 2026.") % {"said": value}
    if name == "channel":
        known = ", ".join(registry.kinds())
        return _("There is no channel “%(said)s”; there are %(known)s.") % {"said": value, "known": known}
    said = {"said": f"{name}:{value}"}
    return _("“%(said)s” is not a filter that is known; it was looked for as words.") % said


def _people(rows: list[Customer], question: Question) -> list[Person]:
    used = _used([row.id for row in rows])
    lasts = {row.id: max(used[row.id], key=used[row.id].get) if row.id in used else "" for row in rows}
    return [
        Person(
            customer=row,
            name=marked(row.name or _("Visitor"), question),
            held=[one.value for one in customers.identifiers(row.id) if one.kind != "chat"][:3],
            spokes=spokes(used.get(row.id, {}), lasts[row.id]),
        )
        for row in rows
    ]


def _used(customer_ids: list[int]) -> dict[int, dict[str, int]]:
    owners = dict(Conversation.objects.filter(customer_id__in=customer_ids).values_list("id", "customer_id"))
    found: dict[int, dict[str, int]] = {}
    for number, counts in channels_used(list(owners)).items():
        theirs = found.setdefault(owners[number], {})
        for channel, count in counts.items():
            theirs[channel] = theirs.get(channel, 0) + count
    return found


def _talks(rows: list[Conversation], question: Question) -> list[Talk]:
    names = {row.id: row.name for row in customers.by_ids({row.customer_id for row in rows}).values()}
    return [
        Talk(row, names.get(row.customer_id) or _("Visitor"), marked(row.subject or row.last_preview, question))
        for row in rows
    ]


def _lines(rows: list[Message], question: Question) -> list[Line]:
    held = files(rows)
    names = {row.id: row.name for row in customers.by_ids({row.conversation.customer_id for row in rows}).values()}
    return [
        Line(
            url=f"/conversations/{row.conversation.public_id}#m-{row.public_id}",
            channel=row.channel,
            author=marked(row.author_name or row.address, question),
            towards=(names.get(row.conversation.customer_id) or row.address) if row.direction == "out" else "",
            subject=marked(row.subject, question),
            pieces=excerpt(row.text, question),
            files=[marked(name, question) for name in held.get(row.id, [])[:3]],
            at=row.at,
        )
        for row in rows
    ]


def _notes(rows: list[Note], question: Question) -> list[Line]:
    names = {row.id: row.name for row in customers.by_ids({row.conversation.customer_id for row in rows}).values()}
    return [
        Line(
            url=f"/conversations/{row.conversation.public_id}#n-{row.public_id}",
            channel="note",
            author=marked(row.author_name or _("Somebody"), question),
            towards=names.get(row.conversation.customer_id) or _("Visitor"),
            subject=[],
            pieces=excerpt(row.text, question),
            files=[],
            at=row.at,
        )
        for row in rows
    ]
