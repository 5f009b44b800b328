"""A chat on a shop's site, and devices that speak its protocol."""

import time

import jwt
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rondpoint.accounts.models import Brand
from rondpoint.channels.models import Connection
from rondpoint.conversations import actions
from rondpoint.conversations.chat import routes, uploads
from rondpoint.conversations.chat.limits import Brake
from rondpoint.conversations.models import ChatSession, Conversation, Message
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending

SHOP = "https://shop.hirondelle.example.com"
SECRET = "a secret that the shop's site and the widget share"


class Device:
    """A browser on the shop's site."""

    def __init__(self, chat, **opening):
        self.chat, self.token = chat, ""
        answer = self.post("sessions", key=chat.key, **opening)
        assert answer.status_code == 200, answer.text
        self.opened = answer.json()
        self.token = self.opened["token"]

    @property
    def headers(self):
        return {"Origin": SHOP, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}

    @property
    def session(self):
        return ChatSession.objects.order_by("id").get(token_digest=routes.sessions.digest(self.token))

    def post(self, path, **body):
        return self.chat.client.post(f"/chat/v1/{path}", json=body, headers=self.headers)

    def get(self, path):
        return self.chat.client.get(f"/chat/v1/{path}", headers=self.headers)

    def say(self, text, client_id=None, **more):
        answer = self.post("messages", client_id=client_id or text, text=text, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def texts(self):
        return [message["text"] for message in self.get("history").json()["items"]]


class Chat:
    """The connection, and what its staff does."""

    def __init__(self, client, brand):
        self.client = client
        with write():
            self.row = Connection.objects.create(
                kind="chat", name="Site", brand=brand, settings={"origins": SHOP, "secret": SECRET}
            )
            Connection.objects.create(
                kind="email", name="Mail", brand=brand, settings={"address": "bonjour@hirondelle.example.com"}
            )
        self.key = str(self.row.public_id)

    def device(self, **opening):
        return Device(self, **opening)

    def account(self, sub, **claims):
        """A token of the host site."""
        said = {"sub": sub, "exp": int(time.time()) + 600, **claims}
        return jwt.encode(said, SECRET, algorithm="HS256")

    def reply(self, text, state="sent"):
        """An agent answers the youngest conversation by chat; the dispatch has got as far as ``state``."""
        conversation = Conversation.objects.latest("id")
        sent = actions.reply(conversation, "chat", text, author_name="Inès")
        assert sent.message is not None, sent.verdict
        sending.mark([sent.message.dispatch_id], state)
        return Message.objects.get(id=sent.message.id)


@pytest.fixture
def chat(transactional_db, monkeypatch):
    from rondpoint.config.house import join_rooms

    join_rooms()
    for module, name in ((routes, "_openings"), (routes, "_resumptions"), (routes, "_messages"), (routes, "_signs")):
        monkeypatch.setattr(module, name, Brake(1000, 60))
    monkeypatch.setattr(uploads, "_uploads", Brake(1000, 60))
    with write():
        brand = Brand.objects.create(slug="hirondelle", name="Maison Hirondelle", greeting={"fr": "Bonjour"})
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield Chat(client, brand)
