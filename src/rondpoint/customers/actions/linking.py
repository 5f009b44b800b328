"""Opening links: by evidence, by a person's word, or only to count a device's facts."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet

from rondpoint.customers import speaking
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import CannotLink, Customer, Identifier, Link, Profile
from rondpoint.customers.rules import golden, identity
from rondpoint.customers.types import LinkKind
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

# By profile, the customer it belongs to from now on.
Moves = dict[int, int]
# Higher rooms that keep a customer's id as a cache: fn(moves, now), in the same transaction.
_followers: list[Callable[[Moves, int], None]] = []


def on_change(follower: Callable[[Moves, int], None]) -> None:
    """``follower(moves, now)`` is told, in the same transaction, which profiles changed hands."""
    if follower not in _followers:
        _followers.append(follower)


def merge(left_customer_id: int, right_customer_id: int, by: str, now: int | None = None) -> Link:
    """Joins two customers because a person says so. Ends an earlier separation of the two.

    Raises ValueError when they are one already.
    """
    now = now or clock.now()
    with write():
        left, right = _founder(left_customer_id), _founder(right_customer_id)
        hold([left, right])
        if left.owner == right.owner:
            raise ValueError("these are one customer already")
        forbidding(left.owner, right.owner).update(closed=now)
        return _open(left, right, LinkKind.MANUAL, "manual", {"by": by}, now)


def connect(
    left: Profile,
    right: Profile,
    rule: str,
    evidence: dict[str, Any],
    now: int,
    kind: LinkKind = LinkKind.DETERMINISTIC,
    score: float | None = None,
) -> Link | None:
    """Joins two profiles by strong evidence. None when they are linked so already, or somebody separated them,
    or the customer would hold more than one person can: then it is only suggested."""
    if left.id == right.id:
        return None
    with write():
        hold([left, right])
        known = _between(left.id, right.id).filter(closed=None, opened__isnull=False)
        if kind is LinkKind.DETERMINISTIC:
            known = known.filter(kind=kind)  # an attributed link must not keep real evidence from giving rights
        if known.exists():
            return None
        if left.owner != right.owner:
            if forbidding(left.owner, right.owner).exists():
                return None
            if not _one_person(left.owner, right.owner):
                suggest(left, right, rule, evidence, now, score)
                return None
        return _open(left, right, kind, rule, evidence, now, score)


def attribute(left_id: int, right_id: int, rule: str, now: int, evidence: dict[str, Any] | None = None) -> Link | None:
    """Counts the facts of two profiles together without giving either any right over the other's."""
    with write():
        left, right = Profile.objects.get(id=left_id), Profile.objects.get(id=right_id)
        hold([left, right])
        if left.owner == right.owner:
            return None
        return connect(left, right, rule, evidence or {}, now, LinkKind.ATTRIBUTED)


def suggest(
    left: Profile, right: Profile, rule: str, evidence: dict[str, Any], now: int, score: float | None = None
) -> None:
    """Notes that two profiles may be one person; once per pair, and never again after somebody said no."""
    if left.owner == right.owner or _between(left.id, right.id).exists():
        return
    if forbidding(left.owner, right.owner).exists():
        return
    with write():
        Link.objects.create(
            left=left, right=right, kind=LinkKind.PROBABLE, rule=rule, evidence=evidence, score=score, suggested=now
        )


def hand_over(moves: Moves, now: int) -> None:
    """Writes down to whom profiles belong now, and tells who caches it."""
    bulk.update([Profile(id=number, customer_id=owner) for number, owner in moves.items()], ["customer_id"])
    for follower in _followers:
        follower(moves, now)


def refresh(*customer_ids: int) -> None:
    """Brings the cached names and languages of customers in step with their golden records. Inside ``write()``."""
    rows = []
    for number, said in speaking.words(customer_ids).items():
        name, language = shown(said)
        rows.append(bulk.row(Customer, id=number, name=name, language=language))
    bulk.update(rows, ["name", "language"])


def shown(said: list[golden.Word]) -> tuple[str, str]:
    """The name and the language of a customer of whom this is said, as they are cached."""
    known = golden.traits([golden.Word(each.source, golden.shown(each.traits), each.trust) for each in said],
                          speaking.rules())  # fmt: skip
    language = known.get("language")
    return golden.display_name(known)[:200], str(language.value)[:8] if language else ""


def _open(
    left: Profile, right: Profile, kind: LinkKind, rule: str, evidence: dict[str, Any], now: int,
    score: float | None = None,
) -> Link:  # fmt: skip
    """Opens a link between two profiles whose customers are held."""
    link = Link.objects.create(
        left=left, right=right, kind=kind, rule=rule, evidence=evidence, score=score, opened=now
    )
    _between(left.id, right.id).filter(opened=None, closed=None).update(closed=now)  # the suggestion is answered
    if left.owner != right.owner:
        winner, loser = sorted((left.owner, right.owner))
        moving = list(Profile.objects.filter(customer_id=loser).values_list("id", flat=True))
        Customer.objects.filter(Q(id=loser) | Q(merged_into_id=loser)).update(merged_into_id=winner)
        seen = Customer.objects.get(id=loser).last_seen
        Customer.objects.filter(id=winner, last_seen__lt=seen).update(last_seen=seen)
        hand_over(dict.fromkeys(moving, winner), now)
        refresh(winner)
        left.customer_id = right.customer_id = winner
    words_changed([left.id])  # a stronger link may let a profile speak that was silent before
    tell([link], now)
    return link


def tell(links: list[Link], now: int) -> None:
    """Records that links were opened; their profiles know whose they are."""
    events.record(
        [
            Fact(
                profile_id=link.left_id,
                type="customer.linked",
                occurred=now,
                source="customers",
                message_id=f"link:{link.id}",
                properties={
                    "link_id": link.id,
                    "kind": str(link.kind),
                    "rule": link.rule,
                    "customer_id": link.left.owner,
                    "profiles": [link.left_id, link.right_id],
                },
            )
            for link in links
        ]
    )


def _founder(customer_id: int) -> Profile:
    return Profile.objects.get(id=customer_id)


def _between(left_id: int, right_id: int) -> QuerySet[Link]:
    return Link.objects.filter(Q(left_id=left_id, right_id=right_id) | Q(left_id=right_id, right_id=left_id))


def between(left_customer: int, right_customer: int) -> QuerySet[Link]:
    """Links of any state between the profiles of two customers."""
    return Link.objects.filter(
        Q(left__customer_id=left_customer, right__customer_id=right_customer)
        | Q(left__customer_id=right_customer, right__customer_id=left_customer)
    )


def forbidding(left_customer: int, right_customer: int) -> QuerySet[CannotLink]:
    """What keeps two customers apart."""
    return CannotLink.objects.filter(
        Q(left__customer_id=left_customer, right__customer_id=right_customer)
        | Q(left__customer_id=right_customer, right__customer_id=left_customer),
        closed=None,
    )


def _one_person(*customer_ids: int) -> bool:
    held = Identifier.objects.filter(profile__customer_id__in=customer_ids).values_list("kind", "scope", "value")
    return identity.within_limits(list(held), Profile.objects.filter(customer_id__in=customer_ids).count())
