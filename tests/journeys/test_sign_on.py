"""Single sign-on against a provider on loopback, honest and otherwise."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from tests.peers.identity_provider import CLIENT, SECRET, IdentityProvider

from rondpoint.accounts import actions
from rondpoint.accounts.models import AuditEntry, Setting, SignOnIdentity, User
from rondpoint.accounts.sso import actions as sso
from rondpoint.accounts.sso import client as talking
from rondpoint.accounts.sso import rules
from rondpoint.accounts.sso.rules import Provider, problems
from rondpoint.accounts.types import Role
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture
def provider(settings):
    talking.forget()
    settings.ENVIRONMENT = msgspec.structs.replace(settings.ENVIRONMENT, allow_private=True)
    peer = IdentityProvider()
    yield peer
    peer.stop()
    talking.forget()


@pytest.fixture
def house(brand, provider):
    """A house with the provider, and Inès on its staff; changes its settings when called."""
    actions.create_user("ines@example.com", "Inès", PASSWORD)

    def keep(**more):
        sso.keep("test", Provider(provider.issuer, CLIENT, SECRET, "Hirondelle", **more))

    keep()
    return keep


def go(client, **more):
    """Presses the button; where the provider is asked."""
    return client.post("/login/sign-on", more)["Refresh"].removeprefix("0; url=")


def enter(client, provider, **more):
    """The whole way; the last answer."""
    back = urlsplit(provider.authorize(go(client, **more)))
    return client.get(f"{back.path}?{back.query}")


def refused(client, provider):
    answer = enter(client, provider)
    assert client.get("/inbox").status_code == 302
    assert answer.status_code == 403
    return AuditEntry.objects.filter(action="sign_on.refused").latest("id").target


def test_a_colleague_comes_in_and_is_bound(client, house, provider):
    assert "Hirondelle" in client.get("/login").content.decode()
    assert enter(client, provider, next="/customers")["Location"] == "/customers"
    assert client.get("/inbox").status_code == 200
    assert client.session["by"] == "sign_on"
    provider.person["email"] = "ines.new@example.com"  # the subject is who she is
    assert enter(Client(), provider).status_code == 302
    assert SignOnIdentity.objects.get().user.email == "ines@example.com"


def test_the_question_carries_state_nonce_and_challenge(client, house, provider):
    asked = parse_qs(urlsplit(go(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["state"] != parse_qs(urlsplit(go(client)).query)["state"]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"]},
        {"azp": "somebody-else"},
        {"iss": "https://evil.example.org"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
    ],
    ids=["nonce", "aud", "two audiences", "azp", "iss", "expired", "made tomorrow"],
)
def test_a_wrong_token_opens_nothing(client, house, provider, claims):
    provider.claims = claims
    assert refused(client, provider) == "token"


@pytest.mark.parametrize("missing", ["exp", "iat", "sub", "nonce"])
def test_a_token_that_lacks_something_opens_nothing(client, house, provider, missing):
    honest = provider.sign
    provider.sign = lambda claims: honest({name: value for name, value in claims.items() if name != missing})
    assert refused(client, provider) == "token"


def test_the_token_does_not_choose_how_it_is_signed(client, house, provider):
    provider.sign = lambda claims: jwt.encode(claims, None, "none")
    assert refused(client, provider) == "token"
    secret = provider.public_pem()
    head = {"kid": provider.name}

    def by_public_key(claims):
        parts = [{"alg": "HS256", "typ": "JWT", **head}, claims]
        body = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        mac = base64.urlsafe_b64encode(hmac.new(secret, body, hashlib.sha256).digest()).rstrip(b"=")
        return (body + b"." + mac).decode()

    provider.sign = by_public_key
    assert refused(client, provider) == "token"
    stranger = IdentityProvider()
    provider.sign = lambda claims: jwt.encode(claims, stranger.key, "RS256", head)
    assert refused(client, provider) == "token"
    stranger.stop()


def test_a_new_key_is_looked_for_once(client, house, provider):
    enter(client, provider)
    provider.turn_key("second")
    assert enter(Client(), provider).status_code == 302
    before = provider.asked.count("/keys")
    provider.sign = lambda claims: jwt.encode(claims, provider.key, "RS256", {"kid": "unknown"})
    assert refused(Client(), provider) == "token"
    assert provider.asked.count("/keys") == before + 1


@pytest.mark.parametrize(
    ("row", "algorithm"),
    [
        ({"kty": "RSA"}, "RS256"),
        ({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}, "ES256"),
        ({"kty": "EC", "crv": "P-384"}, ""),
        ({"kty": "RSA", "alg": "RS512"}, ""),
        ({"kty": "RSA", "use": "enc"}, ""),
        ({"kty": "oct"}, ""),
        ({}, ""),
    ],
)
def test_two_ways_of_signing_are_believed(row, algorithm):
    assert rules.algorithm(row) == algorithm


def test_a_key_for_something_else_beside_does_no_harm(client, house, provider):
    provider.beside = [{"kty": "RSA", "kid": "broken"}, {"kty": "EC", "crv": "P-521"}, {"kty": "OKP", "crv": "Ed25519"}]
    assert enter(client, provider).status_code == 302


def test_a_signature_by_elliptic_curve_is_believed(client, house, provider):
    key = ec.generate_private_key(ec.SECP256R1())
    row = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    provider.beside = [row | {"kid": "curve", "use": "sig"}]
    provider.sign = lambda claims: jwt.encode(claims, key, "ES256", {"kid": "curve"})
    assert enter(client, provider).status_code == 302
    provider.sign = lambda claims: jwt.encode(claims, key, "ES256", {"kid": provider.name})
    assert refused(Client(), provider) == "token"


def test_the_client_proves_itself_as_the_provider_asks(client, house, provider):
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert enter(client, provider).status_code == 302


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_nobody_verified_opens_nothing(client, house, provider, verified):
    provider.person["email_verified"] = verified
    assert refused(client, provider) == "unverified"


@pytest.mark.parametrize(
    ("said", "issuer", "right"),
    [
        ({"email_verified": True}, "https://login.example.com", True),
        ({"xms_edov": True}, "https://login.example.com", False),
        ({"xms_edov": True}, f"{rules.ENTRA}tenant/v2.0", True),
        ({"xms_edov": "1"}, f"{rules.ENTRA}tenant/v2.0", True),
        ({"xms_edov": 0}, f"{rules.ENTRA}tenant/v2.0", False),
        ({"xms_edov": True, "email_verified": False}, f"{rules.ENTRA}tenant/v2.0", False),
        ({}, f"{rules.ENTRA}tenant/v2.0", False),
    ],
)
def test_who_vouches_for_an_address(said, issuer, right):
    assert rules.verified(said, issuer) is right


@pytest.mark.parametrize("email", ["", "ines", "@example.com", "ines@", "ines @example.com", "i\x00@example.com", 7])
def test_an_address_that_is_none_opens_nothing(client, house, provider, email):
    provider.person["email"] = email
    assert refused(client, provider) == "unverified"


@pytest.mark.parametrize("subject", ["", "4\x002", "4" * 256])
def test_a_subject_that_cannot_be_kept_opens_nothing(client, house, provider, subject):
    provider.person["sub"] = subject
    assert refused(client, provider) == "token"


def test_only_the_domains_of_the_house(client, house, provider):
    house(domains=("example.org",))
    assert refused(client, provider) == "domain"
    house(domains=("example.com",))
    assert enter(client, provider).status_code == 302


def test_whoever_has_no_account_is_told_so_or_gets_one(client, house, provider):
    provider.person |= {"sub": "77", "email": "zoe@example.com", "name": "Zoé"}
    assert refused(client, provider) == "unknown"
    house(create=True, role="supervisor", domains=("example.com",))
    assert enter(client, provider).status_code == 302
    zoe = User.objects.get(email="zoe@example.com")
    assert (zoe.name, zoe.role, zoe.has_usable_password()) == ("Zoé", "supervisor", False)


def test_a_closed_account_stays_closed(client, house, provider):
    enter(Client(), provider)
    with write():
        User.objects.update(is_active=False)
    assert refused(client, provider) == "closed"


def test_a_state_opens_once_and_for_its_browser_alone(client, house, provider):
    back = urlsplit(provider.authorize(go(client)))
    path = f"{back.path}?{back.query}"
    assert Client().get(path).status_code == 403
    assert client.get(path).status_code == 302
    assert client.get(path).status_code == 403
    go(client)
    assert client.get("/login/sign-on/back?code=x&state=wrong").status_code == 403


def test_whoever_never_began_leaves_no_trace(client, house):
    assert client.get("/login/sign-on/back?code=x&state=y").status_code == 403
    assert not client.cookies.get("rondpoint_session")
    assert not AuditEntry.objects.filter(action="sign_on.refused").exists()


def test_a_sign_in_that_takes_too_long_begins_again(client, house, provider, monkeypatch):
    back = urlsplit(provider.authorize(go(client)))
    later = clock.now() + 11 * clock.MINUTE
    monkeypatch.setattr("rondpoint.accounts.sso.views.clock.now", lambda: later)
    assert client.get(f"{back.path}?{back.query}").status_code == 403


def test_a_code_is_worth_one_token(client, house, provider):
    asked = go(client)
    back = provider.authorize(asked)
    provider._codes.clear()
    assert client.get(f"{urlsplit(back).path}?{urlsplit(back).query}").status_code == 403


def test_the_provider_may_say_no(client, house, provider):
    provider.refuse = "access_denied"
    answer = enter(client, provider)
    assert answer.status_code == 403
    assert "did not let you in" in answer.content.decode()
    provider.refuse = "temporarily_unavailable"
    assert "temporarily_unavailable" in enter(client, provider).content.decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "discovery"),
        (b"{}", "discovery"),
        (b'{"more":' + b"[" * 100_000, "discovery"),
        (b"x" * 300_000, "unreachable"),
    ],
)
def test_a_document_that_is_none_is_told(client, house, provider, body, reason):
    provider.body = body
    assert client.post("/login/sign-on").status_code == 403
    assert AuditEntry.objects.get(action="sign_on.refused").target == reason


def test_a_provider_that_hangs_is_left(client, house, provider, monkeypatch):
    monkeypatch.setattr(talking, "SECONDS", 0.3)
    provider.wait.clear()
    assert client.post("/login/sign-on").status_code == 403


def test_an_answer_that_drips_is_cut_off(client, house, provider, monkeypatch):
    monkeypatch.setattr(talking, "SECONDS", 0.3)
    provider.drips = True
    began = time.monotonic()
    assert client.post("/login/sign-on").status_code == 403
    assert time.monotonic() - began < 5


def test_it_leads_to_no_other_site(client, house, provider):
    assert enter(client, provider, next="https://evil.example.org/")["Location"] == "/"


def test_passwords_can_be_switched_off_but_for_administrators(client, house):
    house(passwords_off=True)
    said = {"email": "ines@example.com", "password": PASSWORD}
    assert client.post("/login", said).status_code == 403
    with write():
        User.objects.update(role=Role.ADMINISTRATOR)
    assert client.post("/login", said).status_code == 302


def test_a_changed_secret_of_the_house_leaves_the_way_by_password(client, house, settings):
    settings.SECRET_KEY = "another secret of the house, long enough for its purpose"
    assert client.post("/login", {"email": "ines@example.com", "password": PASSWORD}).status_code == 302


@pytest.fixture
def desk(client, brand):
    actions.create_user("ada@example.com", "Ada", PASSWORD, Role.ADMINISTRATOR)
    client.post("/login", {"email": "ada@example.com", "password": PASSWORD})
    return client


def test_it_is_set_up_on_screen_and_checked(desk, provider):
    said = {"issuer": provider.issuer, "client_id": CLIENT, "secret": SECRET, "role": "agent", "domains": "@A.example"}
    page = desk.post("/settings/sign-on", said).content.decode()
    assert "callout ok" in page
    assert SECRET not in page + str(Setting.objects.get(name="sign_on").value)
    page = desk.post("/settings/sign-on", said | {"secret": "not the one"}).content.decode()
    assert "invalid_client" in page
    assert "callout ok" not in page
    desk.post("/settings/sign-on", said)
    provider.document = {"issuer": "https://other.example.org"}
    page = desk.post("/settings/sign-on", said | {"secret": ""}).content.decode()
    assert "https://other.example.org" in page
    provider.document = {"token_endpoint": "http://login.example.org/token"}
    assert "http://login.example.org/token" in desk.post("/settings/sign-on", said).content.decode()
    elsewhere = desk.post("/settings/sign-on", said | {"secret": "", "issuer": "https://evil.example.org"})
    assert elsewhere.status_code == 422  # the kept secret goes to no other provider
    assert 'id="e-secret"' in elsewhere.content.decode()
    desk.post("/settings/sign-on", {"remove": "1"})
    assert "Hirondelle" not in Client().get("/login").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"issuer": "http://login.example.com"}, "issuer"),
        ({"issuer": "https://login.example.com?x=1"}, "issuer"),
        ({"issuer": "https://[login.example.com"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"secret": ""}, "secret"),
        ({"role": "administrator"}, "role"),
        ({"domains": ("nobody",)}, "domains"),
        ({"create": True}, "domains"),
    ],
)
def test_wrong_settings_are_named(wrong, field):
    right = {"issuer": "https://login.example.com", "client_id": CLIENT, "secret": SECRET}
    assert problems(Provider(**right)) == {}
    assert set(problems(Provider(**(right | wrong)))) == {field}
