"""Forgetting who somebody is: profiles, addresses, links, words, and what she was compared by."""

from collections import Counter
from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from rondpoint.customers import finding
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.actions.separating import unmerge
from rondpoint.customers.matching import keeping as matching
from rondpoint.customers.models import CannotLink, Customer, Identifier, Link, Profile, TraitName
from rondpoint.jobs.erasing import Counts, Eraser, Portion, Subject, delete
from rondpoint.lib import bulk, clock

NAMES = ("name", "first_name", "last_name", "firstName", "lastName")


def subject_of(profile_ids: Collection[int], at: int) -> Subject:
    """Who these profiles are together, inside ``write()``; held until it ends. Addresses that somebody else holds too
    are not among hers: what comes from there may be the other's."""
    profiles = bulk.fetch(Profile, id=profile_ids)
    customers = hold(profiles)
    numbers = {row.id for row in profiles}
    held = bulk.fetch(Identifier, profile_id=numbers)
    alike = bulk.fetch(Identifier, kind={row.kind for row in held}, value={row.value for row in held})
    others = {(row.kind, row.value, row.scope) for row in alike if row.profile_id not in numbers}
    founded = Customer.objects.filter(Q(id__in=numbers) | Q(id__in=customers))
    names = {str(row.name) for row in customers.values()} | {
        str(row.traits[name].get("value", "")) for row in profiles for name in NAMES if name in row.traits
    }
    return Subject(
        at=at,
        profiles=sorted(numbers),
        customers=sorted(customers),
        keys=sorted((row.source, row.key) for row in profiles),
        addresses=sorted({(row.kind, row.value, row.scope) for row in held} - others),
        names=sorted(name for name in names if name.strip()),
        traits=sorted({name for row in profiles for name in row.traits}),
        public_ids=sorted(str(public) for public in founded.values_list("public_id", flat=True)),
    )


def part(profile_ids: Collection[int], by: str) -> None:
    """Parts these profiles from all others that they were joined with, inside ``write()``."""
    wanted = set(profile_ids)
    while True:
        across = Link.objects.filter(opened__isnull=False, closed=None).filter(
            Q(left_id__in=wanted) & ~Q(right_id__in=wanted) | ~Q(left_id__in=wanted) & Q(right_id__in=wanted)
        )
        link = across.order_by("id").first()
        if link is None:
            return
        unmerge(link, by, clock.now())


def at_once(subject: Subject) -> Counts:
    """All of it: nobody finds her any more."""
    numbers = subject.profiles
    finding.take_out(numbers)
    matching.forget(numbers)
    ends = Q(left_id__in=numbers) | Q(right_id__in=numbers)
    links, _ = Link.objects.filter(ends).delete()
    CannotLink.objects.filter(ends).delete()
    addresses, _ = Identifier.objects.filter(profile_id__in=numbers).delete()
    Profile.objects.filter(id__in=numbers).delete()
    founded = Q(id__in=numbers) | Q(id__in=subject.customers, profiles=None)
    gone = list(Customer.objects.filter(founded).values_list("id", flat=True))
    Customer.objects.filter(Q(id__in=gone) | Q(merged_into_id__in=gone)).update(merged_into=None)
    Customer.objects.filter(id__in=gone).delete()
    return Counter({"profiles": len(numbers), "identifiers": addresses, "links": links})


def _names_of_traits(subject: Subject, _place: int) -> Portion:
    """Names of traits that nobody else has: whoever made one up may have put anything into it."""
    known = TraitName.objects.filter(name__in=subject.traits)
    gone = [row.pk for row in known if not Profile.objects.filter(traits__has_key=row.name).exists()]
    return Portion(None, (lambda: delete(TraitName, "trait_names", gone)) if gone else None)


def wipe() -> None:
    """Wipes what was deleted out of the pages of the index of words, inside ``write()``."""
    if connection.vendor == "sqlite":
        finding.wipe()


ERASER = Eraser(
    "customers",
    frozenset(
        {
            "customers.Customer", "customers.Profile", "customers.Identifier", "customers.Link", "customers.CannotLink",
            "customers.Findable", "customers.NearWord", "customers.Likeness", "customers.Unmatched",
            "customers.Membership", "customers.Belonging", "customers.TraitName",
        }
    ),
    at_once,
    (_names_of_traits,),
    wipe=wipe,
)  # fmt: skip
