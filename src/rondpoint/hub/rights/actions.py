"""Forgetting somebody: at once for everybody who looks, then byte by byte."""

import msgspec
from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext as _

from rondpoint.accounts import actions as accounts
from rondpoint.consent import actions as words
from rondpoint.consent import queries as consent
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Profile
from rondpoint.hub.models import Erasure, Hold, RightsRequest
from rondpoint.hub.rights import held, ledger
from rondpoint.hub.rights.types import REASONS, RESTRICTED, Invalid
from rondpoint.jobs import erasing, wake
from rondpoint.jobs.erasing import Subject
from rondpoint.lib import clock, signing
from rondpoint.lib.db import write

WAKE = "rights"
SHORTEST = 5  # letters of a reason


def erase(
    customer: Customer, by: str, reason: str = "asked", now: int | None = None, override: str = ""
) -> Erasure:  # fmt: skip
    """Forgets a customer. When this returns nobody sees her and nothing is sent to her any more; a worker removes all
    that is left, and closes the erasure with a receipt. Raises Invalid; with the field ``override`` where a hold is
    over her and nobody said why she is forgotten all the same.

    Facts that come later for the same addresses make a new customer; what came before and is still under way is left.
    """
    if reason not in REASONS:
        raise Invalid("reason", f"expected one of {', '.join(REASONS)}")
    with write():
        profile_ids, public_id = known.profile_ids(customer.id), str(customer.public_id)
        customers.hold(list(Profile.objects.filter(id__in=profile_ids)))
        holds = held.over(profile_ids)
        if holds and len(override.strip()) < SHORTEST:
            raise Invalid("override", _held(holds))
        row = forget(profile_ids, public_id, by, reason, now or clock.now())
        if holds:
            told = {"holds": [str(hold.public_id) for hold in holds], "why": override.strip()[:300]}
            accounts.audit(by, "hold.overridden", f"customer:{public_id}", told)
    ledger.keep_beside()
    return row


def forget(
    profile_ids: list[int], public_id: str, by: str, reason: str, now: int, note: bool = True
) -> Erasure:  # fmt: skip
    """The part that is done at once, inside ``write()``. ``note``: in the ledger, where she does not stand already.
    Raises Invalid when there is nobody (any more)."""
    if not profile_ids:
        raise Invalid("customer", "there is nobody to forget: she was merged, or forgotten already")
    subject = customers.subject_of(profile_ids, now)
    row = Erasure.objects.create(customer=public_id, by=by[:200], reason=reason, hidden=now)
    asked = RightsRequest.objects.filter(
        customer_id__in=subject.customers, kind="erasure", state__in=("open", "held")
    )
    waited = asked.aggregate(since=Min("held"))["since"]
    if waited is not None:
        open_again(subject)
    asked.update(state="working", erasure=row)
    counts: erasing.Counts = erasing.Counts()
    for eraser in erasing.every():
        if eraser.at_once is not None:
            counts += eraser.at_once(subject)
    row.kept = {"hashes": ledger.note(row, subject) if note else 0, "suppressions": _suppressed(subject)}
    if waited is not None:
        row.kept["held"] = waited
    row.counts, row.work = dict(counts), seal(subject)
    row.save(update_fields=["kept", "counts", "work"])
    accounts.audit(by, "customer.erased", f"customer:{public_id}", {"erasure": str(row.public_id), "reason": reason})
    wake.notify(WAKE)
    return row


def _held(holds: list[Hold]) -> str:
    """Why she cannot be forgotten now."""
    named = ", ".join(f"{hold.reason} ({hold.reference})" if hold.reference else hold.reason for hold in holds)
    said = _("Nothing of hers may be deleted now: %(holds)s. Lift the hold, or say why she is forgotten all the same.")
    return said % {"holds": named}


def _suppressed(subject: Subject) -> int:
    """At how many of her addresses nothing may be sent, as hashes say."""
    return len(consent.suppressions(addresses(subject)))


def addresses(subject: Subject) -> list[tuple[str, str]]:
    """The addresses that are hers alone, each with its kind."""
    return sorted({(kind, value) for kind, value, _scope in subject.addresses})


def open_again(subject: Subject) -> None:
    """Ends that nothing is sent to her because her erasure waits, inside ``write()``: no hash of that outlives her."""
    for kind, value in addresses(subject):
        words.release(kind, value, (RESTRICTED,))


def seal(subject: Subject) -> str:
    """What the work needs to know about her, as it may stand in the database meanwhile."""
    return signing.seal(settings.SECRET_KEY, msgspec.to_builtins(subject))


def unseal(sealed: str) -> Subject:
    """:func:`seal` read again."""
    return msgspec.convert(signing.unseal(settings.SECRET_KEY, sealed), Subject)
