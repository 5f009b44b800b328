"""Whose word it is that somebody else writes down for a customer: the profile that holds the address."""

from rondpoint.consent import matrix
from rondpoint.consent.types import WAYS, Address, BadEntry
from rondpoint.customers import queries as customers
from rondpoint.customers.rules import postal
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
    held = [at for at in matrix.addresses(customers.profile_ids(customer_id)) if at[0] == kind]
    if address and kind == "post":
        return [_letters(held, address)]
    if address:
        try:
            return [(kind, addresses.normalise(kind, address, country))]
        except addresses.BadAddress as error:
            raise BadEntry(0, "address", str(error)) from error
    if not held:
        raise BadEntry(0, "address", f"this customer has no address for {channel}: give one")
    return held


def _letters(held: list[Address], address: str) -> Address:
    """A postal address as she has it, where it is the same one spelled otherwise."""
    known = next((value for _, value in held if postal.same(value) == postal.same(address)), "")
    return "post", known or address[: postal.LONGEST]
