"""What leaves: each decision with its reason, each dispatch with its outcome."""

from django.db import models

from rondpoint.lib import clock, ids


class Dispatch(models.Model):
    """One message on its way to one address. queued < sent < delivered < read | failed | unknown | cancelled."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    connection = models.ForeignKey("channels.Connection", on_delete=models.PROTECT)
    channel = models.CharField(max_length=24)
    profile_id = models.BigIntegerField()
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    purpose = models.CharField(max_length=32)
    promotion = models.BooleanField(default=False)  # counted by caps, and given back once it failed or was taken back
    priority = models.SmallIntegerField(default=0)  # sending.types.PRIORITIES
    content = models.BinaryField()  # msgpack of channels.contract.MessageOut
    segments = models.SmallIntegerField(default=1)
    state = models.CharField(max_length=16, default="queued")
    error = models.CharField(max_length=500, blank=True)
    attempts = models.SmallIntegerField(default=0)
    parts_sent = models.SmallIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    planned = models.BigIntegerField(default=0)  # when the gate let it leave; another try moves only ``due``
    not_after = models.BigIntegerField(null=True)  # it has lost its sense from then on
    last_inbound = models.BigIntegerField(null=True)  # what the gate knew of her last message from this address
    digest = models.BigIntegerField(null=True)  # of a promotion's words: sending.rules.content
    leased_by = models.CharField(max_length=64, blank=True)
    lease_until = models.BigIntegerField(default=0)
    in_flight = models.BooleanField(default=False)  # a provider call began and its outcome is not recorded
    idempotency_key = models.CharField(max_length=200, unique=True)
    created = models.BigIntegerField(default=clock.now)
    sent = models.BigIntegerField(null=True)
    delivered = models.BigIntegerField(null=True)
    read = models.BigIntegerField(null=True)

    class Meta:
        verbose_name_plural = "dispatches"
        indexes = [
            models.Index(
                fields=["connection", "due", "id"], name="dispatch_work", condition=models.Q(state="queued")
            ),
            models.Index(fields=["purpose", "address"], name="dispatch_purpose"),
            models.Index(
                fields=["profile_id", "due"], name="dispatch_promotions", condition=models.Q(promotion=True)
            ),
        ]


class Cap(models.Model):
    """At most so many promotions to one person within some days, over all channels and purposes or some."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    most = models.SmallIntegerField()
    days = models.SmallIntegerField()
    purpose = models.CharField(max_length=32, blank=True)  # empty: all together
    channel = models.CharField(max_length=24, blank=True)  # empty: all together


class ExternalId(models.Model):
    """What the provider calls a part of a dispatch: receipts come under this name."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="external_ids")
    connection = models.ForeignKey("channels.Connection", on_delete=models.PROTECT)
    value = models.CharField(max_length=255)
    state = models.CharField(max_length=16, default="sent")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "value"], name="external_id_once")]


class EarlyReceipt(models.Model):
    """A receipt that overtook the provider's own answer: applied as soon as the external id is known."""

    connection = models.ForeignKey("channels.Connection", on_delete=models.PROTECT)
    value = models.CharField(max_length=255, db_index=True)
    receipt = models.BinaryField()
    received = models.BigIntegerField(default=clock.now)


class Decision(models.Model):
    """The gate's verdict on one send, with every step it took. Never changed."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    at = models.BigIntegerField(default=clock.now)
    profile_id = models.BigIntegerField(db_index=True)
    dispatch = models.ForeignKey(Dispatch, null=True, on_delete=models.SET_NULL)
    channel = models.CharField(max_length=24)
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    purpose = models.CharField(max_length=32)
    verdict = models.CharField(max_length=8)  # send | defer | refuse
    step = models.CharField(max_length=32, blank=True)  # the first step that failed
    reason = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    steps = models.JSONField(default=list)
    idempotency_key = models.CharField(max_length=200, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="decision_address")]
