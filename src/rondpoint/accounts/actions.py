"""Staff, keys and the audit log."""

import contextlib
import hashlib
import os

from django.conf import settings
from django.contrib.auth.password_validation import validate_password

from rondpoint.accounts.models import ApiKey, AuditEntry, Brand, Setting, User
from rondpoint.accounts.rules import house
from rondpoint.accounts.types import Role
from rondpoint.lib import clock, ids, signing
from rondpoint.lib.db import AWAY, write

UPLOAD, TICKET_LIFE = "desk upload", 2 * clock.MINUTE  # the purpose of tickets, and how long they hold
MOST_SEEN = 20_000  # views remembered by a process


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


def setup_code() -> str:
    """The code that lets whoever reads the server's screen make the first account; "" once there is an account.

    It lies in the home with mode 600, so that ``rondpoint up`` shows the same one again.
    """
    if User.objects.exists():
        return ""
    path = settings.RONDPOINT_HOME / "setup-code"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(ids.secret_token(15))
    return path.read_text().strip()


def create_first_user(email: str, name: str, password: str, language: str) -> User:
    """The first administrator. Raises Django's ValidationError for a weak password, ValueError when somebody was
    faster: two browsers make one account."""
    user = User(email=email.strip().lower(), name=name, role=Role.ADMINISTRATOR, language=language)
    validate_password(password, user)
    user.set_password(password)
    with write():
        # On PostgreSQL two transactions run side by side: the brand, which every house has, makes them wait.
        list(Brand.objects.select_for_update(no_key=True).order_by("id").values_list("id")[:1])
        if User.objects.exists():
            raise ValueError("the first account was made meanwhile")
        user.save()
        audit(user.email, "first_user", user.email)
    (settings.RONDPOINT_HOME / "setup-code").unlink(missing_ok=True)
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


def note_use(key: ApiKey) -> None:
    """Writes down that a key opened something: once an hour, so that reading costs no write. Where nothing can be
    written, what was asked is answered all the same."""
    now = clock.now()
    if (key.used or 0) > now - clock.HOUR:
        return
    with contextlib.suppress(*AWAY), write():
        ApiKey.objects.filter(id=key.id).update(used=now)


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


_seen: dict[tuple[int, str], int] = {}


def saw(user: User, kind: str, public_id: str) -> None:
    """Writes down that somebody looked at a ``kind`` ("conversation", "customer"): once an hour and process, so that a
    page costs a write only when it is opened anew."""
    now, target = clock.now(), f"{kind}:{public_id}"
    if _seen.get((user.pk, target), 0) > now - clock.HOUR:
        return
    if len(_seen) >= MOST_SEEN:
        _seen.clear()
    audit(user.email, f"{kind}.seen", target)
    _seen[user.pk, target] = now


def upload_ticket(user: User, session_key: str, now: int | None = None) -> str:
    """Lets somebody upload for two minutes, as long as her session lives: what streams takes no cookie for a write."""
    sealed = signing.seal(settings.SECRET_KEY, {"key": session_key})
    said = {"user": user.pk, "session": sealed}
    return signing.sign(settings.SECRET_KEY, UPLOAD, said, (now or clock.now()) + TICKET_LIFE)


def key_digest(text: str) -> str:
    """How a key is stored: it has 240 random bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(text.encode()).hexdigest()
