"""A visit to the preference centre: whose it is, with whose face, and what may be chosen there."""

from django.conf import settings
from django.http import Http404, HttpRequest
from msgspec import Struct

from rondpoint.consent import queries as consent
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.types import LANGUAGES, Address, Cell, Line, Link, Preferences, Question
from rondpoint.conversations.own_page.showing import Visit
from rondpoint.conversations.preference_page.words import channel, reason
from rondpoint.customers import queries as customers
from rondpoint.lib import addresses, clock, signing
from rondpoint.sending import queries as sending

MASKED = ("email", "phone")  # of a postal address nothing is told
HELD_MOST = 6  # addresses; whoever has more writes to us


class Box(Struct, frozen=True):
    """One thing to tick. ``name`` tells nothing: a mail with this link may be forwarded."""

    name: str
    cell: Cell
    label: str
    where: str
    why: str


class Row(Struct, frozen=True):
    """One purpose with its boxes. ``asked``: the question in the language of the page, by which a form says what was
    read; ``questions``: all that could have been read, by how the form says it; ``ways``: the channels to choose the
    preferred one of; ``per_week``: so many at most; ``promotion``: it promotes something."""

    key: str
    title: str
    text: str
    refusable: bool
    asked: tuple[str, Question]
    questions: dict[str, Question]
    boxes: list[Box]
    ways: list[tuple[str, str]]
    preferred: str
    promotion: bool
    per_week: int | None


class Choosing(Visit):
    """The holder of a link. Raises Http404 when the person it speaks of is gone."""

    def __init__(self, request: HttpRequest, token: str, link: Link):
        self.token, self.link = token, link
        self.customer_id = customers.customers_of({link.profile_id}).get(link.profile_id, 0)
        if not self.customer_id:
            raise Http404
        self.preferences: Preferences = consent.preferences([self.customer_id])[self.customer_id]
        known = self.preferences.language or customers.by_ids({self.customer_id})[self.customer_id].language
        super().__init__(request, None, known)
        self.brand = sending.brand_of(link.dispatch) or self.brand
        if request.GET.get("language") in LANGUAGES:  # switched on the page, which keeps nothing of it
            self.language = request.GET["language"]

    @property
    def sent_to(self) -> Address | None:
        """The address to which the link was sent."""
        return (self.link.address_kind, self.link.address) if self.link.address else None

    def rows(self, now: int | None = None) -> list[Row]:
        """Purposes with what can be ticked. Addresses are those of her deterministic links alone, and masked."""
        profiles = customers.rights(self.link.profile_id)
        held = consent.addresses(profiles, self.sent_to)[:HELD_MOST]
        return [self._row(line) for line in consent.lines(self.customer_id, held, now or clock.now())]

    def _row(self, line: Line) -> Row:
        preferred = self.preferences.channels.get(line.key, "")
        ways = dict.fromkeys([*(cell.channel for cell in line.cells), preferred])
        return Row(
            line.key,
            texts.text(line.names, self.language),
            texts.text(line.descriptions, self.language),
            line.refusable,
            (_stamp(line.questions[self.language]), line.questions[self.language]),
            {_stamp(question): question for question in line.questions.values()},
            [self._box(line.key, cell) for cell in line.cells] if line.refusable else [],
            [(way, channel(way)) for way in ways if way],
            preferred,
            line.purpose_class == "marketing",
            self.preferences.per_week.get(line.key),
        )

    def _box(self, purpose: str, cell: Cell) -> Box:
        name = signing.digest(settings.SECRET_KEY, "preference box", f"{purpose}|{cell.name}")[:20]
        where = addresses.mask(cell.address_kind, cell.address) if cell.address_kind in MASKED else ""
        return Box(name, cell, channel(cell.channel), where, reason(cell.standing))


def _stamp(question: Question) -> str:
    said = f"{question.language}|{question.version}|{question.text}"
    return signing.digest(settings.SECRET_KEY, "preference question", said)[:20]
