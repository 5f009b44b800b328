"""How long each kind of data is kept. Nothing goes before somebody says so, but what always went by itself."""

import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.models import AuditEntry
from rondpoint.channels.models import Delivery
from rondpoint.conversations.actions.removing import remove as remove_conversations
from rondpoint.conversations.models import Conversation
from rondpoint.customers.actions import subject_of
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events import erasing as facts
from rondpoint.events.models import Event, EventType
from rondpoint.hub.models import Hold, RetentionRule
from rondpoint.hub.rights import held, inactive, ledger
from rondpoint.hub.rights.inactive import FOREVER
from rondpoint.hub.rights.types import Invalid
from rondpoint.jobs import children, erasing
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write
from rondpoint.sending.models import Decision, Dispatch

LEAST, MOST = 7, 36_500  # days
PORTION, FEW = 500, 50  # rows removed in one transaction, and people
TURN = 20.0  # seconds of work in one round
LAKE_SECONDS = 3600.0
FACTS = "events:"
ERASED_WITH_VISITORS = ("conversations", "sending", "segments", "consent", "events", "customers")


class Kind(Struct, frozen=True):
    """A kind of data. ``old(before)``: the rows that are older than a moment; ``remove(keys)``: inside ``write()``;
    ``least``: days; ``portion``: how many rows may go in one transaction now. For people also ``still(keys, before)``,
    inside the same ``write()``: those of whom it holds yet; ``after``: behind it; ``examples(rows)``: some of them."""

    name: str
    label: Callable[[], str]
    meaning: Callable[[], str]
    old: Callable[[int], "QuerySet"]
    remove: Callable[[list[int]], None]
    least: int = LEAST
    portion: Callable[[], int] = lambda: PORTION
    still: Callable[[list[int], int], list[int]] = lambda keys, _before: keys
    after: Callable[[], None] = lambda: None
    examples: Callable[["QuerySet"], list[Customer]] = lambda _rows: []


class Line(Struct, frozen=True):
    """A kind with the rule there is, and what it means now. ``count``: rows older than that; ``soon``: and those that
    follow within 30 days; ``kept``: rows that holds keep from it; ``tried``: somebody only considers these days;
    ``examples``: then, people it would be."""

    kind: Kind
    days: int | None
    active: bool
    count: int
    soon: int
    total: int
    removed: int
    ran: int | None
    tried: bool = False
    examples: list[Customer] = []
    kept: int = 0
    by_hold: list[tuple[Hold, int]] = []


class Preview(Struct, frozen=True):
    """What a number of days would mean: how many rows are older and go, how many more will within 30 days, and, where
    they are people, some of them. ``kept``: rows that are as old and that holds keep; ``by_hold``: how many each."""

    count: int
    soon: int
    examples: list[Customer]
    kept: int = 0
    by_hold: list[tuple[Hold, int]] = []


def _empty_deliveries(numbers: list[int]) -> None:
    Delivery.objects.filter(id__in=numbers).update(body=b"", body_sha256="", meta={}, error="")


def _delete_conversations(numbers: list[int]) -> None:
    nobody = erasing.Subject(0, [], [], [], [], [])
    remove_conversations(numbers, nobody)


def _delete_dispatches(numbers: list[int]) -> None:
    Dispatch.objects.filter(id__in=numbers).delete()


def _forget_visitors(numbers: list[int]) -> None:
    """People without an address, with all that is known of their devices."""
    profiles = list(Profile.objects.filter(customer_id__in=numbers).values_list("id", flat=True))
    subject = subject_of(profiles, clock.now())
    by_name = {eraser.name: eraser for eraser in erasing.every()}
    for name in ERASED_WITH_VISITORS:
        at_once = by_name[name].at_once
        if at_once is not None:
            at_once(subject)
    while facts.at_once(subject):
        pass


def _visitors(before: int) -> "QuerySet[Customer, Customer]":
    addressed = Identifier.objects.filter(profile__customer_id=OuterRef("id")).exclude(kind="anonymous")
    return Customer.objects.filter(~Exists(addressed), merged_into=None, last_seen__lt=before)


def _by_number(delete: type) -> Callable[[list[int]], None]:
    def remove(numbers: list[int]) -> None:
        delete.objects.filter(pk__in=numbers).delete()

    return remove


