"""Adding, using and taking away second factors. Each change stands in the audit log."""

from django.conf import settings

from rondpoint.accounts.actions import audit
from rondpoint.accounts.factors import passkeys, queries, recovery, totp
from rondpoint.accounts.factors.passkeys import Passkey
from rondpoint.accounts.models import Factor, RecoveryCode, User
from rondpoint.lib import clock, signing
from rondpoint.lib.db import lock_row, write

LABEL = 80
PURPOSE = "recovery code"


class Last(ValueError):
    """The house asks for a factor, and this is her last."""


def add_totp(user: User, secret: str, label: str, step: int) -> Factor:
    """An authenticator app whose code of the half minute ``step`` was just typed: that one is spent."""
    sealed = signing.seal(settings.SECRET_KEY, {"secret": secret})
    return _add(user, kind=queries.TOTP, label=label, sealed=sealed, last_step=step)


def add_passkey(user: User, passkey: Passkey, label: str) -> Factor:
    """A passkey. Raises Refused when it is somebody's already."""
    with write():
        if Factor.objects.filter(credential_id=passkey.id).exists():
            raise passkeys.Refused("this passkey is registered already")
        return _add(user, kind=queries.PASSKEY, label=label, sealed=_sealed(passkey), credential_id=passkey.id)


def use_totp(user: User, typed: str, now: int | None = None) -> bool:
    """Whether a code of one of her apps was typed. Two requests with the same code do not both pass."""
    now, typed = now or clock.now(), "".join(typed.split())
    for row in Factor.objects.filter(user=user, kind=queries.TOTP):
        try:
            secret = signing.unseal(settings.SECRET_KEY, row.sealed)["secret"]
        except signing.BadToken:  # the installation's secret has changed: this factor is lost, another may fit
            continue
        step = totp.matching_step(secret, typed, now, row.last_step)
        if step is None:
            continue
        with write():
            if Factor.objects.filter(id=row.id, last_step__lt=step).update(last_step=step, used=now):
                return True
    return False


def use_passkey(state: dict, answer: dict, user: User | None = None, now: int | None = None) -> User:
    """Whose passkey answered; ``user``: only one of hers will do. Raises Refused."""
    rows = Factor.objects.filter(kind=queries.PASSKEY, credential_id=passkeys.named(answer), user__is_active=True)
    row = rows.select_related("user").first()
    if row is None or (user is not None and row.user_id != user.pk):
        raise passkeys.Refused("nobody here holds this passkey")
    try:
        held = queries.opened(row)
    except signing.BadToken as error:
        raise passkeys.Refused(str(error)) from error
    used = passkeys.finish_sign_in(state, held, answer)
    with write():
        # The counter moves from the value it was checked against, or not at all.
        checked = Factor.objects.filter(id=row.id, sealed=row.sealed)
        moved = checked.update(sealed=_sealed(used), used=now or clock.now())
    if not moved:
        raise passkeys.Refused("the passkey was used elsewhere at the same moment")
    return row.user


def use_recovery(user: User, typed: str, now: int | None = None) -> bool:
    """Whether one of her recovery codes was typed; it is spent then."""
    code = recovery.normal(typed)
    with write():
        rows = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used=None)
        used = bool(code) and bool(rows.update(used=now or clock.now()))
        if used:
            audit(user.email, "recovery.used", user.email, {"left": queries.codes_left(user)})
    return used


def new_recovery(user: User) -> list[str]:
    """Ten new codes, shown this once; those before open nothing any more."""
    codes = recovery.new_codes()
    with write():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, digest=_digest(user, recovery.normal(code))) for code in codes
        )
        audit(user.email, "recovery.made", user.email)
    return codes


def rename(row: Factor, label: str) -> None:
    """Gives a factor another name."""
    with write():
        Factor.objects.filter(id=row.id).update(label=label.strip()[:LABEL] or row.label)


def remove(row: Factor) -> None:
    """Takes a factor away, with the last also the recovery codes. Raises Last."""
    with write():
        list(lock_row(User.objects.filter(pk=row.user_id)))  # two removals at once do not both leave one
        others = Factor.objects.filter(user=row.user).exclude(id=row.id).exists()
        if not others and queries.required(row.user):
            raise Last
        Factor.objects.filter(id=row.id).delete()
        if not others:
            RecoveryCode.objects.filter(user=row.user).delete()
        audit(row.user.email, "factor.removed", row.user.email, {"kind": row.kind, "label": row.label})


def remove_all(by: str, user: User) -> int:
    """Takes all her factors away: the telephone is lost. How many there were."""
    with write():
        removed = Factor.objects.filter(user=user).delete()[0]
        RecoveryCode.objects.filter(user=user).delete()
        audit(by, "factor.reset", user.email, {"factors": removed})
    return removed


def _add(user: User, **columns) -> Factor:
    columns["label"] = columns["label"].strip()[:LABEL]
    with write():
        made = Factor.objects.create(user=user, **columns)
        audit(user.email, "factor.added", user.email, {"kind": made.kind, "label": made.label})
    return made


def _sealed(passkey: Passkey) -> str:
    return signing.seal(settings.SECRET_KEY, {"credential": passkey.credential, "counter": passkey.counter})


def _digest(user: User, code: str) -> str:
    return signing.digest(settings.SECRET_KEY, PURPOSE, f"{user.pk}:{code}")
