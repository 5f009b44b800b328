"""Saying that two are not one: un-merge, which closes the links across one cut and nothing else, and two people."""

from django.db.models import Q

from rondpoint.customers.actions.holding import hold
from rondpoint.customers.actions.linking import between, forbidding, hand_over, refresh
from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import CannotLink, Customer, Link, Profile
from rondpoint.customers.rules import graph
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write


def unmerge(link: Link, by: str, now: int | None = None) -> tuple[int, int]:
    """Undoes a link: the customer comes apart where the oldest other links leave it.

    Every link across the cut closes and its two profiles may not be linked again by evidence. The side with the oldest
    profile keeps the customer's id; the other regains the id it had (that of its own oldest profile). Returns both
    ids, the kept one first. Raises ValueError when the link is not open.
    """
    now = now or clock.now()
    with write():
        link = lock_row(Link.objects.filter(id=link.id)).get()
        if link.opened is None or link.closed is not None:
            raise ValueError("this link is not open")
        (customer_id,) = hold([Profile.objects.get(id=link.left_id)])
        profiles, links = members(customer_id)
        left, right, closing = graph.cut(profiles, links, link.id)
        across = [(id_, a, b) for id_, a, b in links if id_ in closing]
        Link.objects.filter(id__in=closing).update(closed=now)
        pairs = {(a, b) for _, a, b in across}
        CannotLink.objects.bulk_create([CannotLink(left_id=a, right_id=b, created=now) for a, b in sorted(pairs)])
        leaving = left if min(right) < min(left) else right
        new_id = min(leaving)
        Customer.objects.filter(id=new_id).update(merged_into=None)
        Customer.objects.filter(id__in=leaving - {new_id}).update(merged_into_id=new_id)
        hand_over(dict.fromkeys(sorted(leaving), new_id), now)
        refresh(customer_id)
        refresh(new_id)
        words_changed([customer_id, new_id])
        events.record(
            [
                Fact(
                    profile_id=link.left_id,
                    type="customer.unlinked",
                    occurred=now,
                    source="customers",
                    message_id=f"unlink:{link.id}:{now}",
                    properties={
                        "link_id": link.id,
                        "customers": [customer_id, new_id],
                        "profiles": sorted(left | right),
                        "by": by,
                    },
                )
            ]
        )
    return customer_id, new_id


def separate(left_customer_id: int, right_customer_id: int, by: str, now: int | None = None) -> int:
    """Notes that two customers are two people: evidence will neither join nor suggest them. Returns the moment of the
    answer, by which ``reconsider`` takes it back. Raises ValueError when they are one."""
    now = now or clock.now()
    with write():
        if left_customer_id == right_customer_id:
            raise ValueError("these are one customer")
        for link in between(left_customer_id, right_customer_id).filter(opened=None, closed=None):
            link.closed, link.evidence = now, {**link.evidence, "dismissed_by": by}
            link.save(update_fields=["closed", "evidence"])
        if not forbidding(left_customer_id, right_customer_id).exists():
            CannotLink.objects.create(left_id=left_customer_id, right_id=right_customer_id, created=now)
    return now


def reconsider(left_customer_id: int, right_customer_id: int, at: int, now: int | None = None) -> bool:
    """Takes back the answer "two people" given at a moment; whether there was one to take back."""
    now = now or clock.now()
    with write():
        taken = forbidding(left_customer_id, right_customer_id).filter(created=at).update(closed=now)
        for link in between(left_customer_id, right_customer_id).filter(opened=None, closed=at):
            link.evidence = {key: value for key, value in link.evidence.items() if key != "dismissed_by"}
            link.closed = None
            link.save(update_fields=["closed", "evidence"])
            taken += 1
    return taken > 0


def members(customer_id: int) -> tuple[list[int], list[tuple[int, int, int]]]:
    """A customer's profiles, and its open links (id, left, right) oldest first."""
    profiles = list(Profile.objects.filter(customer_id=customer_id).order_by("id").values_list("id", flat=True))
    links = Link.objects.filter(
        Q(left__customer_id=customer_id) | Q(right__customer_id=customer_id), opened__isnull=False, closed=None
    )
    return profiles, list(links.order_by("opened", "id").values_list("id", "left_id", "right_id"))
