"""Pairs that are likely to be one person become suggestions, or links where the owner allows it."""

from collections.abc import Collection, Sequence
from itertools import chain

from django.db.models import Q, QuerySet
from msgspec import Struct

from rondpoint.customers import speaking
from rondpoint.customers.actions import linking
from rondpoint.customers.matching.models import MatchChoice
from rondpoint.customers.matching.rules.scoring import Score, namesakes
from rondpoint.customers.matching.words import RULE, evidence
from rondpoint.customers.models import CannotLink, Link, Profile
from rondpoint.customers.types import LinkKind
from rondpoint.lib import bulk
from rondpoint.lib.db import write

PORTION = 200  # pairs in one transaction
MOST_WAITING = 5000
"""Suggestions that wait at once; more than that nobody reads. The others come when these are answered."""

Pair = tuple[int, int]


class Likely(Struct, frozen=True):
    """Two profiles that are likely to be one person."""

    left: int
    right: int
    score: Score


class Noted(Struct):
    """How many pairs became suggestions, and how many links."""

    suggested: int = 0
    opened: int = 0


def note(found: Sequence[Likely], choice: MatchChoice, now: int) -> Noted:
    """Suggests pairs, the first ones first, and opens those that the owner lets open by themselves.

    A pair is left out when its customers are one already, somebody separated them, something between these profiles was
    suggested or linked at any time, or something between these customers waits. A link opens by itself only between
    profiles that more than a claim vouches for, and within the limits of one person.
    """
    noted = Noted()
    room = MOST_WAITING - waiting()
    for start in range(0, len(found), PORTION):
        part = found[start : start + PORTION]
        with write():
            new = _new(part)
            open_ = _opening(new, choice)
            for each, (left, right) in open_:
                left.refresh_from_db(fields=["customer"])
                right.refresh_from_db(fields=["customer"])
                link = linking.connect(
                    left, right, RULE, evidence(each.score), now, LinkKind.PROBABLE, each.score.probability
                )
                noted.opened += link is not None
            opening = {id(each) for each, _ in open_}
            suggested = [each for each, _ in new if id(each) not in opening][: max(0, room)]
            bulk.insert([_suggestion(each, now) for each in suggested])
            noted.suggested += len(suggested)
            room -= len(suggested)
    return noted


def waiting() -> int:
    """How many suggestions by likeness wait for an answer."""
    return _waiting().count()


def renew(profile_id: int, scores: dict[int, Score], least: float) -> None:
    """Brings what waits about a profile in step with its new scores, by the other profile: what is not likely any more
    is taken back."""
    rows = list(_waiting().filter(Q(left_id=profile_id) | Q(right_id=profile_id)))
    if not rows:
        return
    with write():
        for link in rows:
            score = scores.get(link.right_id if link.left_id == profile_id else link.left_id)
            still = _waiting().filter(id=link.id)  # nobody answered meanwhile
            if score is None or score.weight < least:
                still.delete()
            else:
                still.update(score=score.probability, evidence=evidence(score))


def _waiting() -> "QuerySet[Link]":
    return Link.objects.filter(suggested__isnull=False, opened=None, closed=None, rule=RULE)


def _suggestion(each: Likely, now: int) -> Link:
    return Link(
        left_id=each.left, right_id=each.right, kind=LinkKind.PROBABLE, rule=RULE, evidence=evidence(each.score),
        score=each.score.probability, suggested=now,
    )  # fmt: skip


def _new(found: Sequence[Likely]) -> list[tuple[Likely, tuple[Profile, Profile]]]:
    """Those of which nothing is known yet, one for each pair of customers."""
    ids = set(chain.from_iterable((each.left, each.right) for each in found))
    profiles = {row.id: row for row in bulk.fetch(Profile, id=ids)}
    linked = {_pair(row.left_id, row.right_id) for row in bulk.fetch(Link, left_id=ids, right_id=ids)}
    known = _between({row.owner for row in profiles.values()})
    new = []
    for each in found:
        left, right = profiles.get(each.left), profiles.get(each.right)
        if left is None or right is None or left.owner == right.owner:
            continue
        owners = _pair(left.owner, right.owner)
        if owners not in known and _pair(each.left, each.right) not in linked:
            known.add(owners)
            new.append((each, (left, right)))
    return new


def _between(owners: Collection[int]) -> set[Pair]:
    """The pairs of these customers between which something waits, or which somebody separated."""
    among = {"left__customer_id__in": owners, "right__customer_id__in": owners}
    names = ("left__customer_id", "right__customer_id")
    rows = [
        *Link.objects.filter(opened=None, closed=None, **among).values_list(*names),
        *CannotLink.objects.filter(closed=None, **among).values_list(*names),
    ]
    return {_pair(left, right) for left, right in rows}


def _opening(
    new: list[tuple[Likely, tuple[Profile, Profile]]], choice: MatchChoice
) -> list[tuple[Likely, tuple[Profile, Profile]]]:
    least = choice.open_from
    if least is None:
        return []
    sure = [each for each in new if each[0].score.probability >= least and not namesakes(each[0].score)]
    trust = speaking.trusted({row.id for _, both in sure for row in both})
    return [each for each in sure if all(trust.get(row.id, 0) for row in each[1])]


def _pair(left: int, right: int) -> Pair:
    return min(left, right), max(left, right)
