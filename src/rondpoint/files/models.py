"""What the content-addressed store holds."""

from django.db import models

from rondpoint.lib import clock


class StoredFile(models.Model):
    """One content, kept once under its SHA-256."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    created = models.BigIntegerField(default=clock.now)
