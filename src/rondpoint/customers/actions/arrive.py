"""Profiles: how one is made, and what it learns about itself."""

from typing import Any, Literal

from django.db import IntegrityError, transaction

from rondpoint.customers import explaining, finding, naming, queries
from rondpoint.customers.actions import linking
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.customers.rules import golden, identity
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.lib import clock
from rondpoint.lib.db import write

IDENTIFIERS_PER_PROFILE = 40


def make_profile(source: str, key: str, now: int, traits: dict[str, Any] | None = None) -> tuple[Profile, bool]:
    """The profile a source knows under a key, and whether it was made now (with a customer of its own)."""
    profile = Profile.objects.filter(source=source, key=key).first()
    if profile is not None:
        return profile, False
    with write():
        try:
            with transaction.atomic():
                profile = Profile.objects.create(source=source, key=key, traits=traits or {}, created=now)
        except IntegrityError:  # another worker on PostgreSQL was faster
            return Profile.objects.get(source=source, key=key), False
        Customer.objects.create(id=profile.id, created=now, last_seen=now)
        profile.customer_id = profile.id
        profile.save(update_fields=["customer"])
        if traits:
            naming.note(traits)
            linking.refresh(profile.id)
            finding.note([profile.id])
        return profile, True


def identify(
    profile_id: int, identifiers: list[IdentifierIn], now: int, traits: dict[str, Any] | None = None
) -> Profile:
    """A profile says who it is. Strong, shared identifiers open links; weak ones only suggest."""
    with write():
        profile = Profile.objects.get(id=profile_id)
        learn(profile, traits or {}, now, overwrite=True)
        held: list[IdentifierIn] = []
        for identifier in identifiers:
            if profile.identifiers.count() >= IDENTIFIERS_PER_PROFILE:
                break
            _hold(profile, identifier, now)
            held.append(identifier)
        for identifier in held:  # once all are noted: together they may be more than one person has
            compare(profile, identifier, now)
            profile.refresh_from_db(fields=["customer"])
        return profile


def create_or_find(
    name: str, identifiers: list[IdentifierIn], traits: dict[str, Any], source: str, now: int | None = None
) -> tuple[int, bool]:
    """The customer whom these identifiers name, made when there is none. The second value: it was made now.

    What is said stands on a profile of the source's own, whoever else holds the identifiers: links by evidence join it
    with them, and where these are undone the words go with it.
    """
    now = now or clock.now()
    said = {**traits, **({"name": name} if name else {})}
    with write():
        profile, made = _own(source, identifiers) or make_profile(source, _key(name, identifiers, now), now)
        profile = identify(profile.id, identifiers, now, said)
        return profile.owner, made and profile.owner == profile.id


def _own(source: str, identifiers: list[IdentifierIn]) -> tuple[Profile, Literal[False]] | None:
    """The profile of a source that holds one of these identifiers, the first ones first; it was there before."""
    held = queries.holders_of({(each.kind, each.value, each.scope) for each in identifiers})
    for each in identifiers:
        for row in held.get((each.kind, each.value, each.scope), ()):
            if row.profile.source == source:
                return row.profile, False
    return None


def _key(name: str, identifiers: list[IdentifierIn], now: int) -> str:
    """Under which key a source knows somebody whom it names by identifiers alone."""
    key = f"{identifiers[0].kind}:{identifiers[0].value}" if identifiers else f"new:{now}:{name}"
    return key[:400]


def _hold(profile: Profile, identifier: IdentifierIn, now: int) -> None:
    """Notes an identifier; evidence only ever grows."""
    held, new = Identifier.objects.get_or_create(
        profile=profile,
        kind=identifier.kind,
        value=identifier.value,
        scope=identifier.scope,
        defaults={
            "evidence": identifier.evidence,
            "created": now,
            "proved": now if identifier.evidence >= Evidence.SIGNED else None,
        },
    )
    if not new:
        strengthen(held, identifier.evidence, now)
    if new and identifier.kind not in finding.HIDDEN_KINDS:
        finding.note([profile.id])


def strengthen(held: Identifier, evidence: Evidence, now: int) -> None:
    """Better evidence for an identifier that a profile holds; weaker changes nothing. Inside ``write()``."""
    if held.evidence < evidence:
        held.evidence = evidence
        held.proved = now if evidence >= Evidence.SIGNED else held.proved
        held.save(update_fields=["evidence", "proved"])


def learn(profile: Profile, said: dict[str, Any], now: int, overwrite: bool) -> None:
    """Notes what a profile says; without ``overwrite`` only what it did not say before. Inside ``write()``."""
    news = {
        name: value
        for name, value in said.items()
        if value not in (None, "") and (overwrite or name not in profile.traits)
    }
    changed = {name: value for name, value in news.items() if profile.traits.get(name, {}).get("value") != value}
    if changed:
        words = {name: golden.again(profile.traits.get(name), value, now) for name, value in changed.items()}
        profile.traits = {**profile.traits, **words}
        profile.save(update_fields=["traits"])
        naming.note(changed)
        linking.refresh(profile.owner)
        finding.note([profile.id])


def compare(profile: Profile, identifier: IdentifierIn, now: int) -> None:
    """Looks at who else holds the identifier, and links or suggests."""
    rows = Identifier.objects.filter(kind=identifier.kind, value=identifier.value, scope=identifier.scope)
    mine = rows.get(profile=profile)
    for other in rows.exclude(profile=profile).select_related("profile").order_by("profile_id")[:20]:
        said = identity.verdict(
            identifier.kind, Evidence(mine.evidence), mine.natural, Evidence(other.evidence), other.natural
        )
        mine.profile = profile
        sides = [explaining.side(mine), explaining.side(other)]
        evidence = {"kind": identifier.kind, "value": identifier.value, "sides": sides}
        if said == "open":
            linking.connect(profile, other.profile, f"same_{identifier.kind}", evidence, now)
            profile.refresh_from_db(fields=["customer"])
        elif said == "suggest":
            linking.suggest(profile, other.profile, f"same_{identifier.kind}", evidence, now)
