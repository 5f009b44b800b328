"""A POST with an ``Idempotency-Key`` is carried out once; for 24 hours its repetitions get the same answer."""

import hashlib

from rondpoint.accounts.models import ApiKey, IdempotentAnswer
from rondpoint.lib.clock import HOUR, SECOND
from rondpoint.lib.db import lock_row, write

LIFE = 24 * HOUR
# A request that has not answered after this long died with its process; its repetition is carried out.
IN_FLIGHT = 25 * SECOND
SWEEP = 500


class OtherRequest(Exception):
    """The key was used for another request."""


class InFlight(Exception):
    """The first request with this key has not answered yet."""


def digest(method: str, url: str, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\n".join([method.encode(), url.encode(), body])).hexdigest()


def reserve(api_key: ApiKey, key: str, request_digest: str, now: int) -> IdempotentAnswer:
    """The answer that exists (with a status), or a place for the one to come. Raises OtherRequest and InFlight."""
    with write():
        old = IdempotentAnswer.objects.filter(created__lt=now - LIFE).order_by("id").values_list("id", flat=True)
        IdempotentAnswer.objects.filter(id__in=list(old[:SWEEP])).delete()
        lock_row(ApiKey.objects.filter(id=api_key.id)).get()  # PostgreSQL: two first requests take turns
        found = IdempotentAnswer.objects.filter(api_key=api_key, key=key).first()
        if found is not None and found.created < now - LIFE:
            found.delete()
            found = None
        if found is None:
            return IdempotentAnswer.objects.create(api_key=api_key, key=key, request_digest=request_digest, created=now)
        if found.request_digest != request_digest:
            raise OtherRequest(key)
        if found.status is None and found.created > now - IN_FLIGHT:
            raise InFlight(key)
        if found.status is None:
            found.created = now
            found.save(update_fields=["created"])
        return found


def keep(place: IdempotentAnswer, status: int, body: bytes) -> None:
    """Stores the answer."""
    with write():
        IdempotentAnswer.objects.filter(id=place.id).update(status=status, body=body)


def release(place: IdempotentAnswer) -> None:
    """Nothing was carried out: the same key may be tried again."""
    with write():
        IdempotentAnswer.objects.filter(id=place.id, status=None).delete()
