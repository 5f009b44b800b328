"""Who refers to stored contents, and when none of them may be removed."""

from collections.abc import Iterable

import msgspec

from rondpoint.accounts.models import Brand
from rondpoint.channels.contract import MessageOut
from rondpoint.channels.models import Delivery
from rondpoint.conversations.models import Attachment
from rondpoint.files import references
from rondpoint.hub.models import Export, Import, RightsRequest
from rondpoint.jobs import leases
from rondpoint.jobs.models import Lease
from rondpoint.lib import clock
from rondpoint.sending.models import Dispatch

LEASE, LEASE_SECONDS = "backup", 120  # held by an open backup
NOT_SURELY_GONE = ("queued", "unknown")


def register() -> None:
    """Tells the file store about all who refer to contents. Doing it twice changes nothing."""
    references.register("attachments", references.column(Attachment, "sha256"))
    references.register("deliveries", references.column(Delivery, "body_sha256"))
    references.register("logos of brands", references.column(Brand, "logo"))
    references.register("imports", references.column(Import, "sha256"))
    references.register("rows of imports", references.column(Import, "rows"))
    references.register("exports", references.column(Export, "sha256"))
    references.register("answers to requests", references.column(RightsRequest, "json_sha256"))
    references.register("answers to requests, to read", references.column(RightsRequest, "page_sha256"))
    references.register("messages to send", _in_dispatches)
    references.pause("backup", is_open)


def is_open() -> bool:
    """Does a backup read rows older than those of now?"""
    moment = leases.now()
    return Lease.objects.filter(name=LEASE, until__gt=moment, until__lte=moment + LEASE_SECONDS * clock.SECOND).exists()


def _in_dispatches(low: str, high: str) -> Iterable[str]:
    """A message on its way may bring a file that nothing else refers to, such as the copy of a chat."""
    rows = Dispatch.objects.filter(state__in=NOT_SURELY_GONE).order_by().values_list("content", flat=True)
    for content in rows.iterator(chunk_size=1000):
        for file in msgspec.msgpack.decode(bytes(content), type=MessageOut).files:
            if low <= file.sha256 < high:
                yield file.sha256
