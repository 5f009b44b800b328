"""``/customers/{id}/consents`` and ``/preferences``: what holds, every word with its proof, and how she wants it."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.params.functions import Query
from pydantic import AwareDatetime, Field

from rondpoint.accounts.actions import audit
from rondpoint.accounts.api_auth import actor
from rondpoint.consent import matrix, purposes, speaking
from rondpoint.consent.ledger import record
from rondpoint.consent.models import ConsentEntry
from rondpoint.consent.preferring import prefer
from rondpoint.consent.rules.preferring import NEVER
from rondpoint.consent.standing import ledger, preferences
from rondpoint.consent.types import BadEntry, BadPreference, Entry, Preferences
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.lib import clock, ids
from rondpoint.lib.db import write
from rondpoint.ui import paging
from rondpoint.ui.problems import bad_field, not_found

router = Router(tags=["consents"])
FOREVER = "forever"


class StandingShown(Schema):
    """What holds for one purpose on one channel at one address, and why. ``until``: when an agreement ends."""

    purpose: str
    channel: str
    address_kind: str
    address: str
    allowed: bool
    reason: str
    until: str | None
    entry: int | None


class EntryShown(Schema):
    """One word, as it was written down. ``purpose``, ``channel`` or ``address`` empty: all of them."""

    entry: int
    at: str
    action: str
    purpose: str
    channel: str
    address_kind: str
    address: str
    basis: str
    wording: int
    language: str
    proof: dict[str, Any]
    expires: str | None
    by: str
    source: str


class Consents(Schema):
    standing: list[StandingShown]
    items: list[EntryShown]
    next: str | None


class ConsentBody(paging.Input):
    """A word to write down. A grant names purpose, channel and proof; without ``address`` it is for each address she
    has for the channel. A refusal without purpose or channel is for all. ``source`` names it: sent again it is one."""

    action: Literal["granted", "confirmed", "withdrawn", "objected"]
    purpose: str = Field("", max_length=32)
    channel: str = Field("", max_length=24)
    address: str = Field("", max_length=320)
    basis: Literal["", "consent", "contract", "legitimate_interest", "legal_obligation", "implied", "soft_opt_in"] = ""
    wording: int = Field(0, ge=0, le=100_000)
    language: Literal["", "fr", "en"] = ""
    proof: dict[str, Any] = {}
    expires: AwareDatetime | None = None
    at: AwareDatetime | None = None
    source: str = Field("", max_length=150)


class Quiet(paging.Input):
    """Times of her day."""

    from_: str = Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    to: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class PreferencesBody(paging.Input):
    """All of her preferences; what is not given is taken back. ``per_week``: by purpose, ``""`` for all together;
    ``paused_until``: a time, or ``forever``."""

    channels: dict[str, str] = {}
    per_week: dict[str, int] = {}
    paused_until: AwareDatetime | Literal["forever"] | None = None
    quiet: Quiet | None = None
    timezone: str = Field("", max_length=64)
    language: Literal["", "fr", "en"] = ""
    do_not_call: bool = False


class QuietShown(Schema):
    from_: str = Field(serialization_alias="from")
    to: str


class PreferencesShown(Schema):
    channels: dict[str, str]
    per_week: dict[str, int]
    paused_until: str | None
    quiet: QuietShown | None
    timezone: str
    language: str
    do_not_call: bool


@router.get("/customers/{id}/consents", response=Consents, summary="What she agreed to, and every word")
def list_consents(
    request: HttpRequest,
    id: str,
    limit: int = Query(paging.PAGE, ge=1, le=paging.LARGEST_PAGE),
    cursor: str | None = Query(None, max_length=200),
) -> dict[str, Any]:
    """``standing`` is what holds now for each purpose in use and each of her addresses; ``items`` the ledger, the
    newest first."""
    customer = customer_or_404(id)
    before = paging.position(cursor, 1)
    rows = ledger(customers.profile_ids(customer.id), limit + 1, before[0] if before else None)
    said = paging.page(rows, limit, lambda found: [_entry(row) for row in found], lambda row: (row.id,))
    return {"standing": standings(customer.id), **said}


@router.post("/customers/{id}/consents", response={201: Consents, 200: Consents}, summary="Write a word down")
def say(request: HttpRequest, id: str, body: ConsentBody) -> "Status[Any]":
    """201 when it was new; 200 when its ``source`` was heard before. A grant of a purpose with double opt-in by e-mail
    waits until she follows the link in the mail; ``confirmed`` is one that she confirmed elsewhere."""
    customer, now = customer_or_404(id), clock.now()
    grant = body.action in ("granted", "confirmed")
    if grant and not body.proof:
        raise bad_field("proof", "a grant has a proof: what was shown, where and when")
    at = clock.from_datetime(body.at) if body.at else now
    if at > now + clock.MINUTE:
        raise bad_field("at", "lies in the future")
    source = f"api:{customer.id}:{body.source}" if body.source else f"api:{ids.uuid7()}"
    try:
        with write():
            new = record(_entries(customer.id, body, at, source, actor(request)), now)
            audit(actor(request), f"consent.{body.action}", str(customer.public_id), {"purpose": body.purpose})
    except BadEntry as error:
        raise bad_field(error.field, error.reason) from error
    return Status(201 if any(new) else 200, list_consents(request, id, paging.PAGE, None))


@router.get("/customers/{id}/preferences", response=PreferencesShown, by_alias=True, summary="How she wants it")
def read_preferences(request: HttpRequest, id: str) -> dict[str, Any]:
    customer = customer_or_404(id)
    return _preferences(preferences([customer.id])[customer.id])


@router.put("/customers/{id}/preferences", response=PreferencesShown, by_alias=True, summary="Set how she wants it")
def set_preferences(request: HttpRequest, id: str, body: PreferencesBody) -> dict[str, Any]:
    """The whole of them: what is not given is taken back."""
    customer = customer_or_404(id)
    before = preferences([customer.id])[customer.id]
    told: dict[str, Any] = {f"channel:{key}": None for key in before.channels}
    told |= {f"per_week:{key}": None for key in before.per_week}
    told |= {f"channel:{key}": way for key, way in body.channels.items()}
    told |= {f"per_week:{key}": number for key, number in body.per_week.items()}
    told["quiet"] = [_minutes(body.quiet.from_), _minutes(body.quiet.to)] if body.quiet else None
    told |= {"timezone": body.timezone or None, "language": body.language or None, "do_not_call": body.do_not_call}
    until = body.paused_until
    told["paused_until"] = NEVER if isinstance(until, str) else clock.from_datetime(until) if until else 0
    try:
        with write():
            prefer(speaking.speaker(customer.id, None), told, actor(request))
            audit(actor(request), "consent.preferred", str(customer.public_id), {})
    except BadPreference as error:
        name, _, key = error.field.partition(":")
        field = {"channel": "channels", "per_week": "per_week"}.get(name, name)
        raise bad_field(f"{field}.{key}" if key else field, error.reason) from error
    return read_preferences(request, id)


def customer_or_404(public_id: str) -> Customer:
    """The living customer, also behind the id of one that was merged away. Raises Problem 404."""
    found = customers.resolve(public_id)
    if found is None:
        raise not_found("customer")
    return found


def standings(customer_id: int) -> list[dict[str, Any]]:
    """What holds for a customer, by purpose, channel and address."""
    held = matrix.addresses(customers.profile_ids(customer_id))
    return [
        {
            "purpose": line.key,
            "channel": cell.channel,
            "address_kind": cell.address_kind,
            "address": cell.address,
            "allowed": cell.standing.allowed,
            "reason": cell.standing.reason,
            "until": clock.iso(cell.standing.until) if cell.standing.until else None,
            "entry": cell.standing.entry_id,
        }
        for line in matrix.lines(customer_id, held, clock.now())
        for cell in line.cells
    ]


def _entries(customer_id: int, body: ConsentBody, at: int, source: str, by: str) -> list[Entry]:
    grant = body.action in ("granted", "confirmed")
    terms = purposes.terms().get(body.purpose)
    nowhere = [("", "")]
    if body.channel and (body.address or (grant and (terms is None or terms.channels))):
        where = speaking.places(customer_id, body.channel, body.address)
    elif body.address:
        raise BadEntry(0, "channel", "an address goes with a channel")
    else:
        where = nowhere
    return [
        Entry(
            profile_id=speaking.speaker(customer_id, (kind, address) if address else None),
            action=body.action,
            source=source if len(where) == 1 else f"{source[:150]}:{number}",
            at=at,
            purpose=body.purpose,
            channel=body.channel,
            address_kind=kind,
            address=address,
            basis=body.basis,
            wording=body.wording,
            language=body.language,
            proof=body.proof,
            expires=clock.from_datetime(body.expires) if body.expires and grant else None,
            by=by,
        )
        for number, (kind, address) in enumerate(where)
    ]


def _entry(row: ConsentEntry) -> dict[str, Any]:
    same = ("action", "purpose", "channel", "address_kind", "address", "basis", "wording", "language", "proof", "by")
    return {
        "entry": row.id,
        "at": clock.iso(row.at),
        "expires": clock.iso(row.expires) if row.expires else None,
        "source": row.source,
        **{name: getattr(row, name) for name in same},
    }


def _preferences(said: Preferences) -> dict[str, Any]:
    until = said.paused_until
    return {
        "channels": said.channels,
        "per_week": said.per_week,
        "paused_until": FOREVER if until >= NEVER else clock.iso(until) if until else None,
        "quiet": {"from_": _time(said.quiet[0]), "to": _time(said.quiet[1])} if said.quiet else None,
        "timezone": said.timezone,
        "language": said.language,
        "do_not_call": said.do_not_call,
    }


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
