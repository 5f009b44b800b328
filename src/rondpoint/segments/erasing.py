"""Forgetting what is worked out of somebody: memberships, values of traits, and when to look again."""

from collections import Counter

from django.db.models import Count, F

from rondpoint.jobs.erasing import Counts, Eraser, Subject
from rondpoint.segments.models import ComputedTrait, Due, KnownTrait, Member, Reach, Segment, Touched


def at_once(subject: Subject) -> Counts:
    """She is in no segment and has no computed value any more."""
    numbers = subject.customers
    hers = Member.objects.filter(customer_id__in=numbers)
    for segment, people in list(hers.values_list("segment_id").annotate(Count("id")).order_by()):
        Segment.objects.filter(id=segment).update(count=F("count") - people)
    members, _ = hers.delete()
    known = KnownTrait.objects.filter(customer_id__in=numbers)
    computed = (
        known.filter(computed__isnull=False).values_list("computed_id").annotate(Count("customer_id", distinct=True))
    )
    for trait, people in list(computed.order_by()):
        ComputedTrait.objects.filter(id=trait, count__gte=people).update(count=F("count") - people)
    traits, _ = known.delete()
    Reach.objects.filter(customer_id__in=numbers).delete()
    Due.objects.filter(customer_id__in=numbers).delete()
    Touched.objects.filter(profile_id__in=subject.profiles).delete()
    return Counter({"segments": members, "known_traits": traits})


ERASER = Eraser(
    "segments",
    frozenset({"segments.Member", "segments.KnownTrait", "segments.Reach", "segments.Due", "segments.Touched"}),
    at_once,
)
