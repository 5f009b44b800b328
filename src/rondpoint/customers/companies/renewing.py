"""Bringing companies in step after the rule of one of their traits was changed."""

from rondpoint.customers.companies import keeping
from rondpoint.customers.companies.knowing import refresh
from rondpoint.customers.companies.models import Belonging, Company
from rondpoint.customers.companies.types import RENEWED, RULED
from rondpoint.customers.models import RuleChange
from rondpoint.events import following
from rondpoint.events.types import Position
from rondpoint.jobs.models import Cursor
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

PORTION = 200
DONE = 1  # in the place of a transaction, which nothing else needs there
SETTLED = 2 * clock.SECOND  # until every process sees a new rule


def renew(now: int | None = None) -> int:
    """Renews names and traits a portion of companies at a time; how many. Run again and again by a worker."""
    renewed = 0
    while True:
        place = Cursor.objects.filter(name=RENEWED).first()
        last = RuleChange.objects.filter(trait__startswith=RULED).order_by("-at").first()
        if place is None or place.transaction == DONE or last is None or last.at > (now or clock.now()) - SETTLED:
            return renewed
        rows = Company.objects.filter(id__gt=place.row, merged_into=None).order_by("id")
        ids = list(rows.values_list("id", flat=True)[:PORTION])
        with write():
            if following.place(RENEWED).row != place.row:  # another rule was changed meanwhile
                return renewed
            altered = refresh(ids)
            keeping.settle((), {row.customer_id for row in bulk.fetch(Belonging, company_id=altered)})
            following.move(RENEWED, Position(0, ids[-1]) if ids else Position(DONE, place.row))
        renewed += len(ids)
        if not ids:
            return renewed
