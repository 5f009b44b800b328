"""People with browsers who come to their own page of a company that has a chat, a mailbox and a number."""

import re

import msgspec
import pytest
from django.test import Client

from rondpoint.accounts.models import Brand
from rondpoint.channels.contract import MessageOut
from rondpoint.channels.models import Connection
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.own_page import actions, entering
from rondpoint.conversations.tests.conftest import House
from rondpoint.lib.db import write
from rondpoint.sending.models import Dispatch

AWA, PHONE = "awa.diallo@example.org", "+33199001234"


class Browser:
    """A browser at ``/me``."""

    def __init__(self, sender="192.0.2.7"):
        self.client = Client(REMOTE_ADDR=sender, headers={"Accept-Language": "en"})

    def get(self, path="/me"):
        return self.client.get(path)

    def post(self, path, **fields):
        return self.client.post(f"/me/{path}", fields)

    @property
    def page(self):
        return self.get().content.decode()

    @property
    def said(self):
        """What the page shows of the thread."""
        return re.findall(r'<div class="words">(.*?)</div>', self.page, re.DOTALL)

    def ask(self, address):
        """Asks for a code and lets the worker send it; the code, or None when nothing left."""
        before = Dispatch.objects.count()
        self.post("code", address=address)
        entering.send_waiting()
        return last_code() if Dispatch.objects.count() > before else None

    def enter(self, address):
        """Comes in with the code that was sent to an address."""
        answer = self.post("proof", code=self.ask(address))
        assert (answer.status_code, answer["Location"]) == (302, "/me#newest"), answer.content.decode()
        return self


def last_code():
    """The six digits in the last message that was sent."""
    text = msgspec.msgpack.decode(Dispatch.objects.latest("id").content, type=MessageOut).text
    return re.search(r"\b\d{6}\b", text).group()


def other(code):
    """A code that is not this one."""
    return str((int(code) + 1) % 10**6).zfill(6)


@pytest.fixture
def house(transactional_db, monkeypatch):
    from rondpoint.config.house import join_rooms

    join_rooms()
    monkeypatch.setattr(actions, "_brake", Brake(1000, 60))
    with write():
        brand = Brand.objects.create(slug="hirondelle", name="Maison Hirondelle", language="fr")
    made = House(brand)
    with write():
        made.chat = Connection.objects.create(
            kind="chat", name="Site", brand=brand, settings={"origins": "https://shop.hirondelle.example.com"}
        )
    return made


@pytest.fixture
def awa(house):
    """A person who wrote by mail; her browser is in."""
    house.mail(AWA, "Mon code de porte est bleu", evidence="provider")
    return Browser().enter(AWA)
