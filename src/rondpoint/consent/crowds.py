"""What the ledger says of thousands of people on one purpose.

It gives no answers but *grounds*: all that ``standing`` would rest an answer on, as a value that can be compared. Of
people with the same grounds one is asked, and the answer is that of all.
"""

import json
from collections.abc import Hashable, Mapping, Sequence

from rondpoint.consent.models import Agreed, Preference, Suppression
from rondpoint.consent.rules import preferring
from rondpoint.consent.suppressing import comparable, hasher
from rondpoint.consent.types import Preferences
from rondpoint.lib import bulk
from rondpoint.lib.spans import near

_COLUMNS = (
    "customer_id", "entry_id", "id", "purpose", "channel", "address_kind", "address", "allowed", "reason", "until",
)  # fmt: skip
_Row = tuple[str, str, str, tuple[bool, bool, bool, bool, str, bool | None]]


class Grounds:
    """Reads at once which addresses are shut and what was refused at them, by whomever; the rest with each portion.

    ``now``: microseconds UTC.
    """

    def __init__(self, purpose: str, now: int):
        self._purpose, self._now = purpose, now
        self._hash = hasher()
        self._shut: dict[bytes, list[tuple[str, str, str]]] = {}
        in_force = Suppression.objects.filter(released=None).order_by("id")
        for hashed, *row in in_force.values_list("address_hash", "channel", "scope", "reason").iterator(5000):
            self._shut.setdefault(bytes.fromhex(hashed), []).append((row[0], row[1], row[2]))
        self._refused: dict[tuple[str, str], list[tuple[bool, str, str]]] = {}
        refusals = Agreed.objects.filter(purpose__in=(purpose, ""), allowed=False).exclude(address="")
        refusals = refusals.order_by("entry_id", "id")
        for kind, address, *row in refusals.values_list(
            "address_kind", "address", "purpose", "channel", "reason"
        ).iterator(5000):
            self._refused.setdefault((kind, address), []).append((row[0] != "", row[1], row[2]))
        self._agreed: dict[int, list[_Row]] = {}

    def read(self, customer_ids: Sequence[int]) -> None:
        """What was said by these, whose numbers ascend; the portion before is forgotten."""
        self._agreed = {}
        rows = bulk.columns(Agreed, *_COLUMNS, customer_id=near(customer_ids), purpose=(self._purpose, ""))
        rows.sort()
        for customer, _, _, purpose, channel, kind, address, allowed, reason, until in rows:
            over = None if until is None else until <= self._now
            said = (channel, kind, address, (channel == "", address == "", purpose == "", allowed, reason, over))
            if customer in self._agreed:
                self._agreed[customer].append(said)
            else:
                self._agreed[customer] = [said]

    def of(self, customer_id: int, channel: str, kind: str, address: str) -> Hashable:
        """What an answer rests on for one of the customers last read, at an address."""
        said = self._agreed.get(customer_id)
        own = () if said is None else tuple(
            [
                word
                for heard, of, at, word in said
                if (heard == channel or heard == "") and (at == "" or (at == address and of == kind))
            ]
        )  # fmt: skip
        refused = self._refused.get((kind, address))
        shut = self._shut.get(self._hash(f"{kind}:{comparable(kind, address)}")) if self._shut else None
        if refused is None and shut is None:
            return own
        return own, tuple(refused or ()), tuple(shut or ())


def preferences(owners: Mapping[int, int]) -> dict[int, Preferences]:
    """How these people want to be written to, by customer: those who said anything about it. ``owners``: by profile
    the customer, of all of them."""
    said: dict[int, list[preferring.Said]] = {}
    for profile, words in bulk.columns(Preference, "profile_id", "said", profile_id=near(sorted(owners))):
        if profile in owners:
            said.setdefault(owners[profile], []).append(json.loads(words))
    return {number: preferring.merged(words) for number, words in said.items()}
