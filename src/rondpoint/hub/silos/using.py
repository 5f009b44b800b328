"""What colleagues used lately, by the audit log and the messages they wrote: counted in the tables of an audit, so that
what two of a team looked at counts once."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from django.db.models import Count, Max
from msgspec import Struct

from rondpoint.accounts.models import AuditEntry, User
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers.models import Customer
from rondpoint.hub.silos.types import LATELY_DAYS
from rondpoint.hub.silos.whole import Whole
from rondpoint.lib import clock

LATELY = LATELY_DAYS * clock.DAY
PORTION = 5000
# What actions of the audit log are counted as, in the order in which they are told.
KINDS = {
    "conversation.seen": "seen", "customer.seen": "customers", "segment.seen": "segments",
    "segment.defined": "segments_edited", "segment.changed": "segments_edited", "segment.archived": "segments_edited",
    "export.fetched": "exports", "customer.exported": "exports", "rights.access.fetched": "access",
}  # fmt: skip
OPENED = ("conversation.seen", "customer.seen")  # either shows a customer
LOOKED = {"colleague": pa.int64(), "kind": pa.string(), "target": pa.string(), "at": pa.int64()}
WROTE = {"colleague": pa.int64(), "channel": pa.string(), "number": pa.int64(), "at": pa.int64()}


class Usage(Struct):
    """What some colleagues used: ``counts`` of messages by channel and of things by :data:`KINDS`, ``sources``: of the
    customers they opened those whom each source knows; ``last``: when they did any of it."""

    counts: dict[str, int]
    sources: dict[str, int]
    last: int = 0


def used(whole: Whole, groups: Mapping[str, Sequence[User]], now: int) -> dict[str, Usage]:
    """By the name of each group what its members used."""
    members = [(name, user.id) for name, users in groups.items() for user in users]
    whole.give("members", {"name": pa.string(), "colleague": pa.int64()}, members)
    looked = list(_looked(now))
    whole.give("looked", LOOKED, [(colleague, KINDS[action], target, at) for colleague, action, target, at in looked])
    opened = {(colleague, target) for colleague, action, target, _ in looked if action in OPENED}
    whole.give("opened", {"colleague": pa.int64(), "profile": pa.int64()}, list(_whom(opened)))
    whole.give("wrote", WROTE, list(_wrote(now)))
    found = {name: Usage({}, {}) for name in groups}
    for name, channel, number, last in whole.ask("""
        SELECT m.name, w.channel, sum(w.number)::BIGINT AS number, max(w.at) FROM wrote w
        JOIN members m ON m.colleague = w.colleague GROUP BY m.name, w.channel ORDER BY number DESC, w.channel
    """):
        found[name].counts[channel] = number
        found[name].last = max(found[name].last, last)
    things: dict[str, dict[str, int]] = {name: {} for name in groups}
    for name, kind, number, last in whole.ask("""
        SELECT m.name, l.kind, count(DISTINCT l.target), max(l.at) FROM looked l
        JOIN members m ON m.colleague = l.colleague GROUP BY m.name, l.kind
    """):
        things[name][kind] = number
        found[name].last = max(found[name].last, last)
    for name, number in whole.ask("""
        SELECT m.name, count(DISTINCT p.customer) FROM opened o
        JOIN members m ON m.colleague = o.colleague JOIN people p ON p.profile = o.profile GROUP BY m.name
    """):
        things[name]["customers"] = number
    for name, each in things.items():
        found[name].counts |= {kind: each[kind] for kind in dict.fromkeys(KINDS.values()) if kind in each}
    for name, source, number in whole.ask("""
        SELECT m.name, k.source, count(DISTINCT p.customer) AS number FROM opened o
        JOIN members m ON m.colleague = o.colleague JOIN people p ON p.profile = o.profile
        JOIN knows k ON k.customer = p.customer GROUP BY m.name, k.source ORDER BY number DESC, k.source
    """):
        found[name].sources[source] = number
    return found


def _looked(now: int) -> Iterator[tuple[int, str, str, int]]:
    """Each colleague, what she did, to what, and when last."""
    numbers = dict(User.objects.values_list("email", "id"))
    rows = AuditEntry.objects.filter(action__in=KINDS, at__gt=now - LATELY).values_list("actor", "action", "target")
    for actor, action, target, last in rows.annotate(last=Max("at")).order_by():
        if actor in numbers:
            yield numbers[actor], action, target.rpartition(":")[2], last


def _wrote(now: int) -> list[tuple[Any, ...]]:
    rows = Message.objects.filter(direction="out", user__isnull=False, at__gt=now - LATELY).order_by()
    return list(rows.values_list("user_id", "channel").annotate(number=Count("id"), last=Max("at")))


def _whom(opened: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Each colleague with a profile of whom she opened: a conversation and a customer have public ids of their own."""
    by_target: dict[str, set[int]] = {}
    for colleague, target in opened:
        by_target.setdefault(target, set()).add(colleague)
    targets = list(by_target)
    for start in range(0, len(targets), PORTION):
        wanted = [each for each in map(_public, targets[start : start + PORTION]) if each is not None]
        for model, column in ((Conversation, "customer_id"), (Customer, "id")):
            rows = model._default_manager.filter(public_id__in=wanted).values_list("public_id", column)
            for public_id, profile in rows:
                for colleague in by_target[str(public_id)]:
                    yield colleague, profile


def _public(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
