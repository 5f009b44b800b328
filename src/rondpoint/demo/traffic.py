"""Live traffic: invented customers write by every channel and colleagues answer, so that the desk breathes."""

import asyncio
import contextlib
import logging
import random
import uuid

import httpx
from django.conf import settings
from django.db import close_old_connections
from msgspec import Struct, field

from rondpoint.accounts.models import User
from rondpoint.channels import connections
from rondpoint.conversations import actions
from rondpoint.conversations.models import Conversation, Message
from rondpoint.conversations.queries import reachability
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Identifier
from rondpoint.demo import carrier, flag, mailbox
from rondpoint.demo.carrier import NotTaken
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.person import PEOPLE, Person
from rondpoint.demo.seed import company, people, scripts
from rondpoint.lib import clock

log = logging.getLogger("rondpoint.demo")
PAUSE = (2.0, 9.0)  # seconds between two turns
MOST_WAITING = 20  # beyond this only colleagues act: a demo is no flood
TIMEOUT = 10.0
ANSWERS = {
    "fr": (
        "Bonjour, merci de votre message. Je regarde tout de suite et je reviens vers vous.",
        "Bonjour, c’est bien noté : votre commande part aujourd’hui, vous recevrez le suivi ce soir.",
        "Bonjour, je viens de vérifier avec l’atelier : c’est possible, et sans frais pour vous.",
        "Bonjour, je vous ai mis un exemplaire de côté à la boutique jusqu’à samedi.",
    ),
    "en": (
        "Hello, thank you for writing. I am looking into it and will come back to you today.",
        "Hello, your order leaves today; the tracking number follows this evening.",
        "Hello, I have asked the workshop: it can be done, at no cost to you.",
    ),
}
THANKS = {
    "fr": ("Parfait, merci beaucoup", "Merci pour votre réponse rapide", "Très bien, à bientôt"),
    "en": ("Perfect, thank you", "Thanks for the quick answer"),
}


class Round(Struct):
    """What the traffic remembers while it runs: whom it made write, and who was answered."""

    dice: random.Random = field(default_factory=random.Random)
    wrote: set[str] = field(default_factory=set)  # addresses
    answered: list[tuple[int, str]] = field(default_factory=list)  # (conversation, address)
    thanked: list[int] = field(default_factory=list)  # conversations that may be closed


def is_on() -> bool:
    """Is live traffic switched on?"""
    return bool(flag.read().get("traffic"))


def switch(on: bool) -> None:
    """Switches it; the worker notices within a second."""
    flag.write({**flag.read(), "traffic": on})


async def run(stop: asyncio.Event) -> None:
    """Takes a turn every few seconds while it is on, until ``stop``."""
    memory, pause = Round(), 1.0
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = 1.0
        if stop.is_set() or not await asyncio.to_thread(is_on):
            continue
        pause = memory.dice.uniform(*PAUSE)
        try:
            await asyncio.to_thread(turn, memory)
        except (NotTaken, httpx.HTTPError) as refusal:
            log.warning("nobody could write: %s", refusal)


def turn(memory: Round) -> str:
    """One thing happens: ``wrote``, ``answered``, ``thanked`` or ``closed``."""
    close_old_connections()
    if len(memory.thanked) > 1:
        _close(memory.thanked.pop(0))
        return "closed"
    waiting = Conversation.objects.filter(state="open", merged_into=None, waiting_since__isnull=False).count()
    chance = memory.dice.random()
    if memory.answered and chance < 0.2 and _thank(memory):
        return "thanked"
    if (waiting > MOST_WAITING or chance > 0.6) and _answer(memory):
        return "answered"
    _write(memory)
    return "wrote"


def _write(memory: Round) -> None:
    dice = memory.dice
    channel = dice.choice(("sms", "email", "chat"))
    writer = _somebody(dice, "phone" if channel == "sms" else "email")
    script = dice.choice([script for script in scripts.OPENERS[writer.language] if script.turns[0].channel == channel])
    slots = scripts.slots(dice, writer, company.ANSWERING[0].name.split()[0])
    text = scripts.fill(script.turns[0].text, slots)
    if channel == "sms":
        carrier.send(writer.phone, text)
        memory.wrote.add(writer.phone)
    elif channel == "email":
        mailbox.send(_person(writer), scripts.fill(script.subject, slots), text)
        memory.wrote.add(writer.email)
    else:
        memory.wrote.add(_chat(writer, text))


