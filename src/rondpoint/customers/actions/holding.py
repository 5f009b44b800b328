"""Whose profiles are, while a transaction lasts: who joins or parts customers, or writes to one, holds them."""

from collections.abc import Collection

from rondpoint.customers.models import Customer, Profile
from rondpoint.lib import bulk


def hold(profiles: Collection[Profile]) -> dict[int, Customer]:
    """Locks the customers of these profiles until the transaction ends, inside ``write()``, and returns them by id; the
    profiles learn whose they are.

    On PostgreSQL a customer may come apart between reading whose a profile is and locking her; so it is asked again
    until nothing has moved. Whoever moves profiles holds the customers they leave and join, so it then stays so. One
    writer at a time for one person also means that the ids of her messages are their order.
    """
    held: dict[int, Customer] = {}
    while True:
        owners = dict(bulk.columns(Profile, "id", "customer_id", id={profile.id for profile in profiles}))
        missing = set(owners.values()) - held.keys()
        if not missing:
            break
        held |= {row.id: row for row in bulk.fetch(Customer, lock=True, id=missing)}
    for profile in profiles:
        profile.customer_id = owners[profile.id]
    return {number: held[number] for number in set(owners.values())}
