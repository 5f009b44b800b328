"""What the rights room says to people."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rondpoint.hub.models import Erasure, Hold
from rondpoint.hub.rights import retention
from rondpoint.lib import clock
from rondpoint.ui import times

_REMOVED: dict[str, Callable[[], str]] = {
    "profiles": lambda: _("profiles"),
    "identifiers": lambda: _("addresses and numbers"),
    "links": lambda: _("links between profiles"),
    "trait_names": lambda: _("names of traits"),
    "conversations": lambda: _("conversations"),
    "conversations.shared": lambda: _("conversations with others she was taken out of"),
    "messages": lambda: _("messages"),
    "messages.quoting": lambda: _("messages of others that quoted her"),
    "files": lambda: _("files in messages"),
    "notes": lambda: _("notes"),
    "promises": lambda: _("promises"),
    "sessions": lambda: _("devices she chatted on"),
    "links.to_go_on": lambda: _("links and codes to go on"),
    "dispatches.cancelled": lambda: _("messages to her that were stopped"),
    "dispatches": lambda: _("messages as they were sent"),
    "decisions": lambda: _("decisions about sending"),
    "segments": lambda: _("memberships of segments"),
    "known_traits": lambda: _("values of traits"),
    "consents": lambda: _("words about consent"),
    "kept.refusals": lambda: _("refusals kept as hashes"),
    "deliveries": lambda: _("raw deliveries"),
    "calls": lambda: _("calls of sources"),
    "calls.refused": lambda: _("calls that were refused"),
    "audit.cleared": lambda: _("entries of the audit log cleared of her data"),
    "answers": lambda: _("kept answers of the API"),
    "searches": lambda: _("searches of colleagues"),
    "events": lambda: _("events"),
    "lake": lambda: _("events in the lake"),
    "imports": lambda: _("files that were brought in"),
    "refused_rows": lambda: _("refused rows of imports"),
    "unwritten": lambda: _("rows that could not be written back"),
    "exports": lambda: _("files that were taken out"),
    "webhooks": lambda: _("records of webhooks"),
    "outbox": lambda: _("mails in the outbox"),
    "contents": lambda: _("stored files"),
    "demo": lambda: _("items of the demo phone"),
}


def removed(row: Erasure) -> list[tuple[str, int]]:
    """What an erasure removed, in words, with how many of each."""
    return [(_REMOVED[name]() if name in _REMOVED else name, count) for name, count in sorted(row.counts.items())]


# What erasers and their worker say that it waits for, as it is stored.
_WAITING = (
    gettext_noop("HOME/secret is another one than when it began: put the old one back"),
    gettext_noop("a backup is open, or a file of hers was saved once more a moment ago"),
    gettext_noop("somebody reads what the write-ahead log still holds"),
    gettext_noop("something is under way to her this moment"),
    gettext_noop("the log has more"),
)


def waiting(said: str) -> str:
    """For what an erasure waits, in the reader's language; names and errors in it stay as they are."""
    for known in _WAITING:
        said = said.replace(known, _(known))
    return said


def kind(name: str) -> str:
    """A kind of request."""
    return {
        "access": _("Access"),
        "rectification": _("Rectification"),
        "erasure": _("Erasure"),
        "objection": _("Objection"),
    }[name]


def kinds() -> list[tuple[str, str]]:
    """The kinds, each with what it means."""
    return [
        ("access", _("Access: a copy of all that we know")),
        ("rectification", _("Rectification: something about her is wrong")),
        ("erasure", _("Erasure: to be forgotten")),
        ("objection", _("Objection: no more promotions and profiling")),
    ]


def channels() -> list[tuple[str, str]]:
    """How somebody may ask."""
    return [
        ("email", _("by e-mail")),
        ("phone", _("by phone")),
        ("letter", _("by letter")),
        ("counter", _("in person")),
        ("own_page", _("on her own page")),
        ("other", _("otherwise")),
    ]


def laws() -> list[tuple[str, str]]:
    """By which law an answer is due."""
    return [("gdpr", _("GDPR: one month")), ("law25", _("Québec, Law 25: 30 days"))]


def ground(law: str) -> str:
    """Why an erasure may wait, as she is told; nothing about whose claims and which."""
    if law == "law25":
        return _(
            "What legal proceedings need may be kept until they end. Nothing is sent to you meanwhile."
        )
    return _(
        "What legal claims need may be kept until they are settled (GDPR, article 17(3)(e)). "
        "Nothing is sent to you meanwhile."
    )


def held(row: Hold, person: str, segment: str) -> str:
    """What a hold is about. ``person``, ``segment``: what they are called by now."""
    if row.customer:
        return person or _("a customer who is gone")
    if row.segment:
        return _("Everybody in the segment %(name)s") % {"name": segment or "?"}
    kind = retention.kind(row.kind)
    days = {"first": _dated(row.since or 0), "last": _dated((row.till or 0) - clock.HOUR)}
    return _("%(kind)s: from %(first)s to %(last)s") % {"kind": kind.label() if kind else row.kind, **days}


def _dated(microseconds: int) -> str:
    return times.dated(times.local(microseconds).date(), "d MMMM y", times.language())


def reasons() -> list[tuple[str, str]]:
    """Why somebody is forgotten."""
    return [
        ("asked", _("she asked for it")),
        ("unlawful", _("we should not have had this data")),
        ("retention", _("it is no longer needed")),
        ("other", _("another reason")),
    ]


def invalid(field: str, said: str) -> str:
    """What is wrong, in the reader's language."""
    return {
        "proof": _("Say how it was proved that it is she: nothing is handed out without it."),
        "extended": _(
            "It cannot be extended, or the reason is missing: say why, as she is told within the first month."
        ),
        "answer": _("Say why it is refused, as she is told, with her right to complain."),
        "state": _("It was answered already."),
        "customer": _("There is nobody to forget: she was merged, or forgotten already."),
        "held": _("No hold is over her: forget her."),
        "kind": _("Choose what is asked for."),
        "channel": _("Choose how she asked."),
        "law": _("Choose the law."),
        "reason": _("Choose a reason."),
    }.get(field, said)
