"""Talking to the provider: its discovery document, its keys, and the exchange of a code. Never inside ``write()``."""

import time

import httpx
import jwt
import msgspec
from asgiref.sync import async_to_sync
from django.conf import settings

from rondpoint.accounts.sso import rules
from rondpoint.accounts.sso.rules import Discovery, Provider, Refused
from rondpoint.lib.http import guarded_client, request_capped

SECONDS = 10.0
MOST_BYTES = 256_000
REMEMBERED = 600.0  # seconds a document is believed without asking again

_documents: dict[str, tuple[float, Discovery]] = {}
_keys: dict[str, tuple[float, list[jwt.PyJWK]]] = {}


class _Tokens(msgspec.Struct):
    id_token: str


def discover(issuer: str, fresh: bool = False) -> Discovery:
    """What the provider says of itself. Raises Refused."""
    known = _documents.get(issuer)
    if known and not fresh and known[0] > time.monotonic():
        return known[1]
    body = _ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        found = msgspec.json.decode(body, type=Discovery)
    except msgspec.MsgspecError as error:
        raise Refused("discovery", str(error)) from error
    _documents[issuer] = (time.monotonic() + REMEMBERED, rules.trusted(found, issuer))
    return found


def keys(found: Discovery, fresh: bool = False) -> list[jwt.PyJWK]:
    """The provider's keys for signing. Raises Refused."""
    known = _keys.get(found.jwks_uri)
    if known and not fresh and known[0] > time.monotonic():
        return known[1]
    try:
        said = msgspec.json.decode(_ask("GET", found.jwks_uri))
        rows = [row for row in said["keys"] if row.get("use", "sig") == "sig" and row.get("kty") in ("RSA", "EC")]
        parsed = [_key(row) for row in rows]
    except (msgspec.MsgspecError, jwt.PyJWTError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refused("keys", str(error)) from error
    if not parsed:
        raise Refused("keys", "there is none for RS256 or ES256")
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
    said = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    basic = "client_secret_basic" in found.token_endpoint_auth_methods_supported
    if not basic:
        said |= {"client_id": provider.client_id, "client_secret": provider.secret}
    body = _ask("POST", found.token_endpoint, data=said, auth=(provider.client_id, provider.secret) if basic else None)
    try:
        return msgspec.json.decode(body, type=_Tokens).id_token
    except msgspec.MsgspecError as error:
        raise Refused("exchange", "no id token came") from error


def forget() -> None:
    """The next sign-on asks the provider anew."""
    _documents.clear()
    _keys.clear()


def _key(row: dict) -> jwt.PyJWK:
    return jwt.PyJWK(row, algorithm="RS256" if row["kty"] == "RSA" else "ES256")


def _ask(method: str, url: str, **more) -> bytes:
    try:
        answer = async_to_sync(_request)(method, url, **more)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused("unreachable", str(error)[:200] or type(error).__name__) from error
    if answer.status_code != 200:
        raise Refused("unreachable", f"it answered {answer.status_code}")
    return answer.content


async def _request(method: str, url: str, **more) -> httpx.Response:
    async with guarded_client(allow_private=settings.ENVIRONMENT.allow_private, timeout=SECONDS) as http:
        return await request_capped(http, method, url, limit=MOST_BYTES, **more)
