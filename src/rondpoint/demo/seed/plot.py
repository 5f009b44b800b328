"""Who says what when, and what else happens: the histories themselves."""

import random

from rondpoint.conversations.rules import wording
from rondpoint.customers.models import Link
from rondpoint.demo import catalogue, person
from rondpoint.demo.seed import scripts, story
from rondpoint.demo.seed.company import House
from rondpoint.events.models import Event
from rondpoint.lib import clock

# (minutes since the last words, does a customer wait for us, assigned to) of the conversations that are open now.
OPEN = (
    (3, True, ""), (8, True, "Samir"), (14, True, ""), (19, True, "Olivia"), (27, False, "Inès"), (41, True, ""),
    (58, True, "Samir"), (75, False, "Samir"), (96, True, ""), (130, False, "Olivia"), (170, True, "Inès"),
    (215, True, ""), (340, False, "Samir"), (500, True, "Olivia"), (760, False, "Olivia"), (1100, True, ""),
    (1500, False, "Inès"), (2600, False, "Samir"),
)  # fmt: skip
OF_THE_PHONE = "Colis abîmé"  # by mail, then by SMS: the phone has something in both
ARTICLES = {
    "fr": ("Entretenir le chêne huilé", "Choisir la bonne ampoule", "Nos délais de livraison", "Retours et échanges"),
    "en": ("Caring for oiled oak", "Choosing the right bulb", "How long delivery takes", "Returns and exchanges"),
}
OPENING, CLOSING = 8 * clock.HOUR, 18 * clock.HOUR  # UTC
WORD_PACE = 0.35  # seconds a character: how long people take to write


def tales(dice: random.Random, house: House, cast: list[story.Actor], now: int) -> list[story.Tale]:
    """All conversations: closed ones over six months, then those that are open now."""
    found = []
    talkers = [actor for actor in cast if actor.channels]
    for actor in talkers:
        used: set[str] = set()
        for _ in range(dice.choices((0, 1, 2, 3, 4), (14, 40, 26, 15, 5))[0]):
            script = scripts.choose(dice, scripts.SCRIPTS[actor.customer.language], actor.channels, used)
            used.add(script.subject)
            start = actor.first_seen + int(dice.random() * (now - 4 * clock.DAY - actor.first_seen))
            found.append(_tale(dice, house, actor, script, _office_hours(start)))
        if actor.customer.known_as is person.AWA:
            script = next(one for one in scripts.SCRIPTS["fr"] if one.subject == OF_THE_PHONE)
            found.append(_tale(dice, house, actor, script, _office_hours(now - 9 * clock.DAY)))
    waiting = [actor for actor in talkers if actor.customer.known_as is None and not actor.customer.twin]
    waiting = [actor for actor in waiting if len(actor.channels) > 1]
    for actor, (minutes, theirs, assigned) in zip(dice.sample(waiting, len(OPEN)), OPEN, strict=True):
        found.append(_open(dice, house, actor, now - minutes * clock.MINUTE, theirs, assigned))
    found.sort(key=lambda tale: tale.lines[0].at)
    return found


def _tale(dice: random.Random, house: House, actor: story.Actor, script: scripts.Script, start: int) -> story.Tale:
    french = actor.customer.language == "fr"
    agent = house.staff[dice.choice(("Inès", "Samir", "Samir", "Olivia") if french else ("Olivia",))]
    words = scripts.slots(dice, actor.customer, agent.name.split()[0])
    tale = story.Tale(actor, scripts.fill(script.subject, words), [], assignee=agent)
    tale.team = dice.choice(list(house.teams.values()))
    at, channel = start, script.turns[0].channel
    for number, turn in enumerate(script.turns):
        if number:
            at += _pause(dice, turn, turn.channel != channel)
            if not turn.theirs and at % clock.DAY > CLOSING:  # nobody answers at night
                at += clock.DAY - at % clock.DAY + OPENING + int(dice.random() * clock.HOUR)
        channel = turn.channel
        tale.lines.append(_line(dice, tale, turn, scripts.fill(turn.text, words), at, agent, number))
    tale.closed = tale.lines[-1].at + int(dice.uniform(0.3, 30) * clock.HOUR)
    return tale


def _open(dice: random.Random, house: House, actor: story.Actor, last: int, theirs: bool, assigned: str) -> story.Tale:
    """A conversation that waits: for us when she wrote last, for her when we did."""
    language = actor.customer.language
    if theirs and dice.random() < 0.55:
        script = scripts.choose(dice, scripts.OPENERS[language], actor.channels, set())
        turns = script.turns
    else:
        longer = tuple(script for script in scripts.SCRIPTS[language] if len(script.turns) > 2)
        script = scripts.choose(dice, longer, actor.channels, set())
        ends = [n for n, turn in enumerate(script.turns) if turn.theirs == theirs and (n > 0 or theirs)]
        turns = script.turns[: dice.choice(ends) + 1]
    agent = house.staff[assigned or "Inès"]
    words = scripts.slots(dice, actor.customer, agent.name.split()[0])
    tale = story.Tale(actor, scripts.fill(script.subject, words), [], state="open" if theirs else "waiting")
    tale.assignee = house.staff[assigned] if assigned else None
    tale.team = house.teams["care"] if dice.random() < 0.5 else None
    at, times = last, [last]
    for turn in reversed(turns[1:]):
        at -= _pause(dice, turn, False)
        times.append(at)
    for number, (turn, moment) in enumerate(zip(turns, reversed(times), strict=True)):
        tale.lines.append(_line(dice, tale, turn, scripts.fill(turn.text, words), moment, agent, number))
    return tale


