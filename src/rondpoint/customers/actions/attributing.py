"""Counting facts of devices and accounts together: many at once, without giving either a right over the other."""

from collections import Counter

from rondpoint.customers import speaking
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.models import CannotLink, Customer, Link, Profile
from rondpoint.customers.rules import golden, standing
from rondpoint.customers.types import LinkKind
from rondpoint.lib import bulk

Pair = tuple[Profile, Profile]


def attribute_many(pairs: list[Pair], rule: str, now: int) -> None:
    """Counts the facts of each device and of the account it was used with together, inside ``write()``; a device stays
    with the first account that was used on it. The profiles learn whose they are.

    Where both are alone so far, as nearly all are, that is a few statements for all.
    """
    customers = hold([profile for pair in pairs for profile in pair])
    waiting: dict[int, Pair] = {}
    for device, account in pairs:
        if device.owner != account.owner:
            waiting.setdefault(device.id, (device, account))
    links = [*bulk.fetch(Link, left_id=set(waiting)), *bulk.fetch(Link, right_id=set(waiting))]
    for link in links:
        if link.rule == rule:
            waiting.pop(link.left_id, None)
    plain = _plain(list(waiting.values()), links)
    _join(plain, customers, rule, now)
    done = {device.id for device, _ in plain}
    for device, account in waiting.values():
        if device.id not in done:
            device.refresh_from_db(fields=["customer"])  # a link before may have moved either
            account.refresh_from_db(fields=["customer"])
            linking.connect(device, account, rule, {}, now, LinkKind.ATTRIBUTED)


def _plain(pairs: list[Pair], links: list[Link]) -> list[Pair]:
    """Those of whom neither is linked, suggested or kept apart, and who appear in no other pair."""
    everybody = {profile.id for pair in pairs for profile in pair}
    busy = {number for link in links for number in (link.left_id, link.right_id)}
    busy |= {row.left_id for row in bulk.fetch(CannotLink, left_id=everybody)}
    busy |= {row.right_id for row in bulk.fetch(CannotLink, right_id=everybody)}
    owners = {profile.owner for pair in pairs for profile in pair}
    family = Counter(row.owner for row in bulk.fetch(Profile, customer_id=owners))
    seen = Counter(profile.id for pair in pairs for profile in pair)
    return [
        pair
        for pair in pairs
        if all(family[each.owner] == 1 and seen[each.id] == 1 and each.id not in busy for each in pair)
    ]


def _join(pairs: list[Pair], customers: dict[int, Customer], rule: str, now: int) -> None:
    """Opens the links. ``customers``: those of everybody, held."""
    if not pairs:
        return
    links = [
        Link(left=device, right=account, kind=LinkKind.ATTRIBUTED, rule=rule, opened=now) for device, account in pairs
    ]
    bulk.insert(links)
    trust = speaking.trusted({each.id for pair in pairs for each in pair})
    moves: dict[int, int] = {}
    for pair in pairs:
        first, second = sorted(pair, key=lambda each: each.id)
        winner, loser = customers[first.owner], customers[second.owner]
        loser.merged_into_id = winner.id
        winner.last_seen = max(winner.last_seen, loser.last_seen)
        speak = standing.speaking({first.id, second.id}, trust, [])
        said = [golden.Word(each.source, each.traits) for each in (first, second) if each.id in speak]
        winner.name, winner.language = linking.shown(said)
        second.customer_id = moves[second.id] = winner.id
    changed = {number for pair in pairs for number in (pair[0].id, pair[1].id)}
    bulk.update([customers[number] for number in sorted(changed)], ["merged_into_id", "last_seen", "name", "language"])
    linking.hand_over(moves, now)
    linking.tell(links, now)
