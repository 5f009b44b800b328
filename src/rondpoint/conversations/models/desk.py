"""What staff add to conversations: notes, drafts, views, ready answers, promises, summaries."""

from django.db import models

from rondpoint.lib import clock, ids


class Note(models.Model):
    """A word between colleagues, beside the messages. The customer never sees it."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="notes")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)
    author_name = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["conversation", "at"], name="note_thread")]


class Mention(models.Model):
    """A colleague named in a note: the conversation is in her view until she has seen it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="mentions")
    seen = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user", "seen"], name="mention_unseen")]


class Draft(models.Model):
    """What somebody has begun to write in a conversation; it survives the browser."""

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE)
    kind = models.CharField(max_length=8, default="answer")  # answer | note
    channel = models.CharField(max_length=24, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    files = models.JSONField(default=list)  # tokens of attachments that no message has yet
    updated = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user", "kind"], name="draft_once")]


class SavedView(models.Model):
    """A filter of the inbox under a name: one person's, or everybody's (no owner)."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE)
    filters = models.JSONField(default=dict)  # conversations.rules.filters
    sort = models.CharField(max_length=16, default="newest")  # newest | oldest | waiting | priority
    position = models.SmallIntegerField(default=0)
    created = models.BigIntegerField(default=clock.now)


class CannedAnswer(models.Model):
    """A ready answer, called by its shortcut. ``texts``: {language: text with {{ variables }}}."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    shortcut = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    texts = models.JSONField(default=dict)
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.CASCADE)
    used = models.IntegerField(default=0)
    updated = models.BigIntegerField(default=clock.now)


class Commitment(models.Model):
    """A promise made to a customer, with its time. She sees it; the desk keeps it."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    conversation = models.ForeignKey(
        "conversations.Conversation", on_delete=models.CASCADE, related_name="commitments"
    )
    profile_id = models.BigIntegerField(db_index=True)
    message = models.ForeignKey("conversations.Message", null=True, on_delete=models.SET_NULL)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL)  # who keeps it
    text = models.CharField(max_length=300)
    due = models.BigIntegerField()
    state = models.CharField(max_length=16, default="open")  # open | kept | missed | cancelled
    reminded = models.BigIntegerField(null=True)
    settled = models.BigIntegerField(null=True)
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["state", "due"], name="commitment_due")]


class Summary(models.Model):
    """What was said so far, up to a message. ``points``: [{"kind", "text", "message_id"}]."""

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="summaries")
    to_message = models.BigIntegerField()
    language = models.CharField(max_length=8)
    method = models.CharField(max_length=16)  # extractive | model
    points = models.JSONField(default=list)
    made = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "to_message", "language"], name="summary_once")
        ]