def _kinds() -> tuple[Kind, ...]:
    return (
        Kind(
            "deliveries", lambda: _("What came in, raw"),
            lambda: _("Mails, texts and calls of providers exactly as they came. The messages they became stay."),
            lambda before: Delivery.objects.filter(state="done", received__lt=before).exclude(body=b"", body_sha256=""),
            _empty_deliveries,
        ),
        Kind(
            "conversations", lambda: _("Closed conversations"),
            lambda: _("With their messages, files and notes, counted from the day they were closed."),
            lambda before: Conversation.objects.filter(state="closed", closed__lt=before, merged_into=None),
            _delete_conversations,
        ),
        Kind(
            "visitors", lambda: _("Visitors without an address"),
            lambda: _("Devices that nobody gave an address for, counted from their last visit."),
            _visitors, _forget_visitors, portion=lambda: FEW,
        ),
        Kind(
            "customers", lambda: _("Customers not heard of"),
            lambda: _("People with an address who did nothing: no message, order, visit, sign-in or word of consent. "
                      "Each is forgotten with a receipt. The CNIL names three years: 1095 days."),
            inactive.inactive, inactive.forget, least=inactive.LEAST, portion=inactive.portion, still=inactive.still,
            after=ledger.keep_beside, examples=inactive.examples,
        ),
        Kind(
            "dispatches", lambda: _("Messages that were sent, as they left"),
            lambda: _("What providers were given, with the receipts. The messages in conversations stay."),
            lambda before: Dispatch.objects.filter(created__lt=before).exclude(state="queued"),
            _delete_dispatches,
        ),
        Kind(
            "decisions", lambda: _("Decisions about sending"),
            lambda: _("Why something was or was not sent. Without them nobody can say so any more."),
            lambda before: Decision.objects.filter(at__lt=before), _by_number(Decision),
        ),
        Kind(
            "audit", lambda: _("Audit log"),
            lambda: _("Who did what. Many rules ask to keep it for a year or longer."),
            lambda before: AuditEntry.objects.filter(at__lt=before), _by_number(AuditEntry),
        ),
        Kind(
            "events", lambda: _("Events of every type"),
            lambda: _("What happened, in the database and in the lake; figures over that time go with it."),
            lambda before: Event.objects.filter(occurred__lt=before), _by_number(Event),
        ),
    )  # fmt: skip


KINDS = {kind.name: kind for kind in _kinds()}


def kind(name: str) -> Kind | None:
    """A kind by its name; ``events:Page Viewed``: facts of one type."""
    if not name.startswith(FACTS):
        return KINDS.get(name)
    type_ = name.removeprefix(FACTS)
    if not EventType.objects.filter(name=type_).exists():
        return None
    return Kind(
        name, lambda: type_, lambda: "", lambda before: Event.objects.filter(type=type_, occurred__lt=before),
        _by_number(Event),
    )  # fmt: skip


def change(name: str, days: int | None, active: bool, by: str) -> RetentionRule | None:
    """Says for how many days a kind is kept, or takes the rule away. Raises Invalid."""
    found = kind(name)
    if found is None:
        raise Invalid("kind", _("There is no such kind of data."))
    if days is None:
        with write():
            gone, _rows = RetentionRule.objects.filter(kind=name).delete()
            if gone:
                accounts.audit(by, "retention.removed", name)
        return None
    _check(found, days)
    with write():
        said = {"days": days, "active": active, "by": by[:200], "changed": clock.now()}
        row, _made = RetentionRule.objects.update_or_create(kind=name, defaults=said)
        accounts.audit(by, "retention.changed", name, {"days": days, "active": active})
    return row


def preview(name: str, days: int, now: int | None = None) -> Preview:
    """What so many days would mean. Raises Invalid."""
    found = kind(name)
    if found is None:
        raise Invalid("kind", _("There is no such kind of data."))
    _check(found, days)
    now = now or clock.now()
    before, holds = now - days * clock.DAY, held.live(now)
    old = found.old(before)
    going = held.free(name, old, holds)
    count = going.count()
    soon = held.free(name, found.old(before + 30 * clock.DAY), holds).count() - count
    by_hold = [(hold, kept) for hold in holds if (kept := old.filter(held.of(name, hold)).count())]
    kept = old.count() - count if by_hold else 0
    return Preview(count, soon, found.examples(going), kept, by_hold)


