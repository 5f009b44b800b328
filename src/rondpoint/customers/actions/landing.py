"""Landing: to which profile something that came from an address belongs."""

from rondpoint.customers import finding, queries
from rondpoint.customers.actions.arrive import compare, learn, strengthen
from rondpoint.customers.actions.holding import hold
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.queries import Held
from rondpoint.customers.rules import golden
from rondpoint.customers.types import Evidence, IdentifierIn, Landing, Sender
from rondpoint.lib import bulk
from rondpoint.lib.db import write


def land(
    kind: str,
    value: str,
    evidence: Evidence,
    source: str,
    now: int,
    name: str = "",
    language: str = "",
    scope: str = "",
) -> Landing:
    """The profile to which something from an address belongs; :func:`land_many` for one."""
    with write():
        return land_many([Sender(kind, value, evidence, source, now, name, language, scope)])[0]


def land_many(senders: list[Sender]) -> list[Landing]:
    """For each sender the profile to which what she sent belongs, in a few statements for all, inside ``write()``.
    Opens no link.

    An address that exactly one customer holds (provider or better) lands on the profile that holds it; any other on
    the address's own profile, made when it is new. What an unproven sender says about herself (her name) is noted only
    on a profile made for her. The customers are locked until the transaction ends.
    """
    groups: dict[tuple[str, Held], list[Sender]] = {}
    for sender in senders:
        groups.setdefault(_key(sender), []).append(sender)
    held = queries.holders_of({address for _, address in groups})
    found: dict[tuple[str, Held], Profile] = {}
    for (source, address), group in groups.items():
        best = max(sender.evidence for sender in group)
        profile = _landed(held.get(address, []), source, best, group[0].at)
        if profile is not None:
            found[source, address] = profile
    made = _make([group for key, group in groups.items() if key not in found])
    new = set()
    for key, (profile, created) in made.items():
        found[key] = profile
        if created:
            new.add(key)
    hold(found.values())
    for key, profile in found.items():
        proven = [sender for sender in groups[key] if sender.evidence >= Evidence.PROVIDER]
        if proven and key not in new:
            learn(profile, _said(proven), max(sender.at for sender in proven), overwrite=False)
    _compare_new([(found[key], groups[key]) for key in sorted(new)])
    return _landings(senders, found, new)


def _key(sender: Sender) -> tuple[str, Held]:
    return sender.source, (sender.kind, sender.value, sender.scope)


def _said(group: list[Sender]) -> dict[str, str]:
    """What senders say about themselves; the first one's word counts."""
    said: dict[str, str] = {}
    for sender in group:
        for trait, value in (("name", sender.name), ("language", sender.language)):
            if value:
                said.setdefault(trait, value)
    return said


def _landed(holders: list[Identifier], source: str, evidence: Evidence, at: int) -> Profile | None:
    """The profile among the holders of an address to which a sender belongs; None when one has to be made."""
    own = next((held for held in holders if held.natural and held.profile.source == source), None)
    if own is not None and own.evidence < evidence:
        strengthen(own, evidence, at)
    if own is not None:
        return own.profile
    if len({held.profile.owner for held in holders}) == 1:
        return max(holders, key=lambda held: (held.evidence, -held.profile_id)).profile
    return None


def _make(groups: list[list[Sender]]) -> dict[tuple[str, Held], tuple[Profile, bool]]:
    """The own profiles of addresses, each with whether it was made now."""
    if not groups:
        return {}
    firsts = [group[0] for group in groups]
    alike = bulk.fetch(
        Profile, source={sender.source for sender in firsts}, key={sender.value for sender in firsts}
    )
    there = {(profile.source, profile.key): profile for profile in alike}
    made: dict[tuple[str, Held], tuple[Profile, bool]] = {}
    new: list[tuple[Profile, Sender]] = []
    for group in groups:
        first = group[0]
        profile = there.get((first.source, first.value))
        if profile is None:
            proven = [sender for sender in group if sender is first or sender.evidence >= Evidence.PROVIDER]
            traits = {trait: {"value": value, "at": first.at} for trait, value in _said(proven).items()}
            profile = Profile(source=first.source, key=first.value, traits=traits, created=first.at)
            new.append((profile, first))
            there[first.source, first.value] = profile
            made[_key(first)] = profile, True
        else:
            made[_key(first)] = profile, False
    _found(new)
    bulk.insert_new(
        [
            Identifier(
                profile=made[_key(group[0])][0],
                kind=group[0].kind,
                value=group[0].value,
                scope=group[0].scope,
                evidence=max(sender.evidence for sender in group),
                natural=True,
                created=group[0].at,
                proved=group[0].at if max(sender.evidence for sender in group) >= Evidence.SIGNED else None,
            )
            for group in groups
        ]
    )
    finding.note([made[_key(group[0])][0].id for group in groups if group[0].kind not in finding.HIDDEN_KINDS])
    return made


def _found(new: list[tuple[Profile, Sender]]) -> None:
    """Stores new profiles, each with a customer of its own."""
    if not new:
        return
    profiles = [profile for profile, _ in new]
    bulk.insert(profiles)
    people = []
    for profile, sender in new:
        known = golden.traits([golden.Word(profile.source, profile.traits)])
        language = known.get("language")
        people.append(
            Customer(
                id=profile.id,
                name=golden.display_name(known)[:200],
                language=str(language.value)[:8] if language else "",
                created=sender.at,
                last_seen=sender.at,
            )
        )
        profile.customer_id = profile.id
    bulk.insert(people)
    bulk.update(profiles, ["customer_id"])


def _compare_new(made: list[tuple[Profile, list[Sender]]]) -> None:
    """Looks whether somebody else claims the address of a profile that was just made."""
    if not made:
        return
    ours = {profile.id for profile, _ in made}
    claims = bulk.fetch(
        Identifier, kind={group[0].kind for _, group in made}, value={group[0].value for _, group in made}
    )
    claimed = {(claim.kind, claim.value, claim.scope) for claim in claims if claim.profile_id not in ours}
    for profile, group in made:
        sender = group[0]
        if (sender.kind, sender.value, sender.scope) in claimed:
            said = IdentifierIn(sender.kind, sender.value, sender.evidence, sender.scope)
            compare(profile, said, sender.at)


def _landings(
    senders: list[Sender], found: dict[tuple[str, Held], Profile], new: set[tuple[str, Held]]
) -> list[Landing]:
    """The answers, once the customers are locked and know when they were last seen."""
    customers = hold(found.values())
    seen: dict[int, int] = {}
    for sender in senders:
        customer_id = found[_key(sender)].owner
        seen[customer_id] = max(seen.get(customer_id, 0), sender.at)
    later = [row for number, row in customers.items() if row.last_seen < seen[number]]
    for row in later:
        row.last_seen = seen[row.id]
    bulk.update(later, ["last_seen"])
    landings = []
    for sender in senders:
        key = _key(sender)
        profile = found[key]
        proven = sender.evidence >= Evidence.PROVIDER
        name = customers[profile.owner].name
        landings.append(Landing(profile.id, profile.owner, key in new, proven, name))
        new.discard(key)  # only the first one from there finds it new
    return landings
