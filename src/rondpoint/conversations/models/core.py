"""Conversations have no channel; each message has one."""

from django.db import models
from django.db.models import Q

from rondpoint.lib import clock, ids


class Conversation(models.Model):
    """An exchange with a person, over any channels. ``profile_id`` is whose it is."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    profile_id = models.BigIntegerField(db_index=True)
    customer_id = models.BigIntegerField(db_index=True)  # cache of the profile's customer
    brand = models.ForeignKey("accounts.Brand", null=True, on_delete=models.PROTECT)
    subject = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, default="open")  # open | waiting | snoozed | closed
    snoozed_until = models.BigIntegerField(null=True)  # comes back to the inbox then, or with her next message
    priority = models.SmallIntegerField(default=0)  # -1 low, 0 normal, 1 high, 2 urgent
    assignee = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created = models.BigIntegerField(default=clock.now)
    closed = models.BigIntegerField(null=True)
    last_message_at = models.BigIntegerField(default=clock.now)
    last_channel = models.CharField(max_length=24, blank=True)  # of the person's last message
    last_preview = models.CharField(max_length=200, blank=True)
    waiting_since = models.BigIntegerField(null=True)  # the oldest message of hers nobody has answered
    unread = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-last_message_at"], name="conversation_inbox"),
            models.Index(fields=["assignee", "state", "-last_message_at"], name="conversation_mine"),
            models.Index(fields=["-last_message_at", "-id"], name="conversation_recent"),
            # Everything by which views are counted: counting then touches no row.
            models.Index(fields=["state", "merged_into", "assignee", "team", "brand"], name="conversation_counts"),
            # Only those that were merged away: with the others in it SQLite takes it for a way to find living ones.
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="conversation_merged"),
        ]


class Participant(models.Model):
    """Somebody in a conversation under one address. From ``from_message`` on, a proof-less device may read."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    profile_id = models.BigIntegerField(null=True, db_index=True)
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=16)  # customer | recipient (we wrote there) | joined (by token) | copied
    from_message = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "address_kind", "address"], name="participant_once")
        ]
        indexes = [models.Index(fields=["address_kind", "address"], name="participant_lookup")]


class Message(models.Model):
    """One message on one channel. ``profile_id``: its author when in, its addressee when out."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    origin_conversation_id = models.BigIntegerField()  # where it first stood: merging is reversible
    profile_id = models.BigIntegerField(db_index=True)
    direction = models.CharField(max_length=4)  # in | out
    channel = models.CharField(max_length=24)
    connection = models.ForeignKey("channels.Connection", null=True, on_delete=models.PROTECT)
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    author_kind = models.CharField(max_length=16)  # customer | participant | agent | bot | system
    author_name = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    folded = models.TextField(blank=True)
    html = models.TextField(blank=True)
    at = models.BigIntegerField()
    received = models.BigIntegerField(default=clock.now)
    unverified = models.BooleanField(default=False)  # nobody vouches that the sender holds the address
    automated = models.CharField(max_length=64, blank=True)
    arrived_by = models.CharField(max_length=16, blank=True)  # token | reference | customer | new: why it is here
    delivery_id = models.BigIntegerField(null=True)
    dispatch_id = models.BigIntegerField(null=True, db_index=True)
    source_key = models.CharField(max_length=200, unique=True)  # replaying a delivery finds it again

    class Meta:
        indexes = [models.Index(fields=["conversation", "id"], name="message_thread")]


class MessageReference(models.Model):
    """An external id (Message-ID) by which an answer may refer to a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="references")
    value = models.CharField(max_length=255, db_index=True)


class Attachment(models.Model):
    """A file in a message. ``token`` is its unguessable public name."""

    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    token = models.CharField(max_length=64, unique=True, default=ids.secret_token)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)
    session_id = models.BigIntegerField(null=True)  # uploaded by this chat session, not yet sent
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="attachment_content")]
