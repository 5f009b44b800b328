"""Short codes: made, bound, limited, used once. Who guesses uses up her own tries and nobody else's.

A code lives ten minutes. One for a known address has six digits and works for that address, and on her own page and in
a chat for the one device that asked; five wrong ones from there end it. Where nothing binds a code it has eight digits,
at most 20 live at once, and wrong ones end none of them.

What a guesser can reach in a day, one guess at six digits being right once in 10^6, at eight digits 20 times in 10^8:

- eight digits: ``A_DAY`` (5) wrong ones from one address that its network vouches for, and 5 from all others together:
  5 * 20 / 10^8 = 1 in 10^6;
- six digits, one person's address: 10 wrong ones from one network, 1 in 10^5, and 50 from all networks together;
- six digits, any address: 100 wrong ones from one network, 1 in 10^4, each address of which gets the codes and so the
  warning.

Tries are counted by network, address and device. Where the whole installation is busy (``GLOBAL_TRIES``), who made
fewer than ``FAIR`` is served all the same, so that a stranger's tries shut nobody out.
"""

import secrets
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from rondpoint.channels.contract import Address
from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Attempt, Continuation, Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.lib import clock, signing

LIFE = 10 * clock.MINUTE
TRIES = 5
WINDOW = 10 * clock.MINUTE
TO_ONE_ADDRESS, OF_ONE_NETWORK = 12, 4  # codes asked for in ten minutes, and those of them from one network
GLOBAL_TRIES, FAIR = 200, 5  # in ten minutes
UNBOUND = 20  # codes without an address that live at once
A_DAY = 5  # wrong ones at them
ADDRESS_FROM_NETWORK, ADDRESS, NETWORK = 10, 50, 100  # wrong ones at bound codes in a day


class Limit(NamedTuple):
    """So many tries of one scope in a time."""

    scope: str
    most: int = TRIES
    window: int = WINDOW


class By(NamedTuple):
    """Who types a code back: the network and device it comes from, and the address (``kind:value``) it was sent to."""

    network: str
    device: str
    address: str


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
    """A new code for one channel and address; those before it for the same end. Inside ``write()``.

    Raises Refused ``too_many_tries`` when too many codes live that nothing binds.
    """
    length = 6 if target else 8
    Continuation.objects.filter(
        kind=kind, channel=channel, target=target, profile_id=profile_id, consumed=None, expires__gt=now
    ).update(expires=now)
    if not target and _waiting(kind, "", now).count() >= UNBOUND:
        raise Refused("too_many_tries")
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
    kind: str, channel: str, target: str, profile_id: int, code: str, by: By, now: int
) -> Continuation:
    """Uses up a code that is bound to ``target``. Raises Refused; a wrong one counts against the code and ``by``."""
    spend(by.network, [Limit(f"code by:{by.device}")], now)
    wrong = [
        Limit(f"wrong:{by.network}", NETWORK, clock.DAY),
        Limit(f"wrong:{by.network}:{by.address}", ADDRESS_FROM_NETWORK, clock.DAY),
        Limit(f"wrong:{by.address}", ADDRESS, clock.DAY),
    ]
    _hold(wrong, now)
    hashed = digest(kind, _bound(kind, channel, target, profile_id, code))
    found = Continuation.objects.filter(digest=hashed, kind=kind).first()
    if found is None:
        _count(wrong, now)
        _wear(_waiting(kind, target, now).filter(channel=channel, profile_id=profile_id), now)
        raise Refused("wrong_code")
    return _use(found, now)


def spend(who: str, limits: list[Limit], now: int) -> None:
    """Counts a try in each scope. Raises Refused when one is used up, or the house is busy and ``who`` made many."""
    brake, fair = Limit("codes", GLOBAL_TRIES), Limit(f"codes:{who}", FAIR)
    _hold(limits, now)
    if _spent(brake, now) and _spent(fair, now):
        raise Refused("too_many_tries")
    _count([*limits, brake, fair], now)


def _hold(limits: list[Limit], now: int) -> None:
    if any(_spent(limit, now) for limit in limits):
        raise Refused("too_many_tries")


def _spent(limit: Limit, now: int) -> bool:
    tried = Attempt.objects.filter(scope=limit.scope[:120], at__gt=now - limit.window)
    return tried.count() >= limit.most


def _count(limits: list[Limit], now: int) -> None:
    Attempt.objects.bulk_create([Attempt(scope=limit.scope[:120], at=now) for limit in limits])


def _waiting(kind: str, target: str, now: int) -> QuerySet[Continuation]:
    return Continuation.objects.filter(kind=kind, target=target, consumed=None, expires__gt=now)


def _wear(living: Iterable[Continuation], now: int) -> None:
    """A wrong one came from where these codes were sent to or asked for."""
    for code in living:
        code.tries += 1
        if code.tries >= TRIES:
            code.expires = min(code.expires, now)
        code.save(update_fields=["tries", "expires"])


def _use(found: Continuation, now: int) -> Continuation:
    if found.consumed is not None:
        raise Refused("used")
    if found.expires <= now or found.tries >= TRIES:
        raise Refused("expired")
    found.consumed = now
    found.save(update_fields=["consumed"])
    return found


def _sent_in(digits: str, sender: Address, now: int) -> Continuation | None:
    """The code that somebody sent us as a message. Wrong ones count by their sender where her network vouches for her,
    and for all others together: anybody writes any address into a mail."""
    vouched = sender.evidence != "claimed"
    target = sender.value if len(digits) == 6 else ""
    waiting = list(_waiting("code", target, now))
    if not waiting:
        return None  # nobody expects a code: it is a message like any other
    scope = f"sent in:{sender.kind}:{sender.value}" if vouched else f"sent in:{target}"
    wrong = [Limit(scope) if target and vouched else Limit(scope, A_DAY, clock.DAY)]
    _hold(wrong, now)
    channels = {row.channel for row in waiting}
    hashed = [digest("code", _bound("code", channel, target, 0, digits)) for channel in channels]
    found = Continuation.objects.filter(digest__in=hashed, kind="code").first()
    if found is not None:
        return _use(found, now)
    _count(wrong, now)
    if target and vouched:
        _wear(waiting, now)
    return None


def take_up(digits: str, sender: Address, profile_id: int, now: int) -> Conversation | None:
    """The conversation that a code sent from an address continues, or None when the digits are no code of ours.

    The sender joins it from here on; her facts count, she gains no right over what was before.
    """
    try:
        used = _sent_in(digits, sender, now)
    except Refused:
        return None
    if used is None:
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
