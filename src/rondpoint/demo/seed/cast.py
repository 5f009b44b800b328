"""The people of the demo in the tables: profiles, customers, identifiers, links, chat sessions."""

import random

from django.db.models import F

from rondpoint.channels import connections
from rondpoint.conversations.models import ChatSession
from rondpoint.customers import actions
from rondpoint.customers.models import Customer, Identifier, Link, Profile
from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.demo.seed import people, plot, story
from rondpoint.demo.seed.company import House
from rondpoint.events.models import Event
from rondpoint.lib import clock, ids


def enter(house: House, known: list[people.Customer], dice: random.Random, now: int) -> list[story.Actor]:
    """Profiles with their identifiers, one living customer each."""
    chat_source = f"chat:{house.chat.public_id}"
    scope = connections.account_scope(connections.info(house.chat))
    actors = []
    for number, customer in enumerate(known):
        first = now - int(dice.uniform(20, 185) * clock.DAY)
        actors.append(story.Actor(customer=customer, number=number, first_seen=first))
    for actor in actors:
        actor.main = _profile(actor, *_founding(actor, chat_source, dice))
        if actor.customer.chats:
            account = f"account:{actor.account}"
            actor.chat = Profile(
                source=chat_source,
                key=account,
                created=actor.first_seen + clock.DAY,
                traits=_traits(actor, actor.first_seen + clock.DAY),
            )
    mains = [actor.main for actor in actors]
    chats = [actor.chat for actor in actors if actor.chat is not None and actor.chat is not actor.main]
    Profile.objects.bulk_create(mains)
    Profile.objects.bulk_create(chats)
    Customer.objects.bulk_create(
        [
            Customer(
                id=actor.main.id,
                name=actor.customer.name if actor.customer.founded != "chat" else "",
                language=actor.customer.language,
                created=actor.first_seen,
                last_seen=actor.first_seen,
            )
            for actor in actors
        ]
    )
    joined = [actor for actor in actors if actor.chat is not None and actor.chat is not actor.main]
    Customer.objects.bulk_create(
        [
            Customer(
                id=actor.chat.id,
                merged_into_id=actor.main.id,
                name=actor.customer.name,
                language=actor.customer.language,
                created=actor.chat.created,
                last_seen=actor.chat.created,
            )
            for actor in joined
        ]
    )
    Profile.objects.filter(id__in=[row.id for row in mains]).update(customer_id=F("id"))
    for row in mains:
        row.customer_id = row.id
    for actor in joined:
        actor.chat.customer_id = actor.main.id
    Profile.objects.bulk_update([actor.chat for actor in joined], ["customer"])
    Identifier.objects.bulk_create([row for actor in actors for row in _identifiers(actor, scope)])
    _open_links(joined)
    _sessions(house, actors)
    return actors


def _founding(actor: story.Actor, chat_source: str, dice: random.Random) -> tuple[str, str]:
    """Source and key of the profile by which we first knew her."""
    founded = actor.customer.founded
    if founded == "shop":
        return "shop", actor.account
    if founded == "email":
        return "email", actor.customer.email
    if founded == "phone":
        return "phone", actor.customer.phone
    return chat_source, f"anon:{dice.getrandbits(96):024x}"


def _profile(actor: story.Actor, source: str, key: str) -> Profile:
    anonymous = actor.customer.founded == "chat"
    traits = _traits(actor, actor.first_seen)
    if anonymous:
        traits.pop("name")
    row = Profile(source=source, key=key, created=actor.first_seen, traits=traits)
    if anonymous:
        actor.chat = row
    return row


def _traits(actor: story.Actor, at: int) -> dict:
    said = {"name": actor.customer.name, "language": actor.customer.language}
    if actor.customer.founded == "shop":
        said |= {"city": actor.customer.city, "country": actor.customer.country}
    return {name: {"value": value, "at": at} for name, value in said.items()}


