"""Talking to the provider: its discovery document, its keys, and the exchange of a code. Never inside ``write()``."""

import asyncio
import time
from urllib.parse import quote_plus

import httpx
import jwt
import msgspec
from asgiref.sync import async_to_sync
from django.conf import settings

from rondpoint.accounts.sso import rules
from rondpoint.accounts.sso.rules import Discovery, Provider, Refused
from rondpoint.lib import ids
from rondpoint.lib.http import guarded_client, request_capped

SECONDS = 10.0
MOST_BYTES = 256_000
REMEMBERED = 600.0  # seconds a document is believed without asking again

_documents: dict[str, tuple[float, Discovery]] = {}
_keys: dict[str, tuple[float, list[jwt.PyJWK]]] = {}


class _Tokens(msgspec.Struct):
    id_token: str


class _Trouble(msgspec.Struct):
    error: str


def discover(issuer: str, fresh: bool = False) -> Discovery:
    """What the provider says of itself. Raises Refused."""
    known = _documents.get(issuer)
    if known and not fresh and known[0] > time.monotonic():
        return known[1]
    body = _ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        found = msgspec.json.decode(body, type=Discovery)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused("discovery", str(error)) from error
    _documents[issuer] = (time.monotonic() + REMEMBERED, rules.trusted(found, issuer))
    return found


def keys(found: Discovery, fresh: bool = False) -> list[jwt.PyJWK]:
    """The provider's keys for signing. Raises Refused."""
    known = _keys.get(found.jwks_uri)
    if known and not fresh and known[0] > time.monotonic():
        return known[1]
    try:
        said = msgspec.json.decode(_ask(found.jwks_uri))
        parsed = [key for row in said["keys"] if (key := _key(row))]
    except (msgspec.MsgspecError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise Refused("keys", str(error)) from error
    if not parsed:
        raise Refused("keys", "no RS256, no ES256")
    _keys[found.jwks_uri] = (time.monotonic() + REMEMBERED, parsed)
    return parsed


def key_of(found: Discovery, token: str) -> jwt.PyJWK:
    """The key that signed a token; one that is not known yet is looked for once more. Raises Refused."""
    wanted = rules.key_id(token)
    for fresh in (False, True):
        rows = keys(found, fresh)
        for row in rows:
            if (wanted and row.key_id == wanted) or (not wanted and len(rows) == 1):
                return row
    raise Refused("token", "no key of the provider signed it")


def exchange(found: Discovery, provider: Provider, code: str, verifier: str, back: str) -> str:
    """The id token that a code is worth, once. Raises Refused."""
    body = _believed(_exchange(found, provider, code, verifier, back))
    try:
        return msgspec.json.decode(body, type=_Tokens).id_token
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused("exchange", "no id_token") from error


def introduce(found: Discovery, provider: Provider, back: str) -> None:
    """Whether the provider knows this client and its secret: a code that nobody was given is refused for what it is
    (``invalid_grant``) only to a client that is known (RFC 6749, 5.2). Raises Refused."""
    answer = _exchange(found, provider, ids.secret_token(), ids.secret_token(48), back)
    trouble = _trouble(answer)
    if trouble in ("invalid_client", "unauthorized_client"):
        raise Refused("client", trouble)


def forget() -> None:
    """The next sign-on asks the provider anew."""
    _documents.clear()
    _keys.clear()


def _key(row: dict) -> jwt.PyJWK | None:
    # A provider may publish keys for other things beside: they are passed over.
    algorithm = rules.algorithm(row)
    try:
        return jwt.PyJWK(row, algorithm=algorithm) if algorithm else None
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None


def _exchange(found: Discovery, provider: Provider, code: str, verifier: str, back: str) -> httpx.Response:
    said = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    basic = "client_secret_basic" in found.token_endpoint_auth_methods_supported
    if not basic:
        said |= {"client_id": provider.client_id, "client_secret": provider.secret}
    # RFC 6749, 2.3.1: both are form-encoded before they are joined.
    auth = (quote_plus(provider.client_id), quote_plus(provider.secret)) if basic else None
    return _send("POST", found.token_endpoint, data=said, auth=auth)


def _ask(url: str) -> bytes:
    return _believed(_send("GET", url))


def _believed(answer: httpx.Response) -> bytes:
    if answer.status_code != 200:
        trouble = _trouble(answer)
        raise Refused("unreachable", f"HTTP {answer.status_code}{trouble and f' ({trouble})'}")
    return answer.content


def _trouble(answer: httpx.Response) -> str:
    try:
        return msgspec.json.decode(answer.content, type=_Trouble).error[:100]
    except (msgspec.MsgspecError, RecursionError):
        return ""


def _send(method: str, url: str, **more) -> httpx.Response:
    try:
        return async_to_sync(_request)(method, url, **more)
    except TimeoutError as error:
        raise Refused("slow", f"{SECONDS:g}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused("unreachable", str(error)[:200] or type(error).__name__) from error


async def _request(method: str, url: str, **more) -> httpx.Response:
    # The client's limit holds for each read: an answer that drips is cut off by ours.
    async with asyncio.timeout(SECONDS), guarded_client(allow_private=settings.ENVIRONMENT.allow_private) as http:
        return await request_capped(http, method, url, limit=MOST_BYTES, **more)
