"""``POST /messages``: transactional messages."""

import nh3
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from rondpoint.accounts.api_auth import actor
from rondpoint.channels import registry
from rondpoint.consent import queries as consent
from rondpoint.consent.types import FIRST, NO_PROMOTION, PART_OF
from rondpoint.conversations import api_views, queries
from rondpoint.conversations.actions.transactional import Notice, notify
from rondpoint.conversations.api import idempotency_key, refused
from rondpoint.conversations.api_schemas import TEXT_LIMIT, Accepted
from rondpoint.conversations.queries.choosing import order
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.types import Evidence
from rondpoint.lib import addresses, clock
from rondpoint.ui.paging import Input
from rondpoint.ui.problems import bad_field

router = Router(tags=["messages"])


class Recipient(Input):
    """One of the three."""

    customer: str | None = Field(None, max_length=64)
    email: str | None = Field(None, max_length=320)
    phone: str | None = Field(None, max_length=64)


class NoticeBody(Input):
    to: Recipient
    purpose: str = Field(
        "transactional", max_length=32,
        description="service, transactional, order, receipt, or one of your own of class service or transactional",
    )  # fmt: skip
    text: str = Field(min_length=1, max_length=TEXT_LIMIT)
    html: str = Field("", max_length=200_000)
    subject: str = Field("", max_length=300)
    channels: list[str] = Field(
        [], max_length=10,
        description="in this order; by default all that fit the recipient, in the order of POST /decisions/choice",
    )  # fmt: skip


class Notified(Accepted):
    """A message on its way, and which way it took."""

    channel: str
    address: str
    customer: str
    conversation: str


@router.post("/messages", response={202: Notified}, summary="Send a transactional message")
def send(request: HttpRequest, body: NoticeBody):
    """On the first channel that the gate allows. 422 with ``reason`` and ``decision`` when it refuses all of them. An
    address nobody holds becomes a customer."""
    if not body.text.strip():
        raise bad_field("text", "there is nothing to send")
    _checked(body.purpose)
    reachable = _addresses(body.to, body.channels)
    notice = Notice(
        text=body.text,
        purpose=body.purpose,
        html=nh3.clean(body.html) if body.html else "",
        subject=body.subject,
        by=actor(request),
    )
    sent = notify(reachable, body.channels or _channels(reachable, body), notice, idempotency_key(request))
    if sent.message is None:
        raise refused(sent.verdict)
    view = api_views.messages(queries.views([sent.message]))[0]
    shown = {name: view[name] for name in ("id", "state", "channel", "address", "conversation")}
    customer = str(known.of_profile(sent.message.profile_id).public_id)
    return Status(202, {**shown, "customer": customer, "decision": api_views.decision(sent.verdict)})


def _checked(purpose: str) -> None:
    own = {key for key, terms in consent.terms().items() if terms.active and terms.purpose_class in NO_PROMOTION}
    if purpose not in own | FIRST | PART_OF.keys():
        there = ", ".join(sorted(own | FIRST | PART_OF.keys()))
        raise bad_field("purpose", f"what is no promotion may be sent so: {there}")


def _addresses(to: Recipient, channels: list[str]) -> dict[str, tuple[str, int]]:
    given = {kind: value for kind, value in to.model_dump().items() if value is not None}
    if len(given) != 1:
        raise bad_field("to", "expected one of customer, email, phone")
    for number, channel in enumerate(channels):
        if channel not in registry.kinds():
            there = ", ".join(registry.kinds())
            raise bad_field(f"channels[{number}]", f"there is no channel {channel!r}; there are {there}")
    [(kind, value)] = given.items()
    if kind == "customer":
        found = known.resolve(value)
        if found is None:
            raise bad_field("to.customer", "there is no such customer")
        kinds = {registry.get(channel).manifest.address_kind for channel in registry.kinds()}
        return known.best_addresses(found.id, kinds)
    try:
        value = addresses.normalise(kind, value)
    except addresses.BadAddress as error:
        raise bad_field(f"to.{kind}", str(error)) from error
    # The source is the one under which her own mail or SMS will arrive, so that her answer finds this profile.
    landing = customers.land(kind, value, Evidence.CLAIMED, kind, clock.now())
    return {kind: (value, landing.profile_id)}


def _channels(reachable: dict[str, tuple[str, int]], body: NoticeBody) -> list[str]:
    """Channels that write to one of these addresses, the one that suits her best first; all of them when none does, so
    that the refusal says why."""
    fitting = [channel for channel in registry.kinds() if registry.get(channel).manifest.address_kind in reachable]
    if len(fitting) < 2:
        return fitting or registry.kinds()
    [owner] = set(known.customers_of({profile for _, profile in reachable.values()}).values())
    return [channel for channel in order(owner, body.purpose, clock.now(), body.text) if channel in fitting]
