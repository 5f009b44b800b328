"""Forgetting what somebody said about being written to, but not that she refused: that is kept as a hash."""

from collections import Counter

from django.db.models import Q

from rondpoint.consent import keeping, purposes
from rondpoint.consent.ledger import Shutting, suppress_many
from rondpoint.consent.models import Agreed, Confirmation, ConsentEntry, Preference
from rondpoint.consent.types import REFUSALS, WAYS
from rondpoint.jobs.erasing import Counts, Eraser, Subject

PROMOTIONS = ("marketing", "profiling")


def at_once(subject: Subject) -> Counts:
    """Her words, and what holds because of them. What she refused becomes suppressions of her addresses."""
    keeping.take_turns(_addresses(subject), subject.customers)
    kept = suppress_many(_refused(subject), subject.at)
    hers = Q(profile_id__in=subject.profiles) | Q(profile_id=None, address__in=subject.values())
    entries = list(ConsentEntry.objects.filter(hers).values_list("id", flat=True))
    Confirmation.objects.filter(Q(entry_id__in=entries) | Q(address__in=subject.values())).delete()
    Agreed.objects.filter(customer_id__in=subject.customers).delete()
    ConsentEntry.objects.filter(id__in=entries).delete()
    Preference.objects.filter(profile_id__in=subject.profiles).delete()
    return Counter({"consents": len(entries), "kept.refusals": len(kept)})


def _addresses(subject: Subject) -> list[tuple[str, str]]:
    return sorted({(kind, value) for kind, value, _ in subject.addresses})


def _refused(subject: Subject) -> list[Shutting]:
    """What the customer refused of promotions, at each of her addresses that this reaches."""
    known = purposes.terms()
    found: set[Shutting] = set()
    for row in Agreed.objects.filter(customer_id__in=subject.customers, allowed=False, reason__in=REFUSALS):
        if row.purpose and (row.purpose not in known or known[row.purpose].purpose_class not in PROMOTIONS):
            continue
        for at in _addresses(subject):
            named = not row.address or (row.address_kind, row.address) == at
            if named and (not row.channel or WAYS.get(row.channel, at[0]) == at[0]):
                found.add((at, row.channel, "marketing", "stop", subject.at))
    return sorted(found)


ERASER = Eraser(
    "consent",
    frozenset({"consent.ConsentEntry", "consent.Agreed", "consent.Preference", "consent.Confirmation"}),
    at_once,
)
