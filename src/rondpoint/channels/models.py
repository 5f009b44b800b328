"""Channel accounts, and everything that came in through them exactly as it came."""

from django.db import models

from rondpoint.lib import clock, ids


class Connection(models.Model):
    """An account on a channel: a mailbox, a number, a widget. Secrets are sealed apart from the settings."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=120)
    brand = models.ForeignKey("accounts.Brand", null=True, on_delete=models.PROTECT)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    created = models.BigIntegerField(default=clock.now)
    last_inbound = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    problem_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One thing a provider handed us, raw. Unique per connection and external id; acknowledged once on disk."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=255)
    received = models.BigIntegerField()
    meta = models.JSONField(default=dict)  # {"headers": …, "url": …, "method": …}
    body = models.BinaryField(null=True)
    body_sha256 = models.CharField(max_length=64, blank=True)  # large bodies live in the file store
    state = models.CharField(max_length=16, default="new")  # new | leased | waiting | done | quarantined
    attempts = models.SmallIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    group = models.CharField(max_length=200, blank=True)  # parts that wait for each other
    error = models.TextField(blank=True)
    outcome = models.JSONField(default=list)  # what it became, for people
    processed = models.BigIntegerField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["connection", "external_id"], name="delivery_once")]
        indexes = [
            models.Index(fields=["due", "id"], name="delivery_work", condition=models.Q(state__in=["new", "leased"])),
            models.Index(
                fields=["connection", "id"],
                name="delivery_lane",
                condition=models.Q(state__in=["new", "leased"], error=""),
            ),
            models.Index(fields=["body_sha256"], name="delivery_file", condition=~models.Q(body_sha256="")),
            models.Index(fields=["connection", "group"], name="delivery_group", condition=~models.Q(group="")),
            models.Index(fields=["-id"], name="delivery_quarantine", condition=models.Q(state="quarantined")),
        ]
