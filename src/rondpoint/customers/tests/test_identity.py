"""Which evidence joins, which only suggests."""

import pytest

from rondpoint.customers.rules import identity
from rondpoint.customers.types import Evidence

CLAIMED, PROVIDER, SIGNED, VERIFIED = Evidence


@pytest.mark.parametrize(
    ("left", "left_natural", "right", "right_natural", "expected"),
    [
        (CLAIMED, False, VERIFIED, False, "suggest"),  # a visitor typed her address and waits for her proof
        (CLAIMED, True, VERIFIED, False, "open"),  # whoever writes from it, and she proved that it is hers
        (PROVIDER, False, PROVIDER, False, "suggest"),
        (PROVIDER, False, SIGNED, False, "open"),
        (SIGNED, False, SIGNED, False, "open"),
        (CLAIMED, False, CLAIMED, False, "suggest"),
    ],
)
def test_a_link_needs_proof_on_one_side_and_ownership_on_the_other(left, left_natural, right, right_natural, expected):
    assert identity.verdict("email", left, left_natural, right, right_natural) == expected
    assert identity.verdict("email", right, right_natural, left, left_natural) == expected


def test_a_customer_with_two_accounts_of_one_site_is_two_people():
    assert identity.within_limits([("account", "shop", "1"), ("account", "other", "1")], 2)
    assert not identity.within_limits([("account", "shop", "1"), ("account", "shop", "2")], 2)


def test_a_shared_address_does_not_swallow_everybody():
    assert not identity.within_limits([], identity.MAX_COMPONENT + 1)