def _identifiers(actor: story.Actor, scope: str) -> list[Identifier]:
    customer, main = actor.customer, actor.main
    natural = customer.founded in ("email", "phone")
    rows = []
    if customer.email:
        # A mailbox at a domain without DMARC: nobody vouches for who writes from it.
        doubtful = customer.founded == "email" and actor.number % 9 == 4
        evidence = Evidence.CLAIMED if doubtful else Evidence.PROVIDER
        actor.unverified = doubtful
        rows.append(_identifier(main, "email", customer.email, evidence, natural=natural))
    if customer.phone:
        rows.append(_identifier(main, "phone", customer.phone, Evidence.PROVIDER, natural=natural))
    if actor.chat is not None and actor.chat is not main:
        rows.append(_identifier(actor.chat, "account", actor.account, Evidence.SIGNED, scope))
        rows.append(_identifier(actor.chat, "email", customer.email, Evidence.SIGNED))
        if customer.known_as is not None:
            rows.append(_identifier(actor.chat, "phone", customer.phone, Evidence.SIGNED))
    return rows


def _identifier(
    profile: Profile, kind: str, value: str, evidence: Evidence, scope: str = "", natural: bool = False
) -> Identifier:
    return Identifier(
        profile=profile,
        kind=kind,
        value=value,
        scope=scope,
        evidence=evidence,
        natural=natural,
        created=profile.created,
        proved=profile.created if evidence >= Evidence.SIGNED else None,
    )


def _open_links(joined: list[story.Actor]) -> None:
    """A signed-in chat and the shop's account share an address that both vouch for: the link opened by itself."""
    links = Link.objects.bulk_create(
        [
            Link(
                left=actor.main,
                right=actor.chat,
                kind=LinkKind.DETERMINISTIC,
                rule="same_email",
                evidence={
                    "kind": "email", "value": actor.customer.email,
                    "sides": [side(actor.main, Evidence.PROVIDER), side(actor.chat, Evidence.SIGNED)],
                },
                opened=actor.chat.created,
            )
            for actor in joined
        ]
    )  # fmt: skip
    Event.objects.bulk_create([plot.linked(link) for link in links])


def side(profile: Profile, evidence: Evidence) -> dict:
    """What one end of a link had for the address that both hold."""
    return {"source": profile.source, "level": evidence.name.lower(), "at": profile.created}


def _sessions(house: House, actors: list[story.Actor]) -> None:
    rows = [
        ChatSession(
            token_digest=ids.secret_token(32),
            connection=house.chat,
            profile_id=actor.chat.id,
            proved=actor.chat is not actor.main,
            locale=actor.customer.language,
            page="/demo/shop",
            created=actor.chat.created,
            last_seen=actor.chat.created,
        )
        for actor in actors
        if actor.chat is not None
    ]
    sessions = ChatSession.objects.bulk_create(rows)
    by_profile = {row.profile_id: row.id for row in sessions}
    for actor in actors:
        if actor.chat is not None:
            actor.session_id = by_profile[actor.chat.id]


def join_twins(house: House, cast: list[story.Actor], now: int) -> None:
    """Second records: some a person has merged, some wait for her word."""
    firsts = {actor.customer.name: actor for actor in reversed(cast) if not actor.customer.twin}
    suggested = []
    for number, twin in enumerate(actor for actor in cast if actor.customer.twin):
        first, at = firsts[twin.customer.name], now - (number + 1) * clock.DAY
        if twin.customer.twin == "merged":
            actions.merge(first.main.id, twin.main.id, house.staff["Inès"].name, at)
            continue
        suggested.append(
            Link(
                left=first.main,
                right=twin.main,
                kind=LinkKind.PROBABLE,
                rule="same_name",
                evidence={"kind": "name", "value": twin.customer.name},
                score=0.7,
                suggested=at,
            )
        )
    Link.objects.bulk_create(suggested)
