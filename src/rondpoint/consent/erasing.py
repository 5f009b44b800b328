"""Forgetting what somebody said about being written to, but not that she refused: that is kept as a hash."""

from collections import Counter

from django.db.models import Q

from rondpoint.consent import keeping, purposes
from rondpoint.consent.ledger import Shutting, suppress_many
from rondpoint.consent.models import Agreed, Confirmation, ConsentEntry, Preference
from rondpoint.consent.types import REFUSALS, WAYS, Address
from rondpoint.customers.models import Profile
from rondpoint.customers.rules import postal
from rondpoint.jobs.erasing import Counts, Eraser, Subject
from rondpoint.lib import bulk

PROMOTIONS = ("marketing", "profiling")


def at_once(subject: Subject) -> Counts:
    """Her words, and what holds because of them. What she refused becomes suppressions of her addresses."""
    at = _addresses(subject)
    values = [value for _, value in at]
    keeping.take_turns(at, subject.customers)
    kept = suppress_many(_refused(subject, at), subject.at)
    hers = Q(profile_id__in=subject.profiles) | Q(profile_id=None, address__in=values)
    entries = list(ConsentEntry.objects.filter(hers).values_list("id", flat=True))
    Confirmation.objects.filter(Q(entry_id__in=entries) | Q(address__in=values)).delete()
    Agreed.objects.filter(customer_id__in=subject.customers).delete()
    ConsentEntry.objects.filter(id__in=entries).delete()
    Preference.objects.filter(profile_id__in=subject.profiles).delete()
    return Counter({"consents": len(entries), "kept.refusals": len(kept)})


def _addresses(subject: Subject) -> list[Address]:
    """Her addresses, also those for letters: which she has now, and which she said a word about. One of these at which
    somebody else agreed to letters is not hers alone."""
    said = ConsentEntry.objects.filter(profile_id__in=subject.profiles, address_kind="post")
    letters = {*said.values_list("address", flat=True), *_postal(subject)}
    others = Agreed.objects.filter(address_kind="post", address__in=letters, allowed=True)
    taken = set(others.exclude(customer_id__in=subject.customers).values_list("address", flat=True))
    return sorted({(kind, value) for kind, value, _ in subject.addresses} | {("post", at) for at in letters - taken})


def _postal(subject: Subject) -> set[str]:
    told = (postal.written(row.traits) for row in bulk.fetch(Profile, id=subject.profiles))
    return {address for address, _ in filter(None, told)}


def _refused(subject: Subject, addresses: list[Address]) -> list[Shutting]:
    """What the customer refused of promotions, at each of her addresses that this reaches."""
    known = purposes.terms()
    found: set[Shutting] = set()
    for row in Agreed.objects.filter(customer_id__in=subject.customers, allowed=False, reason__in=REFUSALS):
        if row.purpose and (row.purpose not in known or known[row.purpose].purpose_class not in PROMOTIONS):
            continue
        for at in addresses:
            named = not row.address or (row.address_kind, row.address) == at
            if named and (not row.channel or WAYS.get(row.channel, at[0]) == at[0]):
                found.add((at, row.channel, "marketing", "stop", subject.at))
    return sorted(found)


ERASER = Eraser(
    "consent",
    frozenset({"consent.ConsentEntry", "consent.Agreed", "consent.Preference", "consent.Confirmation"}),
    at_once,
)
