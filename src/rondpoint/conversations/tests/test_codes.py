"""Codes that come as messages: who guesses spends her own tries, and ends nobody's code."""

import pytest

from rondpoint.channels.contract import Address
from rondpoint.conversations.actions import codes
from rondpoint.conversations.models import Continuation
from rondpoint.lib import clock
from rondpoint.lib.db import write

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOW = 1_710_000_000_000_000
AWA = Address("phone", "+33199001001", evidence="provider")


def stranger(number: int, evidence: str = "provider") -> Address:
    return Address("phone", f"+3319900{2000 + number}", evidence=evidence)


def issue(target: str = "", channel: str = "sms", now: int = NOW, profile: int = 1) -> str:
    with write():
        return codes.make("code", None, profile, channel, target, now)[1]


def send(digits: str, sender: Address, now: int = NOW) -> bool:
    """Whether the digits were taken as a code."""
    with write():
        try:
            return codes._sent_in(digits, sender, now) is not None
        except codes.Refused:
            return False


def wrong(code: str) -> str:
    return str((int(code) + 1) % 10 ** len(code)).zfill(len(code))


def test_a_code_without_an_address_has_eight_digits_and_is_taken_from_anybody_once():
    code = issue()
    assert len(code) == 8
    assert send(code, AWA)
    assert not send(code, AWA)


def test_guesses_of_strangers_end_no_code():
    code = issue()
    for number in range(30):
        assert not send(wrong(code), stranger(number % 6))
    assert Continuation.objects.get().tries == 0
    assert send(code, AWA)


def test_five_wrong_ones_in_a_day_are_all_of_one_sender():
    code = issue()
    for _ in range(codes.A_DAY):
        assert not send(wrong(code), AWA)
    assert not send(code, AWA)
    later = NOW + codes.LIFE + clock.SECOND
    assert not send(issue(now=later), AWA, later)
    tomorrow = NOW + clock.DAY + clock.SECOND
    assert send(issue(now=tomorrow), AWA, tomorrow)


def test_senders_nobody_vouches_for_share_five_a_day_and_shut_out_no_other():
    code = issue()
    tried = [send(wrong(code), stranger(number, "claimed")) for number in range(20)]
    assert not any(tried)
    assert not send(code, stranger(99, "claimed"))
    assert send(code, AWA)


def test_a_code_for_her_address_is_ended_by_no_forged_sender():
    code = issue(AWA.value)
    assert len(code) == 6
    forged = Address("phone", AWA.value)
    for _ in range(8):
        assert not send(wrong(code), forged)
    assert send(code, AWA)


def test_a_code_for_her_address_ends_after_five_wrong_ones_of_hers():
    code = issue(AWA.value)
    for _ in range(codes.TRIES):
        assert not send(wrong(code), AWA)
    assert not send(code, AWA)


def test_codes_of_several_channels_wait_beside_each_other():
    first, second = issue(channel="sms"), issue(channel="email")
    assert send(second, AWA)
    assert send(first, AWA)


def test_only_so_many_codes_without_an_address_live_at_once():
    for number in range(codes.UNBOUND):
        issue(profile=number)
    issue(profile=3)  # a newer one takes the place of the one before
    with pytest.raises(codes.Refused) as refused:
        issue(profile=99)
    assert refused.value.reason == "too_many_tries"
    assert issue(now=NOW + codes.LIFE + clock.SECOND)


def test_the_chance_of_a_guesser_is_what_is_promised():
    """The arithmetic of the module's head, out of its numbers."""
    assert codes.A_DAY * codes.UNBOUND / 10**8 <= 1e-6
    assert codes.ADDRESS_FROM_NETWORK / 10**6 <= 1e-5
    assert codes.ADDRESS / 10**6 <= 5e-5
    assert codes.NETWORK / 10**6 <= 1e-4
