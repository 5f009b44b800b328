"""Forgetting what the demo phone sent and received."""

from django.db.models import Q

from rondpoint.demo.models import PhoneItem
from rondpoint.jobs.erasing import Eraser, rows

ERASER = Eraser(
    "demo",
    frozenset({"demo.PhoneItem"}),
    later=(
        rows(
            PhoneItem,
            "demo",
            lambda subject: Q(owner__in=subject.values()) | Q(peer__in=subject.values()),
        ),
    ),
)
