"""Why something was sent or not: each step of the gate in a sentence."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.conversations.models import Conversation
from rondpoint.conversations.queries.listing import decisions_of
from rondpoint.conversations.queries.reasons import explain, ground
from rondpoint.lib import addresses
from rondpoint.sending.models import Decision
from rondpoint.sending.types import Verdict, promotes

PAGE = 50
PUT_OFF = ("hours",)  # to another time of day, and not by seconds: until then one does not say that it is sent


class Step(Struct, frozen=True):
    """One question of the gate and its answer. ``result``: pass | refuse | defer."""

    question: str
    result: str
    answer: str = ""


class Why(Struct, frozen=True):
    """A decision as people read it."""

    decision: Decision
    sentence: str
    steps: list[Step]
    address: str


def of_dispatch(dispatch_id: int) -> Why | None:
    """Why a message was sent, or why it did not leave after all: the gate's last word on it."""
    row = Decision.objects.select_related("dispatch").filter(dispatch_id=dispatch_id).order_by("id").last()
    return read(row) if row else None


def of_conversation(conversation: Conversation, before: int | None = None, limit: int = PAGE) -> list[Why]:
    """All decisions about a conversation, the newest first; ``before``: a decision's id."""
    rows = Decision.objects.select_related("dispatch").filter(decisions_of(conversation))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [read(row) for row in rows.order_by("-id")[:limit]]


def read(row: Decision) -> Why:
    """A decision in sentences."""
    return Why(row, _sentence(row), steps(row.steps), _shown(row))


def steps(notes: Iterable[dict]) -> list[Step]:
    """The steps of the gate in words, as a decision keeps them."""
    return [
        Step(
            question(note.get("step", "")),
            note.get("result", ""),
            _answer(note),
        )
        for note in notes
    ]


def _answer(note: dict) -> str:
    if note.get("reason"):
        return explain(note["reason"], note.get("step", ""), note.get("rule", ""))
    found = ground(note)
    return f"{found[0].upper()}{found[1:]}." if found else ""


def sentence(verdict: Verdict, promotion: bool) -> str:
    """What the gate would say, of something that nobody sends; ``promotion``: it promotes something."""
    if verdict.verdict == "refuse":
        return _("It would not be sent. %(reason)s") % {"reason": explain(verdict.reason, verdict.step, verdict.detail)}
    if verdict.verdict == "defer":
        return _("It would be sent later. %(reason)s") % {"reason": explain(verdict.reason, verdict.step)}
    if not promotion:
        return _("It would be sent: it is no promotion, and nothing speaks against it.")
    rests = _ground(verdict.notes)
    if not rests:
        return _("It would be sent: nothing speaks against it.")
    return _("It would be sent: %(ground)s, and nothing speaks against it.") % {"ground": rests}


def question(step: str) -> str:
    """What a step of the gate asks."""
    questions = {
        "idempotency": _("Is it asked for the first time?"),
        "alive": _("Is the person known and the channel connected?"),
        "suppression": _("May this address be written to?"),
        "consent": _("Did she agree to it, or is it allowed without?"),
        "relevant": _("Does it still make sense?"),
        "tact": _("Is no complaint of hers open?"),
        "hold_out": _("Is she outside the group that gets no promotions?"),
        "priority": _("Does nothing more important wait for her?"),
        "caps": _("Does she not get too many already?"),
        "preferences": _("Is it as she wants it?"),
        "hours": _("Is it a right time of day where she is?"),
        "duplicate": _("Did she not get the same words lately?"),
        "reachable": _("Is the address one that this channel reaches?"),
        "window": _("Does the channel let us write now?"),
        "limits": _("Can the channel carry this message?"),
        "rate": _("Is it not too much at once?"),
    }
    return questions.get(step, step.replace("_", " "))


def _sentence(row: Decision) -> str:
    if row.verdict == "refuse":
        return _("Not sent. %(reason)s") % {"reason": explain(row.reason, row.step, row.detail)}
    if row.dispatch is not None and row.dispatch.state == "cancelled":
        return _("It was allowed, and taken back before it left.")
    if row.verdict == "defer":
        if row.dispatch is not None and row.dispatch.state == "queued" and row.step in PUT_OFF:
            return _("Put off. %(reason)s") % {"reason": explain(row.reason, row.step)}
        return _("Sent a little later. %(reason)s") % {"reason": explain(row.reason, row.step)}
    if row.dispatch.promotion if row.dispatch is not None else promotes(row.purpose, None):
        rests = _ground(row.steps)
        if not rests:
            return _("Sent: nothing spoke against it.")
        return _("Sent: %(ground)s, and nothing spoke against it.") % {"ground": rests}
    return _("Sent: it answers her, and nothing spoke against it.")


def _ground(notes: Iterable[dict]) -> str:
    """What a promotion rests on, out of the steps of its decision; empty for decisions of before this was kept."""
    return next((found for note in notes if (found := ground(note))), "")


def _shown(row: Decision) -> str:
    if row.address_kind == "phone":
        return addresses.show_phone(row.address)
    return "" if row.address_kind == "chat" else row.address
