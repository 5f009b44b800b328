"""Short codes: made, bound, limited, used once.

Six digits live ten minutes, are bound to a channel and an address, and allow five tries per code, per address and per
connection, under a brake for the whole installation. Where nothing binds a code it has eight digits.
"""

import secrets

from django.conf import settings

from rondpoint.channels.contract import Address
from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Attempt, Continuation, Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.lib import clock, signing

LIFE = 10 * clock.MINUTE
TRIES = 5
WINDOW = 10 * clock.MINUTE
GLOBAL_TRIES = 200


class Refused(Exception):
    """Why a code or link was not taken: ``expired``, ``used``, ``unknown``, ``wrong_code``, ``too_many_tries``,
    ``not_hers``, ``not_sent``."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


def reply_key() -> bytes:
    """The key of the plus-address tokens."""
    return signing.derive_key(settings.SECRET_KEY, "reply address")


def digest(kind: str, secret: str) -> str:
    """How a token or code is kept."""
    return signing.digest(settings.SECRET_KEY, f"continuation {kind}", secret)


def make(
    kind: str, conversation: Conversation | None, profile_id: int, channel: str, target: str, now: int
) -> tuple[Continuation, str]:
    """A new code for one channel and address; the codes before it for the same end. Inside ``write()``."""
    length = 6 if target else 8
    Continuation.objects.filter(
        kind=kind, channel=channel, target=target, profile_id=profile_id, consumed=None, expires__gt=now
    ).update(expires=now)
    for _ in range(20):
        code = "".join(secrets.choice("0123456789") for _ in range(length))
        hashed = digest(kind, _bound(kind, channel, target, profile_id, code))
        if not Continuation.objects.filter(digest=hashed).exists():
            break
    made = Continuation.objects.create(
        digest=hashed,
        kind=kind,
        conversation=conversation,
        profile_id=profile_id,
        channel=channel,
        target=target,
        created=now,
        expires=now + LIFE,
    )
    return made, code


def check(
    kind: str, channel: str, target: str, profile_id: int, code: str, scopes: list[str], now: int
) -> Continuation:
    """Uses a code up. Raises Refused; a wrong one counts against the code, the scopes and the installation."""
    spend(scopes, now)
    hashed = digest(kind, _bound(kind, channel, target, profile_id, code))
    found = Continuation.objects.filter(digest=hashed, kind=kind).first()
    if found is None:
        for living in Continuation.objects.filter(kind=kind, channel=channel, target=target, consumed=None):
            living.tries += 1
            if living.tries >= TRIES:
                living.expires = min(living.expires, now)
            living.save(update_fields=["tries", "expires"])
        raise Refused("wrong_code")
    if found.consumed is not None:
        raise Refused("used")
    if found.expires <= now or found.tries >= TRIES:
        raise Refused("expired")
    found.consumed = now
    found.save(update_fields=["consumed"])
    return found


def spend(scopes: list[str], now: int) -> None:
    """Counts a try in each scope. Raises Refused when one is used up."""
    since = now - WINDOW
    for scope, most in [*((scope, TRIES) for scope in scopes), ("codes", GLOBAL_TRIES)]:
        if Attempt.objects.filter(scope=scope, at__gt=since).count() >= most:
            raise Refused("too_many_tries")
    Attempt.objects.bulk_create([Attempt(scope=scope[:120], at=now) for scope in [*scopes, "codes"]])


def take_up(digits: str, sender: Address, profile_id: int, now: int) -> Conversation | None:
    """The conversation that a code sent from an address continues, or None when the digits are no code of ours.

    The sender joins it from here on; her facts count, she gains no right over what was before.
    """
    target = sender.value if len(digits) == 6 else ""
    waiting = Continuation.objects.filter(kind="code", target=target, consumed=None, expires__gt=now)
    if not waiting.exists():
        return None  # nobody expects a code: it is a message like any other
    channel = waiting.values_list("channel", flat=True).first()
    try:
        used = check("code", channel, target, 0, digits, [f"code:{sender.kind}:{sender.value}"], now)
    except Refused:
        return None
    conversation = used.conversation
    while conversation.merged_into_id is not None:
        conversation = conversation.merged_into
    if known.of_profile(profile_id).id != conversation.customer_id:
        last = Message.objects.order_by("-id").values_list("id", flat=True).first() or 0
        facts.take_part(conversation, profile_id, sender.kind, sender.value, "joined", sender.name, last)
        customers.attribute(conversation.profile_id, profile_id, "code", now)
        conversation.refresh_from_db(fields=["customer_id", "profile_id", "merged_into"])
    facts.tell(conversation, "continuation.used", f"{used.id}", now, kind="code")
    return conversation


def _bound(kind: str, channel: str, target: str, profile_id: int, code: str) -> str:
    owner = profile_id if kind == "proof" else 0
    return f"{channel}|{target}|{owner}|{code}"
