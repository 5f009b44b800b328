"""A house with an SMS number and a mailbox, and short ways to make things arrive."""

import itertools

import pytest

from rondpoint.channels import connections
from rondpoint.channels.contract import Address, MessageIn
from rondpoint.channels.handlers import Arrival
from rondpoint.channels.models import Connection
from rondpoint.conversations import actions
from rondpoint.conversations.models import Message
from rondpoint.lib.db import write


class House:
    """Makes messages arrive as the pipeline would."""

    def __init__(self, brand):
        with write():
            self.sms = Connection.objects.create(
                kind="sms", name="SMS", brand=brand, settings={"provider": "twilio", "number": "+33199001000"}
            )
            self.mailbox = Connection.objects.create(
                kind="email", name="Mail", brand=brand, settings={"address": "bonjour@hirondelle.example.com"}
            )
        self._numbers = itertools.count(1)

    def text(self, number, text="Bonjour", at=None, event_id=None):
        """An SMS from a number; the message it became."""
        return self.arrive(self.sms, Address("phone", number, "", "provider"), at, event_id, text=text)

    def mail(self, address, text="Bonjour", at=None, event_id=None, evidence="claimed", **columns):
        """An e-mail from an address; the message it became."""
        return self.arrive(self.mailbox, Address("email", address, "", evidence), at, event_id, text=text, **columns)

    def arrive(self, connection, sender, at, event_id, **columns):
        number = next(self._numbers)
        item = MessageIn(
            event_id=event_id or f"event-{number}",
            at=at or number * 1_000_000,
            sender=sender,
            account="us",
            **columns,
        )
        arrival = Arrival(number, connections.info(connection), item, f"{number}:0", item.at)
        with write():
            actions.receive([arrival])
        return Message.objects.select_related("conversation").filter(direction="in").latest("received", "id")


@pytest.fixture
def house(brand):
    from rondpoint.config.house import join_rooms

    join_rooms()
    return House(brand)
