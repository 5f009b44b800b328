"""Staff, keys and the audit log."""

import hashlib

from django.contrib.auth.password_validation import validate_password

from rondpoint.accounts.models import ApiKey, AuditEntry, Setting, User
from rondpoint.accounts.rules import house
from rondpoint.accounts.types import Role
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write


def create_user(email: str, name: str, password: str, role: Role = Role.AGENT, language: str = "fr") -> User:
    """A member of staff. Raises Django's ValidationError when the password is too weak, ValueError when she exists."""
    email = email.strip().lower()
    user = User(email=email, name=name, role=role, language=language)
    validate_password(password, user)
    user.set_password(password)
    with write():
        if User.objects.filter(email=email).exists():
            raise ValueError(f"{email} has an account already")
        user.save()
    return user


def create_api_key(name: str) -> tuple[ApiKey, str]:
    """A key and its text ``rp_…``, which is shown this once."""
    text = f"rp_{ids.secret_token(30)}"
    with write():
        key = ApiKey.objects.create(name=name, prefix=text[:10], digest=key_digest(text))
    return key, text


def revoke_api_key(key: ApiKey) -> None:
    """The key opens nothing any more."""
    with write():
        ApiKey.objects.filter(id=key.id, revoked=None).update(revoked=clock.now())


def audit(actor: str, action: str, target: str, detail: dict | None = None) -> None:
    """Writes down who did what. Inside or outside ``write()``."""
    with write():
        AuditEntry.objects.create(actor=actor[:200], action=action, target=target[:200], detail=detail or {})


def set_setting(by: str, name: str, value: house.Value) -> None:
    """Keeps a choice of the house and writes down who made it. Raises KeyError for a name nobody declared."""
    if name not in house.DEFAULTS:
        raise KeyError(name)
    with write():
        Setting.objects.update_or_create(name=name, defaults={"value": value, "updated": clock.now()})
        audit(by, "setting.changed", name, {} if isinstance(value, dict) else {"value": value})


def key_digest(text: str) -> str:
    """How a key is stored: it has 240 random bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(text.encode()).hexdigest()
