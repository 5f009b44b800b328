"""Facts: append-only, about a profile, never changed."""

from django.db import models


class Event(models.Model):
    """Something that happened. ``message_id`` is unique per source and makes repeating harmless."""

    profile_id = models.BigIntegerField(null=True)
    type = models.CharField(max_length=200)
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
            models.Index(fields=["profile_id", "type", "channel", "occurred"], name="event_sorts"),
            models.Index(fields=["transaction", "id"], name="event_commit_order"),
        ]


class EventType(models.Model):
    """What is known of a type of facts. Its examples are named and not kept, so that what is erased is gone."""

    name = models.CharField(max_length=200, unique=True)
    first_at = models.BigIntegerField()
    last_at = models.BigIntegerField()
    count = models.BigIntegerField(default=0)
    shape = models.JSONField(default=dict)  # rules.shape.Shape
    drift = models.JSONField(default=list)  # rules.shape.Drift, the newest first
    sources = models.JSONField(default=dict)  # {source: when it last told one}
    examples = models.JSONField(default=list)  # ids of the newest facts
    description = models.TextField(blank=True)  # what the company says it means
    heard = models.BigIntegerField(default=0)  # when the last came, whenever it happened; 0: not since it is noted
    gaps = models.JSONField(default=dict)  # rules.silence: {day: the longest time without one that ended on it}
    silent = models.BigIntegerField(null=True)  # since when one is missed


class EventDay(models.Model):
    """How many facts of a type came on a day (UTC, days since 1970)."""

    type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="days")
    day = models.IntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "day"], name="event_day_once")]
