"""Who must not be written to, and what people said about it."""

from django.db import models

from rondpoint.lib import clock


class HashKey(models.Model):
    """The one key of the suppression list. Never changed, whatever happens to the installation's secret: with another
    key nobody could tell any more who must not be written to."""

    value = models.CharField(max_length=64)


class ConsentEntry(models.Model):
    """One utterance of a person about being written to. Append-only: withdrawals are new rows."""

    profile_id = models.BigIntegerField(null=True, db_index=True)
    channel = models.CharField(max_length=24)
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    action = models.CharField(max_length=16)  # stop | start | complaint
    proof = models.JSONField(default=dict)  # {"text": what she wrote, "delivery": id}
    source = models.CharField(max_length=200, unique=True)  # repeating a delivery changes nothing
    at = models.BigIntegerField(default=clock.now)


class Suppression(models.Model):
    """An address that gets nothing. Kept as an HMAC, so that it outlives the erasure of the address itself."""

    address_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=24, blank=True)  # empty: every channel that uses this address
    scope = models.CharField(max_length=16, default="all")  # all | marketing
    reason = models.CharField(max_length=24)  # stop | bounce | complaint | manual
    created = models.BigIntegerField(default=clock.now)
    released = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address_hash", "released"], name="suppression_lookup")]
