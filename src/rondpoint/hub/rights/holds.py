"""Holds: what may not be deleted until somebody lifts them, as a lawsuit asks for. They are set, lifted, and minded."""

import uuid
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from rondpoint.accounts import actions as accounts
from rondpoint.customers import actions as hands
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer, Profile
from rondpoint.hub.models import HeldProfile, Hold, RetentionRule, RightsRequest
from rondpoint.hub.rights import actions, held, retention
from rondpoint.hub.rights.types import Invalid
from rondpoint.lib import bulk, clock
from rondpoint.lib.db import lock_row, write
from rondpoint.segments.models import Member, Segment

AT_ONCE = 1000  # people who are noted in one transaction
SHORTEST = 5  # letters of a reason


def on_customer(customer: Customer, reason: str, reference: str, by: str, ends: date | None = None) -> Hold:
    """Keeps all that is known of one customer. ``ends``: the last day, where there is one. Raises Invalid."""
    return _set(Hold(customer=customer.public_id, ends=_end(ends)), reason, reference, by, customer)


def on_segment(segment: Segment, reason: str, reference: str, by: str, ends: date | None = None) -> Hold:
    """Keeps all that is known of everybody who is in a segment, or comes in; also once they have left it."""
    row = _set(Hold(segment=segment.public_id, ends=_end(ends)), reason, reference, by)
    _note_members(row)
    return row


def on_kind(
    kind: str, first: date | None, last: date | None, reason: str, reference: str, by: str, ends: date | None = None
) -> Hold:  # fmt: skip
    """Keeps the rows of a kind of data from the first day to the last. Raises Invalid."""
    if retention.kind(kind) is None:
        raise Invalid("kind", _("There is no such kind of data."))
    if first is None or last is None:
        raise Invalid("days", _("Say from which day to which day."))
    if last < first:
        raise Invalid("days", _("The last day lies before the first one."))
    row = Hold(kind=kind, since=_midnight(first), till=_midnight(last + timedelta(days=1)), ends=_end(ends))
    return _set(row, reason, reference, by)


def lift(row: Hold, why: str, by: str) -> None:
    """Ends a hold: retention goes on, and whoever waited to be forgotten is. Raises Invalid."""
    if len(why.strip()) < SHORTEST:
        raise Invalid("why", _("Say why it is lifted."))
    with write():
        said = {"lifted": clock.now(), "lifted_by": by[:200], "lifted_why": why.strip()[:300]}
        if not Hold.objects.filter(id=row.pk, lifted=None).update(**said):
            raise Invalid("why", _("It was lifted already."))
        accounts.audit(by, "hold.lifted", f"hold:{row.public_id}")
    row.refresh_from_db()
    release()


def mind() -> int:
    """Notes who came into the segments of holds, and forgets those who waited for one that has ended; how many. Run
    again and again by a worker."""
    for row in held.live():
        if row.segment:
            _note_members(row)
    return release()


def release() -> int:
    """Forgets those who asked for it and waited for a hold, where none is over them any more; how many."""
    gone = 0
    for row in RightsRequest.objects.filter(state="held").order_by("id"):
        person = customers.resolve(row.customer)
        if person is None:
            continue
        try:
            actions.erase(person, row.by or "worker")
        except Invalid:
            continue  # another hold is over her
        gone += 1
    return gone


def newest(limit: int, before: int | None = None) -> list[Hold]:
    """Holds, the newest first."""
    rows = Hold.objects.order_by("-id")
    return list((rows.filter(id__lt=before) if before is not None else rows)[:limit])


def get(public_id: str | uuid.UUID) -> Hold | None:
    """A hold by its public id."""
    try:
        return Hold.objects.filter(public_id=uuid.UUID(str(public_id))).first()
    except ValueError:
        return None


def day(text: str, field: str) -> date | None:
    """A day as forms and programs write it; None where none was. Raises Invalid for this field."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(field, _("This is no day.")) from error
    if not 1970 < found.year < 9000:
        raise Invalid(field, _("This is no day."))
    return found


def _set(row: Hold, reason: str, reference: str, by: str, customer: Customer | None = None) -> Hold:
    if len(reason.strip()) < SHORTEST:
        raise Invalid("reason", _("Say why nothing may be deleted."))
    if row.ends is not None and row.ends <= clock.now():
        raise Invalid("ends", _("This day is over."))
    row.reason, row.reference, row.by = reason.strip()[:300], reference.strip()[:120], by[:200]
    with write():
        profiles = list(Profile.objects.filter(customer=customer)) if customer else []
        hands.hold(profiles)
        list(lock_row(RetentionRule.objects.all()))  # whoever removes something this moment ends first
        row.save()
        bulk.insert_new([HeldProfile(hold=row, profile_id=profile.pk) for profile in profiles])
        told = {"kind": row.kind} if row.kind else {"segment": str(row.segment)} if row.segment else {}
        accounts.audit(by, "hold.set", f"hold:{row.public_id}", told)
    return row


def _note_members(row: Hold) -> None:
    place = 0
    while True:
        inside = Member.objects.filter(segment__public_id=row.segment, customer_id__gt=place).order_by("customer_id")
        found = list(inside.values_list("customer_id", flat=True)[:AT_ONCE])
        if not found:
            return
        noted = HeldProfile.objects.filter(hold=row).values("profile_id")
        new = Profile.objects.filter(customer_id__in=found).exclude(id__in=noted).values_list("id", flat=True)
        if numbers := list(new):
            with write():
                bulk.insert_new([HeldProfile(hold=row, profile_id=number) for number in numbers])
        place = found[-1]


def _end(ends: date | None) -> int | None:
    return _midnight(ends + timedelta(days=1)) if ends else None


def _midnight(day: date) -> int:
    """The beginning of a day in the zone of the page."""
    return clock.from_datetime(timezone.make_aware(datetime.combine(day, time())))
