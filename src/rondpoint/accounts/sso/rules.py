"""What a provider must be, what is asked of it, what of its answer is believed (OpenID Connect Core 1.0). No I/O."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

import jwt
from msgspec import Struct

ALGORITHMS = ["RS256", "ES256"]  # chosen here, never by the token
ENTRA = "https://login.microsoftonline.com/"
LEEWAY = 60  # seconds that clocks may differ
ROLES = ("read_only", "agent", "supervisor")  # a provider makes no administrators


class Refused(ValueError):
    """What came cannot be believed; ``reason`` is a word of ours."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(detail or reason)
        self.reason = reason


class Provider(Struct, frozen=True):
    """The identity provider of the house. ``domains``: those of e-mail addresses that may come in; none: all."""

    issuer: str
    client_id: str
    secret: str
    label: str = ""
    domains: tuple[str, ...] = ()
    create: bool = False
    role: str = "agent"
    passwords_off: bool = False


class Discovery(Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Person(Struct, frozen=True):
    """Who came, as the provider vouches."""

    subject: str
    email: str
    name: str


def secure(url: str) -> bool:
    """Whether an address is encrypted, or on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _loopback(parts.hostname or "")


def same_house(one: str, other: str) -> bool:
    """Whether two issuers are at one origin: a secret kept for one is shown to the other."""
    return secure(other) and urlsplit(one)[:2] == urlsplit(other)[:2]


def problems(provider: Provider, moved: bool = False) -> dict[str, str]:
    """The settings that cannot be, a word for each field. ``moved``: the secret kept so far is of another provider."""
    found = {}
    if not secure(provider.issuer) or urlsplit(provider.issuer).query or urlsplit(provider.issuer).fragment:
        found["issuer"] = "issuer"
    if not provider.client_id:
        found["client_id"] = "needed"
    if not provider.secret:
        found["secret"] = "moved" if moved else "needed"
    if provider.role not in ROLES:
        found["role"] = "role"
    if any("." not in domain or "@" in domain or " " in domain for domain in provider.domains):
        found["domains"] = "domain"
    elif provider.create and not provider.domains:
        found["domains"] = "domains"  # or whoever the provider knows, which may be anybody, would get an account
    return found


def trusted(found: Discovery, issuer: str) -> Discovery:
    """The discovery document when it is the issuer's own. Raises Refused."""
    if found.issuer != issuer:
        raise Refused("issuer", found.issuer[:200])
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if not secure(url):
            raise Refused("endpoint", url[:200])
    return found


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def question(found: Discovery, provider: Provider, back: str, state: str, nonce: str, verifier: str) -> str:
    """The address to which somebody is sent to sign in."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(found.authorization_endpoint).query else "?"
    return f"{found.authorization_endpoint}{joint}{urlencode(asked)}"


def algorithm(row: Mapping) -> str:
    """How a published key (RFC 7517) signs, of the two that are believed; "" for any other."""
    if row.get("use", "sig") != "sig":
        return ""
    kind = {"RSA": "RS256", "EC": "ES256" if row.get("crv") == "P-256" else ""}.get(row.get("kty"), "")
    return kind if row.get("alg", kind) == kind else ""


def key_id(token: str) -> str:
    """Which key signed a token. Raises Refused."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, RecursionError) as error:
        raise Refused("token", str(error)) from error
    if header.get("alg") not in ALGORITHMS:
        raise Refused("token", f"signed with {header.get('alg')}")
    return str(header.get("kid") or "")


def verified(said: Mapping, issuer: str) -> bool:
    """Whether the provider says that the e-mail address is hers. Entra ID never sends ``email_verified``; its own word
    for it is ``xms_edov``: the owner of the domain is verified (Microsoft, optional claims reference)."""
    if "email_verified" not in said and issuer.startswith(ENTRA):
        return said.get("xms_edov") in (True, "1", "true")
    return said.get("email_verified") is True


def person(token: str, key: jwt.PyJWK, provider: Provider, nonce: str) -> Person:
    """Whom a token vouches for. Raises Refused for anything that is not exactly right."""
    try:
        said = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm_name] if key.algorithm_name in ALGORITHMS else [],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "iss", "aud"]},
        )
    except (jwt.PyJWTError, RecursionError) as error:
        raise Refused("token", str(error)) from error
    several = isinstance(said["aud"], list) and len(said["aud"]) > 1
    if (several or "azp" in said) and said.get("azp") != provider.client_id:
        raise Refused("token", "it was made for another client")
    if not hmac.compare_digest(str(said.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("token", "the nonce is another one")
    return _person(said, provider)


def _person(said: Mapping, provider: Provider) -> Person:
    email = str(said.get("email", "")).strip().lower()
    subject, name = said["sub"], str(said.get("name") or "")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or not subject.isprintable():
        raise Refused("token", "its subject cannot be used")
    if not verified(said, provider.issuer) or not _address(email):
        raise Refused("unverified", "no verified e-mail address came")
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise Refused("domain", email.rpartition("@")[2])
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return Person(subject, email, (name or email.partition("@")[0])[:120])


def _address(email: str) -> bool:
    local, at, domain = email.rpartition("@")
    return bool(local and at and domain) and len(email) <= 254 and email.isprintable() and " " not in email


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
