"""The values of computed traits as they are kept, and bringing them in step with what was found."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import F
from msgspec import Struct

from rondpoint.consent import queries as consent
from rondpoint.consent.types import PROFILING
from rondpoint.customers.rules.golden import comparable
from rondpoint.lib import bulk
from rondpoint.lib.db import write
from rondpoint.segments.computed.rules import figures, needs
from rondpoint.segments.computed.rules.reading import read
from rondpoint.segments.computed.types import JUDGING, Formula, Row
from rondpoint.segments.models import ComputedTrait, KnownTrait
from rondpoint.segments.rules.needs import Needs
from rondpoint.segments.standing import Seen

# By customer and name.
Values = dict[tuple[int, str], Seen]


class Trait(Struct, frozen=True):
    """A computed trait as it is worked with."""

    row: ComputedTrait
    formula: Formula
    needs: Needs

    def values(self, rows: Mapping[int, Sequence[Row]], now: int) -> tuple[Values, dict[int, int]]:
        """What the rows of customers come to, and by customer when time alone may next change that. Nothing of who
        refused to be profiled, where that is what it is."""
        found: Values = {}
        moments: dict[int, int] = {}
        refused = consent.refused(PROFILING, rows, now) if self.formula.kind in JUDGING else ()
        for customer, told in rows.items():
            if customer in refused:
                continue
            each = figures.found(self.formula, told, self.row.parameters, now)
            for ending, said in each.values.items():
                name = needs.named(self.row.name, ending)
                if name in self.row.names:
                    found[customer, name] = comparable(said)
            if each.until is not None:
                moments[customer] = each.until
        return found, moments


def trait(row: ComputedTrait) -> Trait:
    """A computed trait with what its definition means."""
    formula = read(row.definition)
    return Trait(row, formula, needs.of(formula))


class Difference(Struct, frozen=True):
    """What has to be written so that what is held becomes what was found."""

    new: list[KnownTrait]
    other: list[KnownTrait]
    gone: list[KnownTrait]

    def customers(self) -> dict[str, set[int]]:
        """Whose values change, by name."""
        changed: dict[str, set[int]] = {}
        for row in (*self.new, *self.other, *self.gone):
            changed.setdefault(row.name, set()).add(row.customer_id)
        return changed


def difference(row: ComputedTrait, held: Collection[KnownTrait], found: Values, now: int) -> Difference:
    """Compares what is held with what was found, of the same customers."""
    known = {(each.customer_id, each.name): each for each in held}
    other = []
    for key, (text, number) in found.items():
        there = known.get(key)
        if there is not None and (there.text, there.number) != (text, number):
            there.text, there.number, there.at = text, number, now
            other.append(there)
    new = [
        KnownTrait(customer_id=key[0], name=key[1], text=text, number=number, computed=row, at=now)
        for key, (text, number) in found.items()
        if key not in known
    ]
    return Difference(new, other, [each for key, each in known.items() if key not in found])


def keep(change: Difference) -> None:
    """Writes a difference, inside ``write()``."""
    KnownTrait.objects.filter(id__in=[row.id for row in change.gone]).delete()
    bulk.update(change.other, ["text", "number", "at"])
    bulk.insert(change.new)


def renew(row: ComputedTrait, customer_ids: Collection[int], found: Values, now: int) -> dict[str, set[int]]:
    """Brings the values of these customers in step; whose changed, by name."""
    held = bulk.fetch(KnownTrait, computed_id=[row.id], customer_id=customer_ids)
    more = len({number for number, _ in found}) - len({each.customer_id for each in held})
    change = difference(row, held, found, now)
    changed = change.customers()
    if changed:
        with write():
            keep(change)
            if more:
                ComputedTrait.objects.filter(id=row.id).update(count=F("count") + more)
    return changed
