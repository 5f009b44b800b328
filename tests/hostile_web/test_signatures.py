"""Signatures of providers, sites and single sign-on: whatever is not exactly what was signed is refused."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from rondpoint.accounts.sso import rules
from rondpoint.channels.contract import ConnectionInfo, Raw
from rondpoint.channels.email.channel import EmailChannel
from rondpoint.channels.sms import twilio
from rondpoint.conversations.chat import sessions
from rondpoint.lib import clock

TOKEN, URL = "a" * 32, "https://desk.example.com/in/sms/0198c0de"
FIELDS = {"MessageSid": "SM1", "From": "+33199000001", "To": "+33199001000", "Body": "Bonjour é & = +", "NumMedia": "0"}
BODY = urlencode(FIELDS).encode()


# PyJWT warns of the weak keys that are tried here.
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")


def connection(**settings):
    return ConnectionInfo(id=1, public_id="x", kind="sms", name="x", settings=settings)


def raw(body=BODY, url=URL, signature=None, method="POST", **headers):
    if signature is not None:
        headers["x-twilio-signature"] = signature
    return Raw(body=body, headers=headers, url=url, method=method, received=clock.now())


def sign(body=FIELDS, url=URL, token=TOKEN):
    text = url + "".join(name + body[name] for name in sorted(body))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def altered(data):
    """Every way to change one byte of something: another one, one less, one more."""
    for place in range(len(data)):
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield data[:place] + data[place + 1 :]
        yield data[:place] + b"0" + data[place:]


def says_the_same(body):
    """Whether two bodies are one to the provider: the same form spelt otherwise, or names and values that stand in one
    row without a mark between them (its way of signing puts none)."""
    try:
        return twilio.signature(TOKEN, URL, twilio._fields(raw(body))) == sign()
    except ValueError:
        return False


def test_a_webhook_is_taken_only_as_it_was_signed():
    known, right = connection(auth_token=TOKEN), sign()
    assert twilio.verify(raw(signature=right), known)
    assert twilio.verify(raw(BODY.replace(b"+", b"%20"), signature=right), known)  # the same form, spelt otherwise
    tries = [raw(signature=wrong.decode("latin-1")) for wrong in altered(right.encode())]
    tries += [raw(body, signature=right) for body in altered(BODY) if not says_the_same(body)]
    tries += [raw(url=url.decode("latin-1"), signature=right) for url in altered(URL.encode())]
    swapped = right.swapcase()
    for wrong in ("", " ", f"{right} ", f" {right}", f"{right}, x", f"x, {right}", f"{right},{right}", swapped,
                  right.upper(), f"sha1={right}", base64.b64decode(right).hex(), right.rstrip("="), right + "\x00",
                  "é", "\ud800",
                  sign(token=""), sign(token="b" * 32), sign(url=URL + "/"), sign(url=URL.replace("https", "http"))):
        tries.append(raw(signature=wrong))
    tries += [raw(), raw(**{"X-Twilio-Signature": right}), raw(signature=right, method="GET")]
    tries += [raw(signature=right, method="PUT"), raw(b"", signature=right), raw(BODY + b"&x=1", signature=right)]
    tries += [raw(b"x=1&" + BODY, signature=right), raw(BODY + b"&Body=again", signature=right)]
    tries.append(raw(json.dumps(FIELDS).encode(), signature=right))
    taken = [one for one in tries if twilio.verify(one, known)]
    print(f"webhooks of Twilio: {len(tries)} forged, {len(taken)} taken")
    assert taken == []


@pytest.mark.parametrize("settings", [{}, {"auth_token": ""}, {"auth_token": "b" * 32}, {"auth_token": TOKEN + "a"}])
def test_another_connection_takes_nothing(settings):
    known = connection(**settings)
    assert not twilio.verify(raw(signature=sign()), known)
    assert not twilio.verify(raw(signature=sign(token="")), known)


def test_the_same_webhook_again_is_the_same_delivery():
    """Twilio signs no time: what keeps a replay harmless is that a delivery is unique."""
    spelt = raw(BODY.replace(b"+", b"%20"), signature=sign())
    assert twilio.delivery_id(raw(signature=sign())) == twilio.delivery_id(spelt) == "SM1"


def basic(text, scheme="Basic"):
    return {"authorization": f"{scheme} {base64.b64encode(text).decode()}"}


def test_a_mail_providers_webhook_needs_its_password():
    channel, known = EmailChannel(), connection(webhook_secret="a secret of the webhook")
    right = b"anybody:a secret of the webhook"
    assert channel.verify(raw(**basic(right)), known)
    tries = [raw(**basic(wrong)) for wrong in altered(right) if wrong.partition(b":")[2] != right.partition(b":")[2]]
    tries += [raw(), raw(authorization=""), raw(authorization="Basic"), raw(**basic(b":"))]
    tries += [raw(**basic(right, scheme)) for scheme in ("Bearer", "Digest", "", "Basic,")]
    tries.append(raw(authorization="Basic " + base64.b64encode(right).decode() + " x"))
    taken = [one for one in tries if channel.verify(one, known)]
    print(f"webhooks of mail providers: {len(tries)} forged, {len(taken)} taken")
    assert taken == []
    assert not channel.verify(raw(**basic(b":")), connection())
    assert not channel.verify(raw(**basic(b"a:")), connection(webhook_secret=""))


def test_what_is_no_ascii_is_no_password():
    assert not EmailChannel().verify(raw(authorization="Basic é"), connection(webhook_secret="a secret of the webhook"))


SECRET = "a secret that the shop's site and the widget share"


def account(now, secret=SECRET, algorithm="HS256", headers=None, **said):
    return jwt.encode({"sub": "42", "exp": now + 600, **said}, secret, algorithm=algorithm, headers=headers)


def unsigned(said, header):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(said)}."


def test_an_account_is_proved_only_by_the_sites_own_token():
    now, known = int(time.time()), connection(secret=SECRET)
    right = account(now)
    assert sessions.read_jwt(right, known, clock.now()).number == "42"
    # Six minutes are more than the minute by which clocks may differ.
    wrong = [account(now, exp=now - 360), account(now, nbf=now + 360), account(now, iat=now + 360)]
    wrong += [account(now, exp=2**40), account(now, exp=now + 25 * 3600), account(now, exp="soon")]
    wrong += [account(now, sub=""), account(now, sub="null")]
    wrong += [account(now, "b" * 50), account(now, SECRET + " "), account(now, SECRET.upper())]
    wrong += [account(now, algorithm=other) for other in ("HS384", "HS512")]
    header, body, mac = right.split(".")
    for algorithm in ("none", "None", "NONE", "nOnE", "", "HS256", "RS256"):
        wrong.append(unsigned({"sub": "42", "exp": now + 600}, {"alg": algorithm, "typ": "JWT"}))
        wrong.append(unsigned({"sub": "42", "exp": now + 600}, {"alg": algorithm}) + mac)
    wrong += [f"{header}.{body}", f"{header}.{body}.", f"{header}..{mac}", f".{body}.{mac}", f"{right}.{mac}"]
    wrong += ["", "..", "é"]
    wrong += [jwt.encode({"sub": "42"}, SECRET, "HS256"), jwt.encode({"exp": now + 600}, SECRET, "HS256")]
    wrong += [account(now, "x", headers={"jwk": {"kty": "oct", "k": "eA"}}), account(now, "x", headers={"kid": "../x"})]
    for place in range(len(right)):
        other = "A" if right[place] != "A" else "B"
        wrong.append(right[:place] + other + right[place + 1 :])
    taken = [one for one in wrong if _proves(one, known) and one != right and not _same_bytes(one, right)]
    print(f"accounts of sites: {len(wrong)} forged, {len(taken)} taken")
    assert taken == []
    for secret in ("", "short", "x" * 31):
        assert not _proves(account(now, secret or "x"), connection(secret=secret))


def _proves(token, known):
    try:
        return sessions.read_jwt(token, known, clock.now())
    except sessions.BadJwt:
        return None


def _same_bytes(one, other):
    """The last sign of a part may stand for bits that belong to no byte: such a spelling is the same token."""

    def parts(token):
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]

    return parts(one) == parts(other)


HOUSE = rules.Provider(issuer="https://id.example.com", client_id="desk", secret="s", domains=("example.com",))


@pytest.fixture(scope="module")
def pair():
    return rsa.generate_private_key(65537, 2048)


def vouch(key, now, algorithm="RS256", **said):
    claims = {
        "iss": HOUSE.issuer, "aud": "desk", "sub": "1", "iat": now, "exp": now + 300, "nonce": "n",
        "email_verified": True, "email": "ines@example.com", **said,
    }  # fmt: skip
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm)


def test_nobody_signs_on_but_by_the_providers_word(pair):
    now = int(time.time())
    public = jwt.PyJWK({**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(pair.public_key())), "kid": "1"}, "RS256")

    def taken(token, nonce="n"):
        try:
            rules.key_id(token)
            return rules.person(token, public, HOUSE, nonce)
        except rules.Refused:
            return None

    assert taken(vouch(pair, now)).email == "ines@example.com"
    other = rsa.generate_private_key(65537, 2048)
    changes = (
        {"iss": "https://id.example.com/"}, {"iss": "https://id.example.org"}, {"iss": None}, {"aud": "other"},
        {"aud": None}, {"aud": ["desk", "other"]}, {"azp": "other"}, {"exp": now - 360}, {"exp": None},
        {"iat": None}, {"iat": now + 360},
        {"nbf": now + 360}, {"nonce": "m"}, {"nonce": None}, {"nonce": ""}, {"email_verified": False}, {"sub": None},
        {"email_verified": None}, {"email_verified": "true"}, {"email_verified": 1}, {"email": None}, {"email": ""},
        {"email": "ines@example.com@example.org"}, {"email": "ines@example.org"}, {"email": "ines@sub.example.com"},
        {"email": "ines@example.com\n"[:-1] + "\u200b"}, {"sub": ""}, {"sub": "x\x00"}, {"sub": "x" * 300},
    )  # fmt: skip
    wrong = [vouch(pair, now, **change) for change in changes]
    wrong += [vouch(other, now), vouch("s", now, "HS256"), vouch(pair, now, "RS512"), vouch(pair, now, "PS256")]
    pem = json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(pair.public_key()))
    wrong.append(vouch(pem, now, "HS256"))  # the published key as a shared secret
    claims = jwt.decode(vouch(pair, now), options={"verify_signature": False})
    wrong += [unsigned(claims, {"alg": algorithm}) for algorithm in ("none", "None", "", "RS256")]
    opened = [token for token in wrong if taken(token)]
    print(f"single sign-on: {len(wrong)} forged, {len(opened)} taken")
    assert opened == []
    assert not taken(vouch(pair, now), nonce="another")
