"""Hearing what people say about being written to."""

from collections.abc import Callable

from rondpoint.consent.models import ConsentEntry, Suppression
from rondpoint.consent.queries import address_hash
from rondpoint.events import actions as events
from rondpoint.events.types import Fact
from rondpoint.lib import clock

_followers: list[Callable[[str, str], None]] = []


def on_change(follower: Callable[[str, str], None]) -> None:
    """``follower(kind, address)`` is told, in the same transaction, to which address more or less may go."""
    if follower not in _followers:
        _followers.append(follower)


def _changed(address_kind: str, address: str) -> None:
    for follower in _followers:
        follower(address_kind, address)


def suppress(
    address_kind: str, address: str, reason: str, now: int | None = None, channel: str = "", scope: str = "all"
) -> None:
    """Nothing of ``scope`` goes to this address any more. Inside ``write()``; saying it twice changes nothing."""
    hashed = address_hash(address_kind, address)
    known = Suppression.objects.filter(address_hash=hashed, channel=channel, scope=scope, reason=reason, released=None)
    if not known.exists():
        Suppression.objects.create(
            address_hash=hashed, channel=channel, scope=scope, reason=reason, created=now or clock.now()
        )
        _changed(address_kind, address)


def release(address_kind: str, address: str, reasons: tuple[str, ...], now: int | None = None) -> int:
    """Ends suppressions for these reasons; how many there were."""
    held = Suppression.objects.filter(
        address_hash=address_hash(address_kind, address), reason__in=reasons, released=None
    )
    released = held.update(released=now or clock.now())
    if released:
        _changed(address_kind, address)
    return released


def hear(
    profile_id: int | None,
    channel: str,
    address_kind: str,
    address: str,
    action: str,
    source: str,
    text: str,
    at: int,
) -> bool:
    """Writes down one utterance (``stop``, ``start``, ``complaint``) and acts on it. False when already heard.

    A START takes back only a STOP: it does not mend a bounce or a complaint.
    """
    _, new = ConsentEntry.objects.get_or_create(
        source=source,
        defaults={
            "profile_id": profile_id,
            "channel": channel,
            "address_kind": address_kind,
            "address": address,
            "action": action,
            "proof": {"text": text[:500]},
            "at": at,
        },
    )
    if not new:
        return False
    if action == "start":
        release(address_kind, address, ("stop",), at)
    else:
        suppress(
            address_kind,
            address,
            action,
            at,
            channel=channel,
            scope="all" if action == "stop" else "marketing",
        )
    events.record(
        [
            Fact(
                profile_id=profile_id,
                type=f"consent.{action}",
                occurred=at,
                source="consent",
                message_id=source,
                channel=channel,
                properties={"text": text[:200]},
            )
        ]
    )
    return True