def _check(found: Kind, days: int) -> None:
    if not found.least <= days <= MOST:
        raise Invalid("days", _("Choose between %(least)s and %(most)s days.") % {"least": found.least, "most": MOST})


def rules() -> list[tuple[str, RetentionRule | None]]:
    """All kinds by name, each with its rule where there is one."""
    rows = {row.kind: row for row in RetentionRule.objects.all()}
    return [(name, rows.get(name)) for name in [*KINDS, *sorted(rows.keys() - KINDS.keys())]]


def lines(tried: dict[str, int] | None = None) -> list[Line]:
    """All kinds with their rules. ``tried``: days that somebody considers, by kind, in the place of the rule's."""
    rules = {row.kind: row for row in RetentionRule.objects.all()}
    tried = tried or {}
    names = [*KINDS, *sorted(name for name in rules.keys() | tried.keys() if name.startswith(FACTS))]
    return [_line(this, rules.get(this.name), tried.get(this.name)) for name in names if (this := kind(name))]


def _line(this: Kind, row: RetentionRule | None, tried: int | None) -> Line:
    days = tried or (row.days if row else None)
    found = preview(this.name, days) if days else Preview(0, 0, [])
    removed, ran = (row.removed, row.ran) if row else (0, None)
    return Line(
        this, days, bool(row and row.active), found.count, found.soon, this.old(FOREVER).count(), removed, ran,
        bool(tried), found.examples if tried else [], found.kept, found.by_hold,
    )  # fmt: skip


def work_off(now: int | None = None, seconds: float = TURN) -> int:
    """Removes what is too old by the rules that are on and not held, in portions; how many rows. Run again and again
    by a worker.

    Facts once a day, since the lake is written anew without them."""
    now, until, gone = now or clock.now(), time.monotonic() + seconds, 0
    daily: list[tuple[RetentionRule, bool, int]] = []
    for row in RetentionRule.objects.filter(active=True).order_by("ran", "id"):
        about_facts = row.kind.startswith("events")
        found = kind(row.kind)
        if found is None or (about_facts and (row.ran or 0) > now - clock.DAY):
            continue
        removed, ended = _work_off(row, found, now, until)
        gone += removed
        if about_facts:
            daily.append((row, ended, removed))
        elif ended:
            _ran([row], now)
    if daily and all(ended for _, ended, _ in daily):
        rows = [row for row, _, _ in daily]
        if RetentionRule.objects.filter(id__in=[row.pk for row in rows], removed__gt=0).exists():
            children.run("rondpoint.events.lake:write_anew", {"lake": str(settings.ENVIRONMENT.lake)}, LAKE_SECONDS)
        _ran(rows, now)
    return gone


def _work_off(row: RetentionRule, found: Kind, now: int, until: float) -> tuple[int, bool]:
    """How many rows of a kind were removed, and whether none is left."""
    gone, before = 0, now - row.days * clock.DAY
    while time.monotonic() < until:
        size = found.portion()
        if not size:
            break
        free = held.free(row.kind, found.old(before), held.live(now))
        keys = list(free.order_by("pk").values_list("pk", flat=True)[:size])
        if not keys:
            return gone, True
        with write():
            rule = RetentionRule.objects.filter(id=row.pk, active=True, days=row.days)
            if lock_row(rule).first() is None:
                return gone, True  # somebody changed her mind meanwhile
            keys = _still(found, keys, before, now)
            rule.update(removed=F("removed") + len(keys))
            found.remove(keys)
        found.after()
        gone += len(keys)
    return gone, False


def _still(found: Kind, keys: list[int], before: int, now: int) -> list[int]:
    """Of what was chosen, what nobody has come to hold meanwhile, inside ``write()``."""
    keys, holds = found.still(keys, before), held.live(now)
    if not holds:
        return keys
    return list(held.free(found.name, found.old(before).filter(pk__in=keys), holds).values_list("pk", flat=True))


def _ran(rows: list[RetentionRule], now: int) -> None:
    with write():
        RetentionRule.objects.filter(id__in=[row.pk for row in rows]).update(ran=now)
