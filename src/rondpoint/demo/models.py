"""What the demo phone sent and received."""

from django.db import models

from rondpoint.lib import clock


class PhoneItem(models.Model):
    """One SMS or mail as a phone sees it. ``owner`` is the phone's own number or address."""

    app = models.CharField(max_length=8)  # sms | mail
    direction = models.CharField(max_length=4)  # in (the phone received it) | out
    owner = models.CharField(max_length=320)
    peer = models.CharField(max_length=320)
    peer_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    external_id = models.CharField(max_length=255)  # the message's sid or its Message-ID
    references = models.TextField(blank=True)
    at = models.BigIntegerField(default=clock.now)
    report_due = models.BigIntegerField(null=True, db_index=True)  # when the carrier will report it delivered

    class Meta:
        indexes = [models.Index(fields=["owner", "id"], name="phone_item_owner")]