def _somebody(dice: random.Random, kind: str) -> people.Customer:
    """A customer of the demo who has such an address, and is nobody whom a visitor plays."""
    played = {address for person in PEOPLE.values() for address in (person.email, person.phone)}
    rows = Identifier.objects.filter(kind=kind).exclude(value__in=played).exclude(profile__customer__name="")
    chosen = dice.choice(list(rows.order_by("id").values_list("value", "profile__customer_id")))
    customer = Identifier.objects.filter(kind=kind, value=chosen[0]).first().profile.customer
    return people.Customer(
        name=customer.name,
        email=chosen[0] if kind == "email" else "",
        phone=chosen[0] if kind == "phone" else "",
        language="en" if customer.language == "en" else "fr",
        country="FR",
        city=dice.choice(people.CITIES["FR"]),
        founded=kind,
    )


def _person(writer: people.Customer) -> Person:
    return Person("", writer.name, writer.email, writer.phone, writer.language, writer.city)


def _chat(writer: people.Customer, text: str) -> str:
    """A new visitor of the shop opens the chat and writes; the address she has there."""
    row = connections.first("chat", None)
    if row is None:
        raise NotTaken("there is no chat connection")
    base = f"http://127.0.0.1:{settings.ENVIRONMENT.port}/chat/v1"
    with httpx.Client(timeout=TIMEOUT, trust_env=False) as http:
        said = {"key": str(row.public_id), "locale": writer.language, "page": f"{settings.RONDPOINT_URL}/demo/shop"}
        opened = http.post(f"{base}/sessions", json=said)
        opened.raise_for_status()
        bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
        client_id = str(uuid.uuid4())
        message = http.post(f"{base}/messages", json={"client_id": client_id, "text": text}, headers=bearer)
        message.raise_for_status()
    return Message.objects.get(public_id=message.json()["id"]).address


def _answer(memory: Round) -> bool:
    """A colleague answers the one who has waited longest, if the traffic made her write."""
    patience = clock.now() - 15 * clock.SECOND
    rows = Conversation.objects.filter(state="open", merged_into=None, waiting_since__lt=patience)
    colleague = memory.dice.choice(User.objects.filter(email__in=[member.email for member in company.ANSWERING[1:]]))
    started = rows.filter(participants__address__in=memory.wrote, assignee=None).order_by("waiting_since").distinct()
    for conversation in started[:5]:
        road = next((reach for reach in reachability(conversation) if reach.preferred), None)
        if road is None:
            continue
        language = "en" if _speaks_english(conversation) else "fr"
        text = memory.dice.choice(ANSWERS[language])
        if actions.reply(conversation, road.channel, text, user=colleague).message is not None:
            memory.answered.append((conversation.id, road.address))
            return True
    return False


def _speaks_english(conversation: Conversation) -> bool:
    return customers.of_profile(conversation.profile_id).language == "en"


def _thank(memory: Round) -> bool:
    """Somebody who was answered by SMS or e-mail says thank you."""
    number, address = memory.answered.pop(0)
    conversation = Conversation.objects.filter(id=number, state="waiting").first()
    item = PhoneItem.objects.filter(owner=address, direction="in").order_by("-id").first()
    if conversation is None or item is None:
        return False
    text = memory.dice.choice(THANKS["en" if _speaks_english(conversation) else "fr"])
    if item.app == "sms":
        carrier.send(address, text)
    else:
        mailbox.send(Person("", "", address, "", "fr", ""), "", text, item)
    memory.thanked.append(number)
    return True


def _close(number: int) -> None:
    conversation = Conversation.objects.filter(id=number).exclude(state="closed").first()
    if conversation is not None:
        actions.close(conversation, company.ANSWERING[1].name)
