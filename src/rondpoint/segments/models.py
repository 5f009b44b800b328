"""Segments, who is in them, and what is asked of customers as they stand now."""

from django.db import models

from rondpoint.lib import clock, ids


class Segment(models.Model):
    """A group of customers with a meaning. ``state``: ``building`` until its members are found, then ``live``; once it
    is archived ``leaving`` until the last of them has left, then ``archived``.

    ``definition`` is the newest version; ``statements`` are compiled from it, or from the one before while members are
    found anew: {engine: {members, changes}}. There are none until it was live once.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    definition = models.JSONField()
    statements = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=16, default="building")
    count = models.IntegerField(default=0)
    made = models.BigIntegerField(default=clock.now)
    changed = models.BigIntegerField(default=clock.now)
    archived = models.BigIntegerField(null=True)


class Version(models.Model):
    """What a segment meant from a moment on, and who said so."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    by = models.CharField(max_length=200, blank=True)
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]


class Member(models.Model):
    """A customer is in a segment since a moment."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField()
    since = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer_id"], name="member_once")]
        indexes = [models.Index(fields=["customer_id"], name="member_customer")]


class ComputedTrait(models.Model):
    """A trait that is worked out of facts. ``state``: ``building`` until its values are found, then ``live``.

    ``names``: what its values are called; ``statements``: {engine: {figures, changes}}; ``parameters``: what was
    measured of everybody at ``measured``; ``count``: customers with a value.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    definition = models.JSONField()
    names = models.JSONField(default=list)
    statements = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=16, default="building")
    count = models.IntegerField(default=0)
    made = models.BigIntegerField(default=clock.now)
    changed = models.BigIntegerField(default=clock.now)
    measured = models.BigIntegerField(null=True)
    archived = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(archived=None), name="computed_trait_name_once"
            )
        ]


class ComputedVersion(models.Model):
    """What a computed trait meant from a moment on, and who said so."""

    trait = models.ForeignKey(ComputedTrait, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    by = models.CharField(max_length=200, blank=True)
    at = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trait", "number"], name="computed_version_once")]


class ComputedProof(models.Model):
    """A computed trait found anew from the lake and compared with its live values."""

    trait = models.ForeignKey(ComputedTrait, on_delete=models.CASCADE, related_name="proofs")
    at = models.BigIntegerField(default=clock.now)
    customers = models.IntegerField()  # who have a value
    different = models.IntegerField()  # of whom the live value is another one, missing, or there for nothing
    left_out = models.IntegerField()  # customers whom the live side had not yet looked at again
    seconds = models.FloatField()


class KnownTrait(models.Model):
    """The value of a trait of a customer's golden record, so that statements can read it. A cache, but for those that
    are ``computed``, whose place this is; ``at``: since when such a value holds."""

    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    text = models.TextField(null=True)
    number = models.FloatField(null=True)
    computed = models.ForeignKey(ComputedTrait, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_id", "name"], name="known_trait_once")]


class Reach(models.Model):
    """A customer has an address for a channel that may be written to. A cache."""

    customer_id = models.BigIntegerField()
    channel = models.CharField(max_length=24)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_id", "channel"], name="reach_once")]


class Touched(models.Model):
    """Something about a profile changed that is no fact: its customer is to be looked at again."""

    profile_id = models.BigIntegerField()


class Due(models.Model):
    """When time alone may next change in which segments a customer is."""

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField(db_index=True)


class Proof(models.Model):
    """A segment found anew from the lake and compared with its live members."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="proofs")
    at = models.BigIntegerField(default=clock.now)
    members = models.IntegerField()
    missing = models.IntegerField()  # found by the rebuild, not live
    extra = models.IntegerField()  # live, not found by the rebuild
    left_out = models.IntegerField()  # customers whom the live side had not yet looked at again
    seconds = models.FloatField()
