"""Who must not be written to, and what people said about it."""

from django.db import models

from rondpoint.lib import clock


class HashKey(models.Model):
    """The one key of the suppression list. Never changed, whatever happens to the installation's secret: with another
    key nobody could tell any more who must not be written to."""

    value = models.CharField(max_length=64)


class Purpose(models.Model):
    """What people may be written to for. ``names`` and ``descriptions``: {language: text}."""

    key = models.CharField(max_length=32, unique=True)
    names = models.JSONField(default=dict)
    descriptions = models.JSONField(default=dict)
    purpose_class = models.CharField(max_length=16)  # service | transactional | marketing | profiling | measurement
    basis = models.CharField(max_length=24)  # contract | legitimate_interest | consent | legal_obligation
    double_opt_in = models.BooleanField(default=False)
    channels = models.JSONField(default=list)  # none: it is no message, and is asked of the person alone
    position = models.IntegerField(default=0)
    active = models.BooleanField(default=True)


class Wording(models.Model):
    """The text by which people are asked, in one language. Append-only: another text is the next version."""

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="wordings")
    language = models.CharField(max_length=8)
    version = models.IntegerField()
    text = models.TextField()
    by = models.CharField(max_length=200, blank=True)
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "language", "version"], name="wording_once")]


class ConsentEntry(models.Model):
    """One word of a person about being written to. Append-only: withdrawals are new rows.

    A grant names purpose, channel and address; a refusal may leave each empty, for all.
    """

    profile_id = models.BigIntegerField(null=True, db_index=True)
    purpose = models.CharField(max_length=32, blank=True, default="")
    channel = models.CharField(max_length=24, blank=True)
    address_kind = models.CharField(max_length=24, blank=True)
    address = models.CharField(max_length=320, blank=True)
    # granted | confirmed | pending | withdrawn | objected | stop | start | complaint
    action = models.CharField(max_length=16)
    basis = models.CharField(max_length=32, blank=True, default="")
    wording = models.IntegerField(default=0)  # version of the purpose's text that was shown; 0: none
    language = models.CharField(max_length=8, blank=True, default="")
    proof = models.JSONField(default=dict)  # {"text": what was shown or written, "page", "url", "ip", "delivery", …}
    expires = models.BigIntegerField(null=True)
    by = models.CharField(max_length=200, blank=True, default="")  # colleague or key that wrote it down
    source = models.CharField(max_length=200, unique=True)  # repeating a delivery changes nothing
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["address", "address_kind"], name="consent_address")]


class Agreed(models.Model):
    """What holds for a customer now, worked out of the ledger in the transaction that changed it. A cache for the gate,
    and for statements over many customers.

    A row of a full key (purpose, channel, address) answers for it: ``allowed`` until ``until``. Rows with an empty
    purpose, channel or address are refusals that cover all of these, where no full row says more. A suppressed address
    has no allowed rows.
    """

    customer_id = models.BigIntegerField()
    purpose = models.CharField(max_length=32, blank=True)
    channel = models.CharField(max_length=24, blank=True)
    address_kind = models.CharField(max_length=24, blank=True)
    address = models.CharField(max_length=320, blank=True)
    allowed = models.BooleanField()
    reason = models.CharField(max_length=24)
    until = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "purpose", "channel", "address_kind", "address"], name="agreed_once"
            )
        ]
        indexes = [models.Index(fields=["address", "address_kind"], name="agreed_address")]


class Preference(models.Model):
    """How one profile said it wants to be written to. ``said``: {name: {"value": …, "at": microseconds}}."""

    profile_id = models.BigIntegerField(primary_key=True)
    said = models.JSONField(default=dict)


class Confirmation(models.Model):
    """A mail that asked to confirm an agreement; counted, so that nobody is flooded by a stranger's form."""

    entry_id = models.BigIntegerField(unique=True)
    address_kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="confirmation_address")]


class Suppression(models.Model):
    """An address that gets nothing. Kept as an HMAC, so that it outlives the erasure of the address itself."""

    address_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=24, blank=True)  # empty: every channel that uses this address
    scope = models.CharField(max_length=16, default="all")  # all | marketing
    reason = models.CharField(max_length=24)  # stop | bounce | complaint | manual | restricted
    created = models.BigIntegerField(default=clock.now)
    released = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address_hash", "released"], name="suppression_lookup")]
