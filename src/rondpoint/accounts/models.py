"""Staff, teams, brands, API keys and the audit log."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from rondpoint.accounts.types import Role
from rondpoint.lib import clock, ids


class Brand(models.Model):
    """The face a customer sees: name, colour and the zone in which its days begin."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    colour = models.CharField(max_length=9, default="#0b5cab")
    language = models.CharField(max_length=8, default="fr")
    country = models.CharField(max_length=2, default="FR")
    timezone = models.CharField(max_length=64, default="Europe/Paris")
    greeting = models.JSONField(default=dict)  # {language: text} shown when the widget opens
    hours = models.JSONField(default=dict)  # {"mon": [["09:00", "18:00"]], …, "closed": ["2026-12-25"]}; empty: always
    logo = models.CharField(max_length=64, blank=True)  # SHA-256 in files

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff. ``role`` decides what she may do; see ``accounts.types``."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], default=Role.AGENT)
    language = models.CharField(max_length=8, default="fr")
    is_active = models.BooleanField(default=True)
    signature = models.TextField(blank=True)  # closes her e-mails
    theme = models.CharField(max_length=8, blank=True)  # light | dark | "": as the system
    brands = models.ManyToManyField(Brand, blank=True)  # none: all of them

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    def may(self, permission: str) -> bool:
        """Whether her role holds ``permission`` (a name of ``accounts.types.PERMISSIONS``)."""
        return self.is_active and Role(self.role).may(permission)


class Team(models.Model):
    """People who share conversations: what belongs to a team is seen by its members and by supervisors."""

    name = models.CharField(max_length=120, unique=True)
    members = models.ManyToManyField(User, related_name="teams", blank=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key of the API; only its HMAC is kept."""

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created = models.BigIntegerField(default=clock.now)
    revoked = models.BigIntegerField(null=True, blank=True)
    used = models.BigIntegerField(null=True, blank=True)  # when it last opened something, to the hour


class IdempotentAnswer(models.Model):
    """What a POST with an Idempotency-Key answered, kept for 24 hours."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    body = models.BinaryField(null=True)
    created = models.BigIntegerField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotent_answer_once")]


class AuditEntry(models.Model):
    """Who did what to what; never changed afterwards."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    at = models.BigIntegerField(default=clock.now, db_index=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)


class Setting(models.Model):
    """A choice of the house that its administrators make on screen; ``rules/house.py`` lists them with their values."""

    name = models.CharField(max_length=64, unique=True)
    value = models.JSONField()
    updated = models.BigIntegerField(default=clock.now)


class Factor(models.Model):
    """What a member of staff proves besides her password: an authenticator app (``totp``) or a ``passkey``."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8, choices=[("totp", "totp"), ("passkey", "passkey")])
    label = models.CharField(max_length=80)
    sealed = models.TextField()  # totp: its secret; passkey: its public key and counter; encrypted at rest
    credential_id = models.CharField(max_length=400, unique=True, null=True)  # passkey: base64url
    last_step = models.BigIntegerField(default=0)  # totp: the last half minute whose code was used
    created = models.BigIntegerField(default=clock.now)
    used = models.BigIntegerField(null=True, blank=True)


class RecoveryCode(models.Model):
    """One of the codes that open the door once when a factor is lost; only its HMAC is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]


class SignOnIdentity(models.Model):
    """Whom an identity provider means by a subject; bound at the first single sign-on."""

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_on_identities")
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="sign_on_identity_once")]
