"""Profiles are what a source knows; a customer is a connected set of profiles."""

from django.db import models

from rondpoint.customers.companies.models import (
    Belonging,
    Company,
    CompanyDomain,
    CompanyKey,
    CompanyLink,
    CompanyTrait,
    Membership,
)
from rondpoint.customers.matching.models import (  # noqa: F401  the tables of the package
    Likeness,
    MatchChoice,
    MatchRun,
    NameShare,
    Trained,
    Unmatched,
)
from rondpoint.customers.types import Evidence, LinkKind, TraitRule
from rondpoint.lib import clock, ids

__all__ = [
    "Belonging",
    "CannotLink",
    "Company",
    "CompanyDomain",
    "CompanyKey",
    "CompanyLink",
    "CompanyTrait",
    "Customer",
    "Findable",
    "Identifier",
    "Link",
    "Membership",
    "NearWord",
    "Profile",
    "Rule",
    "RuleChange",
    "TraitName",
]


class Customer(models.Model):
    """A connected set of profiles, named by its oldest one: its id *is* that profile's id.

    Every profile founds a customer; when a link joins it to an older one ``merged_into`` points there and the row
    sleeps until an un-merge wakes it. Redirects are therefore never out of step with the links.
    ``name``, ``language`` and the times are caches of the golden record.
    """

    id = models.BigIntegerField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    # Looked for by ``customer_recent``.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    created = models.BigIntegerField(default=clock.now)
    last_seen = models.BigIntegerField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["merged_into", "-last_seen"], name="customer_recent")]


class Profile(models.Model):
    """What one source knows under one key. ``traits``: {name: {"value": …, "at": microseconds}}."""

    source = models.CharField(max_length=64)
    key = models.CharField(max_length=400)
    # Null only between the two statements that make a profile and its customer.
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="profiles")
    traits = models.JSONField(default=dict)
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="profile_once_per_source")]

    @property
    def owner(self) -> int:
        """The number of the customer it belongs to now."""
        assert self.customer_id is not None, "a profile is made with its customer"
        return self.customer_id


class Identifier(models.Model):
    """An address or account number that a profile holds, and how surely."""

    # Looked for by ``identifier_once``.
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="identifiers", db_index=False)
    kind = models.CharField(max_length=24)
    value = models.CharField(max_length=320)
    scope = models.CharField(max_length=64, blank=True)  # account numbers are one site's own
    evidence = models.SmallIntegerField(choices=[(e.value, e.name.lower()) for e in Evidence])
    natural = models.BooleanField(default=False)  # the profile is *whoever writes from this address*
    created = models.BigIntegerField(default=clock.now)
    proved = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "kind", "value", "scope"], name="identifier_once")]
        indexes = [models.Index(fields=["kind", "value"], name="identifier_lookup")]


class Link(models.Model):
    """Why two profiles are one person. Suggested, then opened or dismissed; an open one can be closed."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    left = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in LinkKind])
    rule = models.CharField(max_length=40)  # same_address, account_token, code, continuation, reply, manual…
    evidence = models.JSONField(default=dict)  # {"kind": "email", "value": …, "by": staff}
    score = models.FloatField(null=True)
    suggested = models.BigIntegerField(null=True)
    opened = models.BigIntegerField(null=True)
    closed = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["left", "closed"], name="link_left"),
            models.Index(fields=["right", "closed"], name="link_right"),
            models.Index(
                fields=["-suggested"], condition=models.Q(opened=None, closed=None), name="link_waiting"
            ),
        ]


class CannotLink(models.Model):
    """Two profiles that somebody separated: nothing but a person's word joins their sides again."""

    left = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    created = models.BigIntegerField(default=clock.now)
    closed = models.BigIntegerField(null=True)


class Findable(models.Model):
    """The words under which a profile is found; what each engine indexes. Kept by ``customers.finding``."""

    profile_id = models.BigIntegerField(primary_key=True)
    words = models.TextField()


class NearWord(models.Model):
    """A word of names, under each form with one letter left out: how a mistyped name is found."""

    form = models.CharField(max_length=40)
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "word"], name="near_word_once")]


class TraitName(models.Model):
    """A trait that some profile has said."""

    name = models.CharField(max_length=100, unique=True)


class RuleChange(models.Model):
    """Who chose which rule for a trait, and when."""

    trait = models.CharField(max_length=100)
    rule = models.CharField(max_length=16)
    by = models.CharField(max_length=200)
    at = models.BigIntegerField(default=clock.now)


class Rule(models.Model):
    """How the value of a trait is chosen among what the sources say; a trait without one takes the most recent word."""

    trait = models.CharField(max_length=100, unique=True)
    rule = models.CharField(max_length=16, choices=[(rule.value, rule.value) for rule in TraitRule])
