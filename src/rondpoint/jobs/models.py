"""Fenced leases and the positions of those who read facts."""

from django.db import models


class Lease(models.Model):
    """Who may do a thing alone, until when by the clock of ``leases.now``. ``fence`` grows with each new holder."""

    name = models.CharField(max_length=120, unique=True)
    holder = models.CharField(max_length=64)
    fence = models.BigIntegerField(default=1)
    until = models.BigIntegerField()


class Cursor(models.Model):
    """How far a reader has read, in commit order: (transaction, id)."""

    name = models.CharField(max_length=120, unique=True)
    transaction = models.BigIntegerField(default=0)
    row = models.BigIntegerField(default=0)
