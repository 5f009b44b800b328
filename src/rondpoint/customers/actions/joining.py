"""Profiles that are one person with somebody known from their first moment, because who brought them says so."""

from typing import Any

from rondpoint.customers import explaining
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.models import Identifier, Link, Profile
from rondpoint.customers.rules import identity
from rondpoint.customers.types import Evidence, LinkKind, Same
from rondpoint.lib import bulk

RULE = "import"
Name = tuple[str, str, str]  # kind, scope and value of an identifier
Pair = tuple[int, int]


def join_new(said: list[tuple[Profile, Same]]) -> set[Pair]:
    """Opens a link from each profile, which was made now and is alone, to the one that is the same person; inside
    ``write()``, in a few statements for all: by evidence where there is enough (``rules.identity``), else by the word
    of who brought it. The profiles learn whose they are. Returns those that are linked, each with the one it is linked
    to.

    Who would then hold more than one person can stays alone.
    """
    if not said:
        return set()
    known = {row.id: row for row in bulk.fetch(Profile, id={same.profile_id for _, same in said})}
    customers = hold([*known.values(), *(profile for profile, _ in said)])
    links = _fitting(said, known)
    if not links:
        return set()
    bulk.insert(links)
    moves: dict[int, int] = {}
    for link in links:
        winner, loser = customers[link.left.owner], customers[link.right.owner]
        winner.last_seen = max(winner.last_seen, loser.last_seen)
        loser.merged_into_id = moves[link.right_id] = winner.id
    bulk.update([customers[number] for number in sorted({*moves, *moves.values()})], ["merged_into_id", "last_seen"])
    for link in links:
        link.right.customer_id = moves[link.right_id]
    now = max(link.right.created for link in links)
    linking.hand_over(moves, now)
    linking.refresh(*set(moves.values()))
    linking.tell(links, now)
    return {(link.right_id, link.left_id) for link in links}


def _fitting(said: list[tuple[Profile, Same]], known: dict[int, Profile]) -> list[Link]:
    """The links to those who are still one person with them, and with the ones before."""
    family: dict[int, set[int]] = {profile.owner: set() for profile in known.values()}
    for number, owner in bulk.columns(Profile, "id", "customer_id", customer_id=family.keys()):
        family[owner].add(number)
    everybody = {number for members in family.values() for number in members} | {profile.id for profile, _ in said}
    held: dict[int, dict[Name, Identifier]] = {number: {} for number in everybody}
    for row in bulk.fetch(Identifier, profile_id=everybody):
        held[row.profile_id][row.kind, row.scope, row.value] = row
    links = []
    for profile, same in said:
        other = known[same.profile_id]
        members = family[other.owner] | {profile.id}
        names = {name for number in members for name in held[number]}
        if not identity.within_limits(list(names), len(members)):
            continue
        family[other.owner] = members
        links.append(_proved(profile, other, held) or _told(profile, other, same))
    return links


def _proved(profile: Profile, other: Profile, held: dict[int, dict[Name, Identifier]]) -> Link | None:
    """The link that an identifier of both proves by itself."""
    for name, mine in held[profile.id].items():
        theirs = held[other.id].get(name)
        if theirs is None:
            continue
        found = identity.verdict(
            mine.kind, Evidence(mine.evidence), mine.natural, Evidence(theirs.evidence), theirs.natural
        )
        if found == "open":
            mine.profile, theirs.profile = profile, other
            sides = [explaining.side(mine), explaining.side(theirs)]
            evidence = {"kind": mine.kind, "value": mine.value, "sides": sides}
            return _link(other, profile, LinkKind.DETERMINISTIC, f"same_{mine.kind}", evidence)
    return None


def _told(profile: Profile, other: Profile, same: Same) -> Link:
    return _link(other, profile, LinkKind.MANUAL, RULE, {"kind": same.kind, "value": same.value, "by": same.by})


def _link(other: Profile, profile: Profile, kind: LinkKind, rule: str, evidence: dict[str, Any]) -> Link:
    return Link(left=other, right=profile, kind=kind, rule=rule, evidence=evidence, opened=profile.created)
