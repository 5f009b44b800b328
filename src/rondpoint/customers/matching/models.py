"""How profiles are compared, what was learned of it, and what was done."""

from django.db import models
from django.db.models import Q

from rondpoint.customers.matching.rules import timing
from rondpoint.lib import clock


class Likeness(models.Model):
    """A profile as it is compared (``rules.reading``). Profiles that share a key are compared: one for each line of
    ``rules.reading.KEYS``."""

    profile_id = models.BigIntegerField(primary_key=True)
    said = models.TextField()
    key0 = models.BigIntegerField(null=True)
    key1 = models.BigIntegerField(null=True)
    key2 = models.BigIntegerField(null=True)
    key3 = models.BigIntegerField(null=True)
    key4 = models.BigIntegerField(null=True)
    key5 = models.BigIntegerField(null=True)
    key6 = models.BigIntegerField(null=True)
    key7 = models.BigIntegerField(null=True)
    key8 = models.BigIntegerField(null=True)
    key9 = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=[name], condition=Q(**{f"{name}__isnull": False}), name=f"likeness_{name[3:]}")
            for name in (f"key{place}" for place in range(10))
        ]


class Unmatched(models.Model):
    """A profile that said something new and is to be compared."""

    profile_id = models.BigIntegerField()


class Trained(models.Model):
    """What was learned from the installation's own records. ``weights``: ``rules.scoring.write``."""

    weights = models.JSONField()
    records = models.BigIntegerField()
    at = models.BigIntegerField(default=clock.now)
    seconds = models.FloatField()


class NameShare(models.Model):
    """How many of the records bear a name, where that is more than the rarest that are told apart."""

    field = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    share = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["field", "name"], name="name_share_once")]


class MatchRun(models.Model):
    """One comparison of all records. ``step``: one of ``rules.timing.STEPS``, and how much of it is done in percent,
    where that is known; ``spread``: pairs by bits, as ``rules.expecting`` counts them."""

    state = models.CharField(max_length=8, default="waiting")  # waiting, running, done, failed
    train = models.BooleanField()
    by = models.CharField(max_length=200, blank=True)  # empty: its time had come
    asked = models.BigIntegerField(default=clock.now)
    ended = models.BigIntegerField(null=True)
    step = models.CharField(max_length=12, blank=True)
    percent = models.SmallIntegerField(null=True)
    records = models.BigIntegerField(default=0)
    pairs = models.BigIntegerField(default=0)
    suggested = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    spread = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-asked"], name="run_newest")]


class MatchChoice(models.Model):
    """What the owner chose; there is one row. ``suggest_from`` and ``open_from``: probabilities, 0.5 to 1; none: no
    likeness opens a link. ``often`` and ``day``: when all records are compared (``rules.timing``)."""

    id = models.IntegerField(primary_key=True, default=1)
    on = models.BooleanField(default=True)
    suggest_from = models.FloatField(default=0.8)
    open_from = models.FloatField(null=True)
    often = models.CharField(max_length=8, default=timing.WEEKLY, choices=[(each, each) for each in timing.OFTEN])
    day = models.CharField(max_length=9, default="sunday", choices=[(each, each) for each in timing.DAYS])
