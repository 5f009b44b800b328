"""Who is who, told without the graph: what un-merges are judged by. Needs no pytest: the benchmark asks it too."""

import random
from collections import Counter
from collections.abc import Iterable

from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events.models import Event


class Oracle:
    """Who is who, told only by the list of merges in force: a union-find built anew for each question."""

    def __init__(self):
        self.people: list[int] = []
        self.merges: list[tuple[int, int, int]] = []  # (link, left, right) in the order they were made

    def sides(self) -> dict[int, int]:
        root = {person: person for person in self.people}

        def find(person):
            while root[person] != person:
                person = root[person]
            return person

        for _, left, right in self.merges:
            a, b = find(left), find(right)
            root[max(a, b)] = min(a, b)
        return {person: find(person) for person in self.people}

    def next_merge(self, chance: random.Random) -> tuple[int, int] | None:
        """Two customers who are not one yet, or nobody."""
        left, right = chance.sample(self.people, 2)
        sides = self.sides()
        return (sides[left], sides[right]) if sides[left] != sides[right] else None


def wrong(oracles: Iterable[Oracle], addresses: dict[int, str], author: dict[int, int]) -> list[str]:
    """What is not where it belongs, in sentences. ``addresses``: by profile the one it writes from; ``author``: by
    message the profile that wrote it. Asks for all histories at once."""
    sides: dict[int, int] = {}
    for oracle in oracles:
        sides |= oracle.sides()
    found = []
    owners = dict(Profile.objects.filter(id__in=_span(sides)).values_list("id", "customer_id"))
    found += [f"profile {one} is with {owners.get(one)}" for one, root in sides.items() if owners.get(one) != root]
    into = dict(Customer.objects.filter(id__in=_span(sides)).values_list("id", "merged_into_id"))
    found += [
        f"customer {one} leads to {into.get(one, 'nobody')}" for one, root in sides.items()
        if into.get(one, 0) != (None if one == root else root)
    ]  # fmt: skip
    held = Identifier.objects.filter(profile_id__in=_span(sides)).values_list("profile_id", "value")
    found += [f"an address is with {one}" for one, value in held if one in addresses and addresses[one] != value]
    found += [f"profile {one} lost its address" for one in addresses.keys() - {one for one, _ in held}]
    rows = Message.objects.filter(id__in=_span(author)).values_list(
        "id", "profile_id", "conversation__customer_id", "conversation__merged_into_id"
    )
    seen = {row[0]: row[1:] for row in rows}
    found += [
        f"message {number} of {profile} is {seen.get(number)}" for number, profile in author.items()
        if seen.get(number) != (profile, sides[profile], None)
    ]  # fmt: skip
    told = Event.objects.filter(type="message.received", profile_id__in=_span(sides))
    told = told.values_list("profile_id", "properties__message_id")
    facts = {number: profile for profile, number in told if number in author}
    found += [f"the fact of message {number} is with {facts.get(number)}" for number, profile in author.items()
              if facts.get(number) != profile]  # fmt: skip
    living = Conversation.objects.filter(merged_into=None, customer_id__in=_span(sides)).exclude(state="closed")
    several = Counter(living.filter(messages__isnull=False).distinct().values_list("customer_id", flat=True))
    found += [f"customer {one} has {number} open conversations" for one, number in several.items() if number > 1]
    return found


def _span(numbers: Iterable[int]) -> list[int]:
    return sorted(numbers)
