"""Passkeys (WebAuthn level 3) by the library fido2. No database.

A passkey belongs to a domain: where RONDPOINT_URL names an address in digits there can be none.
"""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from msgspec import Struct

from rondpoint.lib import signing


class Refused(ValueError):
    """What the browser sent proves nothing; the words are for the log."""


class Passkey(Struct, frozen=True):
    """A registered passkey: ``credential`` as the authenticator gave it, in hex, and its counter of uses."""

    credential: str
    counter: int = 0

    @property
    def id(self) -> str:
        """Its name, in base64url."""
        return websafe_encode(AttestedCredentialData(bytes.fromhex(self.credential)).credential_id)


def possible() -> bool:
    """Whether this house has a domain to which passkeys can belong."""
    host = urlsplit(settings.RONDPOINT_URL).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False


def begin_registration(user_id: int, email: str, name: str, known: list[Passkey]) -> tuple[dict, dict]:
    """What the browser is asked, and the state to keep until it answers."""
    handle = bytes.fromhex(signing.digest(settings.SECRET_KEY, "passkey user", str(user_id)))
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=email, display_name=name),
        [AttestedCredentialData(bytes.fromhex(passkey.credential)) for passkey in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), state


def finish_registration(state: dict, answer: dict) -> Passkey:
    """The passkey that was made. Raises Refused."""
    try:
        made = _server().register_complete(state, answer)
        if made.credential_data is None:
            raise Refused("no credential came")
        return Passkey(bytes(made.credential_data).hex(), made.counter)
    except Refused:
        raise
    except Exception as error:  # the library raises many kinds for what strangers may send
        raise Refused(f"{type(error).__name__}: {error}") from error


def begin_sign_in(known: list[Passkey]) -> tuple[dict, dict]:
    """What the browser is asked; without ``known`` it offers whatever passkey it has for this house."""
    credentials = [AttestedCredentialData(bytes.fromhex(passkey.credential)) for passkey in known]
    options, state = _server().authenticate_begin(credentials, user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), state


def named(answer: dict) -> str:
    """The id of the passkey that an answer claims to come from. Raises Refused."""
    found = answer.get("rawId") or answer.get("id")
    if not isinstance(found, str) or len(found) > 1400:
        raise Refused("no passkey is named")
    return found.rstrip("=")


def finish_sign_in(state: dict, passkey: Passkey, answer: dict) -> Passkey:
    """The passkey with its new counter. Raises Refused for a wrong signature, origin or challenge, and for a counter
    that went back: then there are two copies of the key."""
    try:
        _server().authenticate_complete(state, [AttestedCredentialData(bytes.fromhex(passkey.credential))], answer)
        counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except Exception as error:  # the library raises many kinds for what strangers may send
        raise Refused(f"{type(error).__name__}: {error}") from error
    if (counter or passkey.counter) and counter <= passkey.counter:
        raise Refused("the counter went back: the passkey may have been copied")
    return Passkey(passkey.credential, counter)


def _server() -> Fido2Server:
    parts = urlsplit(settings.RONDPOINT_URL)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Fido2Server(
        PublicKeyCredentialRpEntity(name="Rondpoint", id=parts.hostname),
        verify_origin=lambda given: given == origin,
    )
