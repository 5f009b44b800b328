"""Chat sessions: an opaque token that never expires, and the account that a host site's JWT proves."""

from copy import copy

import jwt
from django.conf import settings
from msgspec import Struct

from rondpoint.channels import connections
from rondpoint.channels.contract import ConnectionInfo
from rondpoint.conversations.models import ChatSession
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence, IdentifierIn
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import addresses, bulk, clock, ids, signing
from rondpoint.lib.text import storable

MAX_TOKEN_LIFE = 24 * 3600  # seconds
LEEWAY = 60  # seconds of clock skew
MIN_SECRET = 32


class BadJwt(ValueError):
    """The host site's token proves nothing; the message says why."""


class Account(Struct, frozen=True):
    """Who the host site says this is."""

    number: str
    name: str = ""
    email: str = ""
    phone: str = ""
    locale: str = ""


def read_jwt(token: str, info: ConnectionInfo, now: int) -> Account:
    """The account in a token signed by the host site (RFC 7519, HS256 only). Raises BadJwt."""
    secret = info.get("secret")
    if len(secret.encode()) < MIN_SECRET:
        raise BadJwt("this chat has no secret, so no account can be proved")
    try:
        said = jwt.decode(
            token, secret, algorithms=["HS256"], leeway=LEEWAY, options={"require": ["sub", "exp"], "verify_aud": False}
        )
    except jwt.ExpiredSignatureError as error:
        raise BadJwt("the token has expired") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadJwt(f"the token is not valid: {error}") from error
    if int(said["exp"]) > now // clock.SECOND + MAX_TOKEN_LIFE + LEEWAY:
        raise BadJwt("exp lies more than 24 hours ahead")
    number = storable(str(said["sub"])).strip()
    try:
        addresses.normalise("account", number)
    except addresses.BadAddress as error:
        raise BadJwt(f"sub: {error}") from error
    words = {name: storable(str(said.get(name) or ""))[:200] for name in ("name", "email", "phone", "locale")}
    return Account(number=number, **words)


def find(token: str) -> ChatSession | None:
    """The session of a bearer token."""
    return find_many([token])[0]


def find_many(tokens: list[str]) -> list[ChatSession | None]:
    """The sessions of bearer tokens, each a row of its own."""
    digests = [digest(token) if 20 <= len(token) <= 100 else "" for token in tokens]
    known = {row.token_digest: row for row in bulk.fetch(ChatSession, token_digest=set(digests) - {""})}
    doors = connections.by_ids({row.connection_id for row in known.values()})
    for row in known.values():
        row.connection = doors[row.connection_id]
    return [copy(known[digested]) if digested in known else None for digested in digests]


def open_session(
    info: ConnectionInfo, session: ChatSession | None, account: Account | None, page: str, locale: str, now: int
) -> tuple[ChatSession, str]:
    """Opens or resumes a session; the token is empty when it was resumed. Inside ``write()``."""
    token = ""
    if session is None:
        token = ids.secret_token(32)
        key = f"anon:{ids.secret_token(12)}" if account is None else f"account:{account.number}"
        profile, _ = customers.make_profile(f"chat:{info.public_id}", key[:400], now)
        session = ChatSession.objects.create(
            token_digest=digest(token),
            connection_id=info.id,
            profile_id=profile.id,
            locale=locale[:16],
            page=page[:500],
            created=now,
            last_seen=now,
        )
        events.record(
            [
                Fact(
                    profile.id,
                    "chat.session",
                    now,
                    "chat",
                    f"session:{session.id}",
                    "chat",
                    info.id,
                    {"page": page[:500]},
                )
            ]
        )
    if account is not None:
        _prove(session, info, account, now)
    session.page, session.locale, session.last_seen = page[:500], locale[:16] or session.locale, now
    session.save(update_fields=["page", "locale", "last_seen", "profile_id", "proved"])
    return session, token


def digest(token: str) -> str:
    """How a session's token is kept."""
    return signing.digest(settings.SECRET_KEY, "chat session", token)


def _prove(session: ChatSession, info: ConnectionInfo, account: Account, now: int) -> None:
    """The device belongs to an account. One that already belonged to another moves over and takes nothing along."""
    source = f"chat:{info.public_id}"
    mine, _ = customers.make_profile(source, f"account:{account.number}"[:400], now)
    identifiers = [IdentifierIn("account", account.number, Evidence.SIGNED, connections.account_scope(info))]
    for kind in ("email", "phone"):
        try:
            value = addresses.normalise(kind, getattr(account, kind), info.country)
        except addresses.BadAddress:
            continue
        identifiers.append(IdentifierIn(kind, value, Evidence.SIGNED))
    traits = {"name": account.name, "language": account.locale[:2]}
    mine = customers.identify(mine.id, identifiers, now, {key: value for key, value in traits.items() if value})
    device = known.profile(session.profile_id)
    if device.id != mine.id:
        if device.key.startswith("anon:"):
            customers.connect(device, mine, "account_token", {"kind": "account", "value": account.number}, now)
        if known.profile(device.id).customer_id != known.profile(mine.id).customer_id:
            session.profile_id = mine.id
    session.proved = True


def connection_of(session: ChatSession) -> ConnectionInfo:
    """The chat a session belongs to."""
    return connections.info(session.connection)
