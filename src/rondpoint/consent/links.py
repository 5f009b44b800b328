"""Signed links: to the preference centre, and to the confirmation of an agreement. Each has a key of its own."""

from django.conf import settings
from msgspec.structs import astuple

from rondpoint.consent.types import Link
from rondpoint.lib import clock, signing

CENTRE, CONFIRMATION = "preference centre", "consent confirmation"
LONGEST = 2000  # letters; no link of ours is longer


def centre_url(link: Link) -> str:
    """The address of the preference centre for one person, which is also that of the one click (RFC 8058). It never
    ends: who finds an old mail may still unsubscribe."""
    payload = {name: value for name, value in zip("pkaucd", astuple(link), strict=True) if value}
    return f"{settings.RONDPOINT_URL}/u/{signing.sign(settings.SECRET_KEY, CENTRE, payload)}"


def read_centre(token: str) -> Link | None:
    """What a link carries; None for one that we did not make. Each forged one takes the same time."""
    try:
        said = signing.unsign(settings.SECRET_KEY, CENTRE, token[:LONGEST], clock.now())
    except signing.BadToken:
        return None
    return Link(said["p"], *(said.get(name, "") for name in "kaucd"))


def confirmation_url(entry_id: int, expires: int) -> str:
    """The address that confirms a pending agreement, until it expires."""
    token = signing.sign(settings.SECRET_KEY, CONFIRMATION, {"e": entry_id}, expires)
    return f"{settings.RONDPOINT_URL}/u/confirmation/{token}"


def read_confirmation(token: str, now: int) -> int | None:
    """The number of the pending entry; None for a link that we did not make or whose time is over."""
    try:
        return int(signing.unsign(settings.SECRET_KEY, CONFIRMATION, token[:LONGEST], now)["e"])
    except signing.BadToken:
        return None
