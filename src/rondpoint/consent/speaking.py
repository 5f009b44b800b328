"""Whose word it is that somebody else writes down for a customer: the profile that holds the address."""

from rondpoint.consent import matrix
from rondpoint.consent.types import WAYS, Address, BadEntry
from rondpoint.customers import queries as customers
from rondpoint.lib import addresses


def speaker(customer_id: int, at: Address | None) -> int:
    """The oldest of her profiles that holds an address, else her oldest."""
    profiles = customers.profile_ids(customer_id)
    if at is not None:
        held = [row.profile_id for row in customers.holdings(profiles, at[0]) if row.value == at[1]]
        if held:
            return min(held)
    return profiles[0]


def places(customer_id: int, channel: str, address: str, country: str = "FR") -> list[Address]:
    """The addresses a word on a channel is about: the one given, in its normal form, else all she has for it. Raises
    BadEntry when it is none, or she has none."""
    kind = WAYS.get(channel)
    if kind is None:
        raise BadEntry(0, "channel", f"known are {', '.join(WAYS)}")
    if address:
        try:
            return [(kind, address[:320] if kind == "post" else addresses.normalise(kind, address, country))]
        except addresses.BadAddress as error:
            raise BadEntry(0, "address", str(error)) from error
    held = [at for at in matrix.addresses(customers.profile_ids(customer_id)) if at[0] == kind]
    if not held:
        raise BadEntry(0, "address", f"this customer has no address for {channel}: give one")
    return held
