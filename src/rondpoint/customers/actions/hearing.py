"""What sources tell of many people at once: profiles, traits and identifiers in a few statements for all."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from rondpoint.customers import finding, naming
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.arrive import IDENTIFIERS_PER_PROFILE, compare
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.actions.joining import Pair, join_new
from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.queries import Held
from rondpoint.customers.rules import golden, identity
from rondpoint.customers.types import Evidence, IdentifierIn, Said, Same
from rondpoint.lib import bulk

Key = tuple[str, str]  # source and key
TRAITS_PER_PROFILE = 300


def hear(said: list[Said]) -> dict[Key, Profile]:
    """The profiles that sources speak of, by (source, key), once what was said is noted. Inside ``write()``.

    The latest word on a trait stays, whatever the order in which words come. Links are opened by evidence, as
    :func:`identify` opens them, and for profiles that are made now by the word of who brings them (``Said.same``).
    """
    words: dict[Key, list[Said]] = {}
    for each in said:
        words.setdefault((each.source, each.key), []).append(each)
    known, new = _profiles(words)
    _seen(known, words)
    found = known | new
    learned = _learn(known, words)
    made = {profile.id: profile for profile in new.values()}
    held = _hold(found, words, made.keys())
    joined = join_new([(profile, same) for key, profile in new.items() if (same := _same(words[key]))])
    noted = learned | {number for number, profile in made.items() if profile.traits}
    noted |= {profile.id for profile, identifier in held if identifier.kind not in finding.HIDDEN_KINDS}
    finding.note(sorted(noted), _made(made, held))
    words_changed(sorted(made.keys() - noted))
    _name([profile for profile in known.values() if profile.id in learned])
    _compare(held, made.keys(), joined)
    return found


def _profiles(words: dict[Key, list[Said]]) -> tuple[dict[Key, Profile], dict[Key, Profile]]:
    """Those that were known, and those that are made now with what is said of them, each with a customer of its own."""
    alike = bulk.fetch(Profile, source={source for source, _ in words}, key={key for _, key in words})
    found = {(row.source, row.key): row for row in alike if (row.source, row.key) in words}
    strangers = [key for key in words if key not in found]
    new, people = {}, []
    for key, number in zip(strangers, bulk.next_ids(Profile, len(strangers)), strict=True):
        moments = [each.at for each in words[key]]
        first, last = min(moments), max(moments)
        traits = _told({}, words[key])
        name, language = linking.shown([golden.Word(key[0], traits)])
        new[key] = bulk.row(
            Profile, id=number, source=key[0], key=key[1], customer_id=number, traits=traits, created=first
        )
        people.append((number, name, language, first, last))
    naming.note({name for profile in new.values() for name in profile.traits})
    bulk.add(Customer, ("id", "name", "language", "created", "last_seen"), people)
    bulk.insert(list(new.values()))
    return found, new


def _same(words: list[Said]) -> Same | None:
    return next((each.same for each in words if each.same is not None), None)


def _told(traits: dict[str, Any], words: list[Said]) -> dict[str, Any]:
    """Traits, once all of this was said."""
    for each in words:
        traits = golden.learned(traits, each.traits, each.at, TRAITS_PER_PROFILE)
    return traits


def _made(made: dict[int, Profile], held: list[tuple[Profile, IdentifierIn]]) -> dict[int, finding.Made]:
    """What profiles that were made now say and hold."""
    holds: dict[int, list[tuple[str, str]]] = {number: [] for number in made}
    for profile, said in held:
        if profile.id in holds:
            holds[profile.id].append((said.kind, said.value))
    return {number: (profile.traits, holds[number]) for number, profile in made.items()}


def _learn(found: dict[Key, Profile], words: dict[Key, list[Said]]) -> set[int]:
    """Notes traits; the ids of the profiles that learned something. A word that was only said again is newer than it
    was, which may make it hold among those of other profiles."""
    changed: list[Profile] = []
    again: list[Profile] = []
    for key, profile in found.items():
        traits = _told(profile.traits, words[key])
        if traits != profile.traits:
            news = any(traits[name]["value"] != (profile.traits.get(name) or {}).get("value") for name in traits)
            (changed if news else again).append(profile)
            profile.traits = traits
    naming.note({name for profile in changed for name in profile.traits})
    bulk.update([*changed, *again], ["traits"])
    family = Counter(
        owner for (owner,) in bulk.columns(Profile, "customer_id", customer_id={profile.owner for profile in again})
    )
    return {profile.id for profile in changed} | {profile.id for profile in again if family[profile.owner] > 1}


def _hold(
    found: dict[Key, Profile], words: dict[Key, list[Said]], made: Collection[int]
) -> list[tuple[Profile, IdentifierIn]]:
    """Notes identifiers; those that were new to their profile, or are held more surely now. ``made``: profiles that
    hold nothing yet."""
    wanted = {key: _surest(told) for key, told in words.items()}
    held: dict[int, dict[Held, Identifier]] = {found[key].id: {} for key in words if wanted[key]}
    for row in bulk.fetch(Identifier, profile_id=held.keys() - set(made)):
        held[row.profile_id][row.kind, row.value, row.scope] = row
    new: list[tuple[Any, ...]] = []
    stronger: list[Identifier] = []
    told_: list[tuple[Profile, IdentifierIn]] = []
    for key, identifiers in wanted.items():
        profile, at = found[key], min(each.at for each in words[key])
        room = IDENTIFIERS_PER_PROFILE - len(held.get(profile.id, ()))
        for name, said in identifiers.items():
            known = held[profile.id].get(name)
            proved = at if said.evidence >= Evidence.SIGNED else None
            if known is not None and known.evidence < said.evidence:
                known.evidence, known.proved = said.evidence, proved or known.proved
                stronger.append(known)
            elif known is None and room > 0:
                room -= 1
                new.append((profile.id, *name, int(said.evidence), at, proved))
            else:
                continue
            told_.append((profile, said))
    bulk.add(Identifier, ("profile_id", "kind", "value", "scope", "evidence", "created", "proved"), new)
    bulk.update(stronger, ["evidence", "proved"])
    return told_


def _surest(told: list[Said]) -> dict[Held, IdentifierIn]:
    """Each identifier with the best evidence that somebody has for it."""
    surest: dict[Held, IdentifierIn] = {}
    for each in told:
        for said in each.identifiers:
            name = (said.kind, said.value, said.scope)
            if name not in surest or surest[name].evidence < said.evidence:
                surest[name] = said
    return surest


def _name(profiles: list[Profile]) -> None:
    """Brings the names of customers in step. Most have one profile, whose words are at hand."""
    owners = {profile.owner for profile in profiles}
    several = {owner for number, owner in bulk.columns(Profile, "id", "customer_id", customer_id=owners)
               if number != owner}  # fmt: skip
    alone = []
    for profile in profiles:
        if profile.owner not in several:
            name, language = linking.shown([golden.Word(profile.source, profile.traits)])
            alone.append(bulk.row(Customer, id=profile.owner, name=name, language=language))
    bulk.update(alone, ["name", "language"])
    linking.refresh(*sorted(several))


def _compare(
    held: list[tuple[Profile, IdentifierIn]], made: Collection[int], joined: Collection[Pair]
) -> None:
    """Looks who else holds what profiles hold from now on. ``made``: profiles that hold nothing else; ``joined``: whom
    a profile is linked to already."""
    held = [(profile, said) for profile, said in held if said.kind not in identity.WEAK_KINDS]
    holders: dict[Held, set[int]] = {}
    for profile, said in held:
        holders.setdefault((said.kind, said.value, said.scope), set()).add(profile.id)
    for holder, kind, value, scope in bulk.columns(
        Identifier, "profile_id", "kind", "value", "scope", outside={"profile_id": made},
        kind={said.kind for _, said in held}, value={said.value for _, said in held},
    ):  # fmt: skip
        if (kind, value, scope) in holders:
            holders[kind, value, scope].add(holder)
    for profile, said in held:
        others = holders[said.kind, said.value, said.scope] - {profile.id}
        if any((profile.id, other) not in joined for other in others):
            profile.refresh_from_db(fields=["customer"])
            compare(profile, said, profile.created)


def _seen(found: dict[Key, Profile], words: dict[Key, list[Said]]) -> None:
    """Notes when customers who were known were last seen, and holds them."""
    customers = hold(found.values())
    last: dict[int, int] = {}
    for key, profile in found.items():
        last[profile.owner] = max(last.get(profile.owner, 0), *(each.at for each in words[key]))
    later = [row for row in customers.values() if row.last_seen < last[row.id]]
    for row in later:
        row.last_seen = last[row.id]
    bulk.update(later, ["last_seen"])
