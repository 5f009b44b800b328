"""How a person goes on: continuations, chat sessions, and the limits on trying."""

from django.db import models

from rondpoint.lib import clock


class Continuation(models.Model):
    """A way to go on elsewhere: a link, a QR code, a plus-address or a code. Only its HMAC is kept."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)  # link | qr | address | code | proof
    conversation = models.ForeignKey("conversations.Conversation", null=True, on_delete=models.CASCADE)
    profile_id = models.BigIntegerField()
    channel = models.CharField(max_length=24, blank=True)
    target = models.CharField(max_length=320, blank=True)  # a code works for this address alone
    from_message = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=clock.now)
    expires = models.BigIntegerField()
    tries = models.SmallIntegerField(default=0)
    consumed = models.BigIntegerField(null=True)


class ChatSession(models.Model):
    """A browser or app that chats. Its opaque token never expires; ``proved`` once an account or code proved it."""

    token_digest = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey("channels.Connection", on_delete=models.PROTECT)
    profile_id = models.BigIntegerField(db_index=True)
    proved = models.BooleanField(default=False)
    locale = models.CharField(max_length=16, blank=True)
    page = models.CharField(max_length=500, blank=True)
    created = models.BigIntegerField(default=clock.now)
    last_seen = models.BigIntegerField(default=clock.now)
    read_to = models.BigIntegerField(default=0)


class Attempt(models.Model):
    """A try at a code or a sign-in: durable limits are counted over these."""

    scope = models.CharField(max_length=120)
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["scope", "at"], name="attempt_window")]
