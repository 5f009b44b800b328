"""What sources tell of many people at once: profiles, traits and identifiers in a few statements for all."""

from typing import Any

from django.db.models import Count
from msgspec import Struct

from rondpoint.customers import finding, naming
from rondpoint.customers.actions import linking
from rondpoint.customers.actions.arrive import IDENTIFIERS_PER_PROFILE, compare
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.queries import Held
from rondpoint.customers.rules import golden
from rondpoint.customers.types import Evidence, IdentifierIn, Said
from rondpoint.lib import bulk

Key = tuple[str, str]  # source and key
TRAITS_PER_PROFILE = 300


def hear(said: list[Said]) -> dict[Key, Profile]:
    """The profiles that sources speak of, by (source, key), once what was said is noted. Inside ``write()``.

    The latest word on a trait stays, whatever the order in which words come. Nobody's links are opened but by evidence,
    as :func:`identify` opens them.
    """
    words: dict[Key, list[Said]] = {}
    for each in said:
        words.setdefault((each.source, each.key), []).append(each)
    known = _known(words)
    made = _made({key: told for key, told in words.items() if key not in known})
    found = known | made
    new = {profile.id for profile in made.values()}
    learned = _learn(known, words)
    held = _hold(found, words, new)
    changed = learned | {each.profile_id for each in held if each.said.kind not in finding.HIDDEN_KINDS}
    finding.note(sorted(changed - new))
    theirs: dict[int, list[Held]] = {number: [] for number in new}
    for holding in held:
        if holding.profile_id in theirs:
            theirs[holding.profile_id].append(_name_of(holding.said))
    finding.add([(profile, theirs[profile.id]) for profile in made.values()])
    _name([profile for profile in known.values() if profile.id in learned])
    _compare({profile.id: profile for profile in found.values()}, held)
    _seen(known, words)
    return found


def _known(words: dict[Key, list[Said]]) -> dict[Key, Profile]:
    alike = bulk.fetch(Profile, source={source for source, _ in words}, key={key for _, key in words})
    return {(row.source, row.key): row for row in alike if (row.source, row.key) in words}


def _made(words: dict[Key, list[Said]]) -> dict[Key, Profile]:
    """Profiles of whom nothing was known, each with a customer of its own, with all that is said of them."""
    new = {
        key: Profile(
            source=key[0], key=key[1], created=min(each.at for each in told), traits=_with({}, told)
        )
        for key, told in words.items()
    }
    naming.note({name for profile in new.values() for name in profile.traits})
    bulk.insert(list(new.values()))
    people = []
    for key, profile in new.items():
        name, language = linking.shown([golden.Word(profile.source, profile.traits)])
        last = max(each.at for each in words[key])
        people.append(
            Customer(id=profile.id, name=name, language=language, created=profile.created, last_seen=last)
        )
        profile.customer_id = profile.id
    bulk.insert(people)
    bulk.update(list(new.values()), ["customer_id"])
    return new


def _learn(found: dict[Key, Profile], words: dict[Key, list[Said]]) -> set[int]:
    """Notes traits; the ids of the profiles that learned something."""
    changed = []
    for key, profile in found.items():
        traits = _with(profile.traits, words[key])
        if traits != profile.traits:
            profile.traits = traits
            changed.append(profile)
    naming.note({name for profile in changed for name in profile.traits})
    bulk.update(changed, ["traits"])
    return {profile.id for profile in changed}


def _with(traits: dict[str, Any], told: list[Said]) -> dict[str, Any]:
    """Traits with what is told of them: the latest word on each stays."""
    traits = dict(traits)
    for each in told:
        for name, value in each.traits.items():
            known = traits.get(name)
            if value in golden.EMPTY or (known is not None and known["at"] > each.at):
                continue
            if known is not None and known["value"] == value:
                continue
            if known is None and len(traits) >= TRAITS_PER_PROFILE:
                continue
            traits[name] = {"value": value, "at": each.at}
    return traits


class Holding(Struct):
    """A profile holds an identifier, since a moment."""

    profile_id: int
    said: IdentifierIn
    at: int

    @property
    def proved(self) -> int | None:
        """When it was proved to be hers, if it was."""
        return self.at if self.said.evidence >= Evidence.SIGNED else None


def _hold(found: dict[Key, Profile], words: dict[Key, list[Said]], new: set[int]) -> list[Holding]:
    """Notes identifiers; those that were new to their profile, or are held more surely now. ``new``: the profiles that
    were just made, and hold nothing yet."""
    wanted = {key: _surest(told) for key, told in words.items()}
    before: dict[int, dict[Held, Identifier]] = {}
    for row in bulk.fetch(Identifier, profile_id={found[key].id for key in words if wanted[key]} - new):
        before.setdefault(row.profile_id, {})[row.kind, row.value, row.scope] = row
    made: list[Holding] = []
    surer: list[Holding] = []
    stronger: list[Identifier] = []
    for key, identifiers in wanted.items():
        number, at = found[key].id, min(each.at for each in words[key])
        held = before.get(number, {})
        room = IDENTIFIERS_PER_PROFILE - len(held)
        for name, said in identifiers.items():
            known, holding = held.get(name), Holding(number, said, at)
            if known is not None and known.evidence < said.evidence:
                known.evidence, known.proved = said.evidence, holding.proved or known.proved
                stronger.append(known)
                surer.append(holding)
            elif known is None and room > 0:
                room -= 1
                made.append(holding)
    bulk.insert_values(
        Identifier,
        ["profile_id", "kind", "value", "scope", "evidence", "natural", "created", "proved"],
        [
            (each.profile_id, *_name_of(each.said), int(each.said.evidence), False, each.at, each.proved)
            for each in made
        ],
    )
    bulk.update(stronger, ["evidence", "proved"])
    return made + surer


def _name_of(said: IdentifierIn) -> Held:
    return said.kind, said.value, said.scope


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
    several = {row.owner for row in bulk.fetch(Profile, customer_id=owners) if row.id != row.owner} & owners
    alone = []
    for profile in profiles:
        if profile.owner not in several:
            name, language = linking.shown([golden.Word(profile.source, profile.traits)])
            alone.append(Customer(id=profile.owner, name=name, language=language))
    bulk.update(alone, ["name", "language"])
    for customer_id in sorted(several):
        linking.refresh(customer_id)


def _compare(profiles: dict[int, Profile], held: list[Holding]) -> None:
    """Looks who else holds what profiles hold from now on."""
    alike = Identifier.objects.filter(
        kind__in={each.said.kind for each in held}, value__in={each.said.value for each in held}
    )
    several = alike.values("kind", "value", "scope").annotate(holders=Count("id")).filter(holders__gt=1)
    shared = set(several.values_list("kind", "value", "scope")) if held else set()
    for each in held:
        if _name_of(each.said) in shared:
            profile = profiles[each.profile_id]
            profile.refresh_from_db(fields=["customer"])
            compare(profile, each.said, profile.created)


def _seen(found: dict[Key, Profile], words: dict[Key, list[Said]]) -> None:
    """Notes when customers of profiles that were there before were last seen."""
    last: dict[int, int] = {}
    for key, profile in found.items():
        last[profile.owner] = max(last.get(profile.owner, 0), *(each.at for each in words[key]))
    later = [row for row in bulk.fetch(Customer, lock=True, id=set(last)) if row.last_seen < last[row.id]]
    for row in later:
        row.last_seen = last[row.id]
    bulk.update(later, ["last_seen"])
