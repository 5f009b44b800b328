"""The traits there are, and the rule by which the value of each is chosen."""

from msgspec import Struct

from rondpoint.customers import speaking
from rondpoint.customers.actions import linking
from rondpoint.customers.companies import types as companies
from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import Customer, Rule, RuleChange, TraitName
from rondpoint.customers.types import TraitRule
from rondpoint.events import following
from rondpoint.events.types import Position
from rondpoint.jobs.models import Cursor
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import write

RENEWED, PORTION = "customers: renewed after a rule", 500
DONE = 1  # in the place of a transaction, which nothing else needs there
SETTLED = 2 * clock.SECOND  # until every process sees a new rule (``speaking.FRESH``)


class Ruled(Struct, frozen=True):
    """A trait with its rule."""

    name: str
    rule: TraitRule


def every() -> list[Ruled]:
    """All traits, by name."""
    chosen = {row.trait: TraitRule(row.rule) for row in Rule.objects.all()}
    names = {*TraitName.objects.values_list("name", flat=True), *chosen}
    return [Ruled(name, chosen.get(name, TraitRule.RECENT)) for name in sorted(names)]


def changes(limit: int = 20) -> list[RuleChange]:
    """Who chose what, the newest first."""
    return list(RuleChange.objects.order_by("-at", "-id")[:limit])


def rule(trait: str, chosen: TraitRule, by: str, now: int | None = None) -> bool:
    """Chooses the rule of a trait; whether that was another one. Records that are shown from a cache follow soon.

    Raises ValueError for a trait that nobody has said.
    """
    with write():
        known = {each.name: each.rule for each in every()}
        if trait not in known:
            raise ValueError("nobody has said such a trait")
        if known[trait] is chosen:
            return False
        Rule.objects.filter(trait=trait).delete()
        if chosen is not TraitRule.RECENT:
            Rule.objects.create(trait=trait, rule=chosen)
        RuleChange.objects.create(trait=trait, rule=chosen, by=by, at=now or clock.now())
        following.move(companies.RENEWED if trait.startswith(companies.RULED) else RENEWED, Position())
    return True


def renew(now: int | None = None) -> int:
    """Brings names that are cached in step after a rule was changed, a portion of customers at a time, and tells who
    else keeps something of what is said; how many it looked at. Run again and again by a worker."""
    place = Cursor.objects.filter(name=RENEWED).first()
    last = RuleChange.objects.order_by("-at").first()
    if place is None or place.transaction == DONE or last is None or last.at > (now or clock.now()) - SETTLED:
        return 0
    looked = 0
    while True:
        people = list(Customer.objects.filter(id__gt=place.row, merged_into=None).order_by("id")[:PORTION])
        said = speaking.words([row.id for row in people])
        changed = []
        for row in people:
            name, language = linking.shown(said[row.id])
            if (name, language) != (row.name, row.language):
                row.name, row.language = name, language
                changed.append(row)
        with write():
            at = following.place(RENEWED)
            if at.row != place.row:  # another rule was changed meanwhile: from the beginning
                return looked
            bulk.update(changed, ["name", "language"])
            words_changed([row.id for row in people])
            place.row = people[-1].id if people else place.row
            following.move(RENEWED, Position(0 if people else DONE, place.row))
        looked += len(people)
        if not people:
            return looked