def _line(
    dice: random.Random, tale: story.Tale, turn: scripts.Turn, text: str, at: int, agent, number: int
) -> story.Line:
    line = story.Line(tale, turn.channel, turn.theirs, text, at)
    if turn.theirs:
        changed = bool(tale.lines) and tale.lines[-1].channel != turn.channel
        line.arrived_by = "new" if number == 0 else "customer" if changed or turn.channel != "email" else "token"
        return line
    line.agent = agent
    line.state = "read" if turn.channel == "chat" else dice.choices(("delivered", "sent"), (93, 7))[0]
    if turn.channel != "chat" and tale.closed is None and dice.random() < 0.015:
        line.state = "failed"
        line.error = {
            "sms": "30005: Unknown destination handset",
            "email": "452 4.2.2 the mailbox is full",
        }[turn.channel]
    return line


def _pause(dice: random.Random, turn: scripts.Turn, changed: bool) -> int:
    """How long until the next message: minutes in a chat, hours by mail."""
    low, high = {"chat": (0.4, 5), "sms": (2, 40), "email": (25, 420)}[turn.channel]
    written = len(turn.text) * WORD_PACE / 60
    return int((dice.uniform(low, high) + written + (4 if changed else 0)) * clock.MINUTE)


def _office_hours(at: int) -> int:
    """The same day, within the hours in which people order lamps."""
    into = at % clock.DAY
    return at - into + OPENING + into * 9 // 24


def linked(link: Link) -> Event:
    """The fact that a link opened."""
    return Event(
        profile_id=link.left_id,
        type="customer.linked",
        source="customers",
        message_id=f"link:{link.id}",
        occurred=link.opened,
        received=link.opened,
        properties={
            "link_id": link.id,
            "kind": str(link.kind),
            "rule": link.rule,
            "customer_id": min(link.left_id, link.right_id),
            "profiles": [link.left_id, link.right_id],
        },
    )


def facts(found: list[story.Tale], lines: list[story.Line]) -> list[Event]:
    """What the conversations room would have recorded."""
    rows = []
    for tale in found:
        row = tale.row
        rows.append(_of_conversation(row, "conversation.opened", str(row.id), row.created))
        if row.assignee is not None:
            at = tale.lines[0].at + clock.MINUTE
            rows.append(
                _of_conversation(row, "conversation.assigned", f"{row.id}:{at}", at, assignee=row.assignee.name)
            )
        if row.closed is not None:
            rows.append(_of_conversation(row, "conversation.closed", f"{row.id}:{row.closed}", row.closed))
    for line in lines:
        message = line.row
        rows.append(
            Event(
                profile_id=message.profile_id,
                type="message.received" if line.theirs else "message.queued",
                channel=message.channel,
                connection_id=message.connection_id,
                source="conversations",
                message_id=f"message:{message.id}",
                occurred=message.at,
                received=message.at,
                properties={
                    "conversation_id": message.conversation_id,
                    "message_id": message.id,
                    "preview": wording.preview(message.text or message.subject),
                    "author": message.author_name,
                },
            )
        )
    return rows


def _of_conversation(row, type_: str, key: str, at: int, **properties) -> Event:
    return Event(
        profile_id=row.profile_id,
        type=type_,
        source="conversations",
        message_id=f"{type_}:{key}",
        occurred=at,
        received=at,
        properties={"conversation_id": row.id, **properties},
    )


def life(dice: random.Random, cast: list[story.Actor], found: list[story.Tale], now: int) -> list[Event]:
    """Pages seen, articles read, orders and visits: what a person does besides writing."""
    rows: list[Event] = []

    def add(actor: story.Actor, type_: str, at: int, **properties) -> None:
        rows.append(
            Event(
                profile_id=actor.main.id,
                type=type_,
                source="demo",
                message_id=f"life:{len(rows)}",
                occurred=at,
                received=at,
                properties=properties,
            )
        )

    for actor in cast:
        language = actor.customer.language
        for _ in range(dice.randint(0, 3)):
            at = actor.first_seen + int(dice.random() * (now - clock.HOUR - actor.first_seen))
            product = dice.choice(catalogue.PRODUCTS)
            kind, article, *_rest = product.fr if language == "fr" else product.en
            for step in range(dice.randint(1, 3)):
                add(
                    actor,
                    "page.viewed",
                    at + step * 70 * clock.SECOND,
                    title=f"{product.name}, {kind.lower()}",
                    url=f"/demo/shop/products/{product.slug}",
                )
                product = dice.choice(catalogue.PRODUCTS)
                kind = (product.fr if language == "fr" else product.en)[0]
            if dice.random() < 0.25:
                add(actor, "article.read", at + 6 * clock.MINUTE, title=dice.choice(ARTICLES[language]))
            if actor.customer.founded == "shop" and dice.random() < 0.5:
                number = f"H-{dice.randint(20_000, 49_999)}"
                paid = {"number": number, "total": product.price * 100, "currency": "EUR"}
                add(actor, "order.completed", at + 11 * clock.MINUTE, **paid)
        if dice.random() < 0.2:
            at = _office_hours(actor.first_seen + int(dice.random() * (now - clock.DAY - actor.first_seen)))
            add(actor, "shop.visited", at, shop=dice.choice(scripts.SHOPS[actor.customer.country]))
    return rows
