"""Sources that tell what people do, and what they told exactly as it came."""

from django.db import models

from rondpoint.lib import clock, ids
from rondpoint.tracking.types import SourceKind


class Source(models.Model):
    """A web site, an app or a server of the company's own. The key of a server is a secret, the others are public:
    everybody who opens the page can read them, so what they tell proves nothing."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in SourceKind])
    name = models.CharField(max_length=120)
    brand = models.ForeignKey("accounts.Brand", null=True, on_delete=models.PROTECT)
    write_key = models.CharField(max_length=64, unique=True)
    origins = models.TextField(blank=True)  # one a line; none: every page may send
    active = models.BooleanField(default=True)
    created = models.BigIntegerField(default=clock.now)
    last_heard = models.BigIntegerField(null=True)
    dropped = models.BigIntegerField(default=0)  # refusals that were let go of because there were too many
    dropped_at = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """What one request told, as it came. It is kept for a week after it was worked off."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    kind = models.CharField(max_length=16)  # of the call, or batch
    received = models.BigIntegerField()
    body = models.BinaryField()  # zlib
    state = models.CharField(max_length=16, default="new")  # new | done | quarantined
    attempts = models.SmallIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    processed = models.BigIntegerField(null=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["source", "-id"], name="batch_newest"),
            models.Index(fields=["id"], name="batch_work", condition=models.Q(state="new")),
            models.Index(fields=["processed"], name="batch_kept", condition=models.Q(state="done")),
            models.Index(fields=["-id"], name="batch_quarantine", condition=models.Q(state="quarantined")),
        ]


class Refusal(models.Model):
    """A call that was not taken, with the reason; the others of its batch went in. It is kept for a week, and of a
    source only so many are: with a public key anybody can send what is refused."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    batch = models.UUIDField()  # the public id of the batch, which may be gone
    place = models.IntegerField()
    message_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)
    raw = models.TextField()  # the call as it came, cut at 32 kB
    received = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="refusal_once")]
        indexes = [
            models.Index(fields=["source", "-id"], name="refusal_newest"),
            models.Index(fields=["received"], name="refusal_kept"),
        ]
