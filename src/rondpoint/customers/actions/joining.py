"""Profiles that are one person with somebody known from their first moment, because who brought them says so."""

from rondpoint.customers import speaking
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.rules import identity
from rondpoint.customers.types import LinkKind, Same
from rondpoint.lib import bulk

RULE = "import"
Name = tuple[str, str, str]  # kind, scope and value of an identifier


def join_new(said: list[tuple[Profile, Same]]) -> None:
    """Opens a link from each profile, which was made now and is alone, to the one that is the same person; inside
    ``write()``, in a few statements for all. The profiles learn whose they are.

    Who would then hold more than one person can stays alone.
    """
    if not said:
        return
    known = {row.id: row for row in bulk.fetch(Profile, id={same.profile_id for _, same in said})}
    customers = hold([*known.values(), *(profile for profile, _ in said)])
    links = _fitting(said, known)
    bulk.insert(links)
    moves: dict[int, int] = {}
    for link in links:
        winner, loser = customers[link.left.owner], customers[link.right.owner]
        winner.last_seen = max(winner.last_seen, loser.last_seen)
        loser.merged_into_id = moves[link.right_id] = winner.id
    bulk.update([customers[number] for number in sorted({*moves, *moves.values()})], ["merged_into_id", "last_seen"])
    for link in links:
        link.right.customer_id = moves[link.right_id]
    if links:
        linking.hand_over(moves, links[0].opened or 0)
        _name(set(moves.values()))
        linking.tell(links, links[0].opened or 0)


def _fitting(said: list[tuple[Profile, Same]], known: dict[int, Profile]) -> list[Link]:
    """The links to those who are still one person with them, and with the ones before."""
    family: dict[int, set[int]] = {profile.owner: set() for profile in known.values()}
    for number, owner in bulk.columns(Profile, "id", "customer_id", customer_id=family.keys()):
        family[owner].add(number)
    held: dict[int, set[Name]] = {}
    everybody = {number for members in family.values() for number in members} | {profile.id for profile, _ in said}
    for number, kind, scope, value in bulk.columns(
        Identifier, "profile_id", "kind", "scope", "value", profile_id=everybody
    ):
        held.setdefault(number, set()).add((kind, scope, value))
    links = []
    for profile, same in said:
        other = known[same.profile_id]
        members = family[other.owner] | {profile.id}
        names = {name for number in members for name in held.get(number, ())}
        if not identity.within_limits(list(names), len(members)):
            continue
        family[other.owner] = members
        evidence = {"kind": same.kind, "value": same.value, "by": same.by}
        links.append(
            Link(left=other, right=profile, kind=LinkKind.MANUAL, rule=RULE, evidence=evidence, opened=profile.created)
        )
    return links


def _name(customer_ids: set[int]) -> None:
    rows = []
    for number, said in speaking.words(customer_ids).items():
        name, language = linking.shown(said)
        rows.append(bulk.row(Customer, id=number, name=name, language=language))
    bulk.update(rows, ["name", "language"])
