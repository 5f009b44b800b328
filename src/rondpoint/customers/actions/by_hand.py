"""What staff write about a customer by hand.

Staff are a source like any other: what they say stands on a profile of its own beside the customer's oldest one, and a
link keeps the two together. So nothing that another source said is lost, the newest word is shown, and after an
un-merge each side keeps what was written about it.
"""

from typing import Any

from rondpoint.customers import computed, finding, naming, speaking
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.arrive import identify, make_profile
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.rules import golden
from rondpoint.customers.types import BY_HAND, STAFF, Evidence, IdentifierIn, LinkKind
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock, ids
from rondpoint.lib.db import lock_row, write


def edit(customer_id: int, said: dict[str, object], by: str, now: int | None = None) -> list[str]:
    """Writes traits as staff know them; an empty value takes a trait away. What is so already stays untouched.
    Returns the names of those that changed.

    The word stands until the source of a trait says something new, or somebody writes again. Raises ValueError for a
    computed trait, which nobody writes.
    """
    now = now or clock.now()
    if fixed := computed.names(said):
        raise ValueError(f"“{sorted(fixed)[0]}” is worked out of facts and cannot be written by hand")
    with write():
        known = golden.traits(speaking.words([customer_id])[customer_id], speaking.rules())
        changed = {name: value for name, value in said.items() if value != _shown(known, name)}
        if not changed:
            return []
        profile = lock_row(Profile.objects.filter(id=_of_staff(customer_id, by, now).id)).get()
        # A source whose clock is ahead must not make the edit look older than what it corrects.
        at = max([now, *(known[name].at + 1 for name in changed if name in known)])
        words = {name: golden.word(value, at, by, profile.traits.get(name)) for name, value in changed.items()}
        profile.traits = {**profile.traits, **words}
        profile.save(update_fields=["traits"])
        naming.note(changed)
        linking.refresh(customer_id)
        finding.note([profile.id])
        _tell(profile.id, "customer.edited", now, {"traits": sorted(changed), "by": by})
        return list(changed)


def add_address(customer_id: int, kind: str, value: str, by: str, now: int | None = None) -> None:
    """Notes an address, already normalised, that somebody of the staff wrote down. It is a claim and proves nothing:
    it opens no link, and what comes from there lands on its own profile until there is evidence."""
    now = now or clock.now()
    with write():
        profile = _of_staff(customer_id, by, now)
        identify(profile.id, [IdentifierIn(kind, value, Evidence.CLAIMED)], now)
        _tell(profile.id, "customer.edited", now, {"address": value, "by": by})


def remove_address(customer_id: int, kind: str, value: str, by: str, now: int | None = None) -> bool:
    """Takes away an address that was written down by hand, and what it suggested; whether there was one. What other
    sources say of the same address stays."""
    now = now or clock.now()
    with write():
        held = Identifier.objects.filter(
            profile__customer_id=customer_id, profile__source=STAFF, kind=kind, value=value, evidence=Evidence.CLAIMED
        )
        profiles = list(held.values_list("profile_id", flat=True))
        if not profiles:
            return False
        held.delete()
        guesses = Link.objects.filter(opened=None, closed=None, evidence__value=value, evidence__kind=kind)
        guesses.filter(left__in=profiles).delete()
        guesses.filter(right__in=profiles).delete()
        finding.note(profiles)
        _tell(profiles[0], "customer.edited", now, {"removed": value, "by": by})
        return True


def begin(name: str, identifiers: list[IdentifierIn], by: str, language: str = "", now: int | None = None) -> int:
    """A new customer as staff write her down; her id. Her addresses are claims."""
    now = now or clock.now()
    with write():
        profile, _new = make_profile(STAFF, f"new:{ids.uuid7()}", now)
        said = {"name": name, "language": language}
        profile.traits = {key: golden.word(value, now, by) for key, value in said.items() if value}
        profile.save(update_fields=["traits"])
        linking.refresh(profile.id)
        finding.note([profile.id])
        _tell(profile.id, "customer.written", now, {"by": by})
        identify(profile.id, identifiers, now)
        return profile.id


def _of_staff(customer_id: int, by: str, now: int) -> Profile:
    """The profile that keeps what staff say about a customer, made when there is none."""
    founder = Profile.objects.get(id=customer_id)
    if founder.source == STAFF:
        return founder
    known = Profile.objects.filter(source=STAFF, key=str(customer_id)).first()
    if known is not None and known.customer_id == customer_id:
        return known
    # One that somebody separated from her keeps what was said then.
    profile, _new = make_profile(STAFF, f"{customer_id}:{now}" if known else str(customer_id), now)
    Link.objects.create(
        left=founder, right=profile, kind=LinkKind.MANUAL, rule=BY_HAND, evidence={"by": by}, opened=now
    )
    Customer.objects.filter(id=profile.id).update(merged_into_id=customer_id)
    linking.hand_over({profile.id: customer_id}, now)
    return profile


def _shown(known: dict[str, golden.Value], name: str) -> object:
    return known[name].value if name in known else ""


def _tell(profile_id: int, type_: str, now: int, properties: dict[str, Any]) -> None:
    message_id = f"{type_}:{profile_id}:{ids.uuid7()}"
    events.record([Fact(profile_id, type_, now, STAFF, message_id, properties=properties)])
