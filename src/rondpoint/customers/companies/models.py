"""A company key is what a source knows of a company; a company is a connected set of them."""

from django.db import models

from rondpoint.customers.types import Evidence, LinkKind
from rondpoint.lib import clock, ids

EVIDENCE = [(e.value, e.name.lower()) for e in Evidence]


class Company(models.Model):
    """A connected set of keys, named by its oldest one: its id *is* that key's id; ``merged_into`` as of customers.
    ``name`` and ``words`` (folded, each behind a space: what it is found by) are caches of what is known."""

    id = models.BigIntegerField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    words = models.TextField(blank=True)
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        verbose_name_plural = "companies"
        indexes = [models.Index(fields=["merged_into", "name", "id"], name="company_by_name")]


class CompanyKey(models.Model):
    """What one source knows of a company under one key. ``traits``: as of profiles; ``evidence``: how far the source is
    believed; ``scope``: within which keys of the same text name the same company."""

    source = models.CharField(max_length=64)
    key = models.CharField(max_length=400)
    scope = models.CharField(max_length=64, blank=True)
    # Null only between the two statements that make a key and its company.
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="keys")
    evidence = models.SmallIntegerField()
    traits = models.JSONField(default=dict)
    created = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="company_key_once")]
        indexes = [models.Index(fields=["key"], name="company_key_alike")]

    @property
    def owner(self) -> int:
        """The number of the company it belongs to now."""
        assert self.company_id is not None, "a key is made with its company"
        return self.company_id


class CompanyLink(models.Model):
    """Why two keys are one company. An open one can be closed."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    left = models.ForeignKey(CompanyKey, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(CompanyKey, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in LinkKind])
    rule = models.CharField(max_length=40)  # same_key, manual, by_hand
    evidence = models.JSONField(default=dict)
    opened = models.BigIntegerField()
    closed = models.BigIntegerField(null=True)


class CompanyTrait(models.Model):
    """The value of a trait of a company, so that statements can read it. A cache."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    text = models.TextField(null=True)
    number = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="company_trait_once")]


class CompanyDomain(models.Model):
    """A domain of a company's addresses. A cache."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(max_length=253, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "domain"], name="company_domain_once")]


class Membership(models.Model):
    """A source says that a profile belongs to a company. ``ended``: the evidence of who said that it is over.

    Both ends are what the source knows, so that merging and un-merging people or companies moves nothing here.
    """

    profile = models.ForeignKey("customers.Profile", on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(CompanyKey, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=64)
    by = models.CharField(max_length=200, blank=True)
    evidence = models.SmallIntegerField(choices=EVIDENCE)
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True)
    ended = models.SmallIntegerField(null=True, choices=EVIDENCE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "key", "source"], condition=models.Q(until=None), name="membership_once"
            )
        ]


class Belonging(models.Model):
    """A customer belongs to a company. A cache of what holds among the memberships of her profiles."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=120, blank=True)
    since = models.BigIntegerField()
    evidence = models.SmallIntegerField(choices=EVIDENCE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "company"], name="belonging_once")]
