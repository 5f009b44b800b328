"""What was acknowledged, what the house holds and what the provider took, matched one for one.

Each function gives the faults it found, in words; an empty list when all is as it must be.
"""

from bisect import bisect_right
from collections import Counter

from tests.faults.ledger import Ledger
from tests.faults.reading import Tables


def lost(ledger: Ledger, tables: Tables) -> list[str]:
    """What was acknowledged and is not there."""
    return sorted(ledger.texts - {text for (text,) in tables.rows(f"SELECT text {_INBOUND}")})


def doubled(ledger: Ledger, tables: Tables) -> list[str]:
    """What is there more than once, or was never said."""
    found = Counter(text for (text,) in tables.rows(f"SELECT text {_INBOUND}"))
    return [text for text, times in found.items() if times > 1] + sorted(set(found) - ledger.texts)


def disordered(ledger: Ledger, tables: Tables) -> list[str]:
    """People whose words changed places, and texts of a chat that have another number than it was told."""
    numbers: dict[str, int] = dict(tables.rows(f"SELECT text, id {_INBOUND}"))
    found = []
    for person, steps in ledger.steps.items():
        last = 0
        for step in steps:
            here = [numbers[text] for text in step if text in numbers]
            if here and min(here) < last:
                found.append(person)
            last = max([last, *here])
    return found + [text for text, told in ledger.sequences.items() if numbers.get(text, told) != told]


def strayed(ledger: Ledger, tables: Tables) -> list[str]:
    """Conversations of more than one person, people with more than one, and those that nobody's words are in."""
    by_conversation: dict[int, set[str]] = {}
    by_person: dict[str, set[int]] = {}
    senders: dict[tuple[str, str], set[int]] = {}
    for text, conversation, channel, address in tables.rows(
        f"SELECT text, conversation_id, channel, address {_INBOUND}"
    ):
        person = text.rsplit(" ", 2)[0]
        by_conversation.setdefault(conversation, set()).add(person)
        by_person.setdefault(person, set()).add(conversation)
        senders.setdefault((channel, address), set()).add(conversation)
    rows = tables.rows("SELECT id, customer_id FROM conversations_conversation WHERE state <> 'closed'")
    customers = Counter(customer for _, customer in rows)
    return [
        *(f"conversation {number} holds {sorted(all_)}" for number, all_ in by_conversation.items() if len(all_) > 1),
        *(f"{person} is in {sorted(places)}" for person, places in by_person.items() if len(places) > 1),
        *(f"{sender} is in {sorted(places)}" for sender, places in senders.items() if len(places) > 1),
        *(f"customer {number} is in {times} open conversations" for number, times in customers.items() if times > 1),
        *(f"conversation {number} is nobody's" for number, _ in rows if number not in by_conversation),
        *(f"{person} is nowhere" for person in ledger.steps if person not in by_person),
    ]


def untold(tables: Tables) -> list[str]:
    """Messages without a fact of their own, facts told twice, and facts of no message or of another's profile."""
    facts = tables.rows("SELECT message_id, profile_id FROM events_event WHERE type = 'message.received'")
    messages = {f"message:{number}": profile for number, profile in tables.rows(f"SELECT id, profile_id {_INBOUND}")}
    times = Counter(name for name, _ in facts)
    return [
        *(f"{name} has no fact" for name in messages if not times[name]),
        *(f"{name} was told {number} times" for name, number in times.items() if number > 1),
        *(f"a fact of {name}, who is nowhere" for name in times if name not in messages),
        *(f"the fact of {name} is about {who}" for name, who in facts if messages.get(name, who) != who),
    ]


def answers(accepted: dict[str, str], taken: list[tuple[str, str]], tables: Tables) -> list[str]:
    """Accepted answers against dispatches and the provider's own ledger.

    ``accepted``: the public id of each by its text. ``taken``: text and number of each that the provider took.
    Accepted once is one message and one dispatch; ``sent`` is taken exactly once under the number that the house
    knows; ``unknown`` may have been taken or not; nothing is taken twice or unknown to the house. What
    was held back before anything of it had left may be tried again.
    """
    rows = tables.rows(
        "SELECT m.text, m.public_id, d.id, d.state FROM conversations_message m "
        "LEFT JOIN sending_dispatch d ON d.id = m.dispatch_id WHERE m.direction = 'out'"
    )
    names: dict[int, list[str]] = {}
    for dispatch, value in tables.rows("SELECT dispatch_id, value FROM sending_externalid"):
        names.setdefault(dispatch, []).append(value)
    by_text = {text: (str(public_id).replace("-", ""), state) for text, public_id, _, state in rows}
    times, numbers = Counter(text for text, _ in taken), dict(taken)
    found = [f"{text!r} was written {n} times" for text, n in Counter(row[0] for row in rows).items() if n > 1]
    found += [f"{text!r} was taken {n} times" for text, n in times.items() if n > 1]
    found += [f"{text!r} was taken and the house does not know it" for text in times if text not in by_text]
    found += [f"{text!r} was accepted and is not there" for text in accepted if text not in by_text]
    found += [f"{text!r} is there and was not accepted" for text in by_text if text not in accepted]
    found += [
        f"{text!r} is another message than was accepted"
        for text, public_id in accepted.items()
        if by_text.get(text, (public_id.replace("-", ""),))[0] != public_id.replace("-", "")
    ]
    dispatches = tables.number("SELECT count(*) FROM sending_dispatch")
    if len({row[2] for row in rows}) != len(rows) or len(rows) != dispatches:
        found.append("not every answer has one dispatch of its own")
    for text, _, dispatch, state in rows:
        if state == "sent" and names.get(dispatch) != [numbers.get(text)]:
            found.append(f"{text!r} is sent as {names.get(dispatch)}, and the provider has {numbers.get(text)}")
        if state not in ("sent", "unknown"):
            found.append(f"{text!r} is {state}")
    return found


def recoveries(deaths: list[int], tables: Tables) -> list[float]:
    """Of each delivery the seconds until it was worked off: from when it was stored, or from the worker's last death
    before it was worked off where that came later. ``deaths``: microseconds, ascending."""
    found = []
    for received, processed in tables.rows("SELECT received, processed FROM channels_delivery"):
        before = bisect_right(deaths, processed)
        since = max(received, deaths[before - 1]) if before else received
        found.append((processed - since) / 1e6)
    return found


_INBOUND = "FROM conversations_message WHERE direction = 'in'"
