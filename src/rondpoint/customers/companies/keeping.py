"""Who belongs to which company as it holds now: a table that follows memberships, people and companies."""

from collections.abc import Collection, Iterable, Sequence

from rondpoint.customers import speaking
from rondpoint.customers.companies.models import Belonging, Membership
from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import Profile
from rondpoint.customers.rules import belonging
from rondpoint.customers.types import Evidence
from rondpoint.lib import bulk
from rondpoint.lib.spans import near

Pair = tuple[int, int]  # customer and company


def follow_words(profile_ids: Sequence[int]) -> None:
    """Whose word counts may have changed: of those who belong anywhere it is looked at again, inside ``write()``."""
    asked = set(profile_ids)
    span = near(sorted(asked))
    held = {number for (number,) in bulk.columns(Belonging, "customer_id", customer_id=span)} & asked
    among = bulk.columns(Profile, "id", "customer_id", id=span)
    owners = {owner for number, owner in among if number in asked and owner is not None}
    family = bulk.columns(Profile, "id", "customer_id", customer_id=near(sorted(owners)))
    theirs = {number: owner for number, owner in family if owner in owners}
    told = {number for (number,) in bulk.columns(Membership, "profile_id", profile_id=near(sorted(theirs)))}
    renew(held | {theirs[number] for number in told & theirs.keys()})


def follow_moves(moves: dict[int, int], now: int) -> None:
    """Profiles changed hands, and what they tell with them."""
    follow_words(sorted({*moves, *moves.values()}))


def renew(customer_ids: Collection[int]) -> set[int]:
    """Brings the table in step for these customers, living or merged away; those for whom it changed."""
    asked = set(customer_ids)
    if not asked:
        return set()
    now = {pair: holds for pair, words in told(asked).items() if (holds := belonging.belongs(words)) is not None}
    before = {(row.customer_id, row.company_id): row for row in bulk.fetch(Belonging, customer_id=asked)}
    gone = [pair for pair in before if pair not in now]
    new = sorted(pair for pair in now if pair not in before)
    changed = [pair for pair, row in before.items() if pair in now and _differs(row, now[pair])]
    if gone:
        Belonging.objects.filter(id__in=[before[pair].id for pair in gone]).delete()
    for pair in changed:
        row, holds = before[pair], now[pair]
        row.role, row.since, row.evidence = holds.role, holds.since, holds.evidence
    bulk.update([before[pair] for pair in changed], ["role", "since", "evidence"])
    bulk.insert([_row(pair, now[pair]) for pair in new])
    return {customer for customer, _ in (*gone, *new)}


def of_companies(company_ids: Collection[int]) -> set[int]:
    """Customers of whom anybody ever said that they belong to one of these companies, and those in the table."""
    ever = Membership.objects.filter(key__company_id__in=company_ids)
    held = {row.customer_id for row in bulk.fetch(Belonging, company_id=company_ids)}
    return held | set(ever.values_list("profile__customer_id", flat=True))


def settle(customer_ids: Iterable[int], also: Iterable[int] = ()) -> None:
    """Brings these customers in step and tells who follows them; ``also``: customers whose companies changed."""
    renew(set(customer_ids))
    tell = sorted({*customer_ids, *also})
    if tell:
        words_changed(tell)  # each customer's number is that of the profile that founded her


def told(customer_ids: Collection[int]) -> dict[Pair, list[belonging.Word]]:
    """By customer and company all that was said of the two."""
    rows = list(
        Membership.objects.filter(profile__customer_id__in=customer_ids).values_list(
            "profile_id", "profile__customer_id", "key__company_id", "evidence", "since", "role", "ended"
        )
    )
    claiming = {customer for _, customer, _, evidence, *_ in rows if evidence < Evidence.PROVIDER}
    quiet = speaking.silent(claiming) if claiming else set()
    found: dict[Pair, list[belonging.Word]] = {}
    for profile, customer, company, evidence, since, role, ended in rows:
        word = belonging.Word(evidence, profile not in quiet, since, role, ended)
        found.setdefault((customer, company), []).append(word)
    return found


def _row(pair: Pair, holds: belonging.Belongs) -> Belonging:
    return Belonging(
        customer_id=pair[0], company_id=pair[1], role=holds.role, since=holds.since, evidence=holds.evidence
    )


def _differs(row: Belonging, holds: belonging.Belongs) -> bool:
    return (row.role, row.since, row.evidence) != (holds.role, holds.since, holds.evidence)
