"""Facts: append-only, about a profile, never changed."""

from django.db import models


class Event(models.Model):
    """Something that happened. ``message_id`` is unique per source and makes repeating harmless."""

    profile_id = models.BigIntegerField(null=True)
    type = models.CharField(max_length=64)
    channel = models.CharField(max_length=24, blank=True)
    connection_id = models.BigIntegerField(null=True)
    source = models.CharField(max_length=64)
    message_id = models.CharField(max_length=200)
    occurred = models.BigIntegerField()
    received = models.BigIntegerField()
    properties = models.JSONField(default=dict)
    # PostgreSQL's transaction id, filled by a column default: ids are not commit order there.
    transaction = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="event_once_per_source")]
        indexes = [
            models.Index(fields=["profile_id", "-occurred"], name="event_timeline"),
            models.Index(fields=["transaction", "id"], name="event_commit_order"),
        ]
