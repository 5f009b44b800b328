"""The stream: what was missed, then what happens, each once."""

import asyncio
import json

import pytest

from rondpoint.conversations import actions
from rondpoint.conversations.chat import catching_up, stream
from rondpoint.conversations.models import Conversation
from rondpoint.events import live
from rondpoint.jobs import wake
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending import queries as outbox

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10  # seconds


class Listening:
    """An open stream and the events it has told so far."""

    def __init__(self, device, after=0):
        self.device, self.after, self.heard = device, after, []

    async def __aenter__(self):
        session = await asyncio.to_thread(lambda: self.device.session)
        self._events = stream.events(session, self.after)
        return self

    async def __aexit__(self, *_):
        await self._events.aclose()

    async def until(self, name, **expected):
        """The data of the next event of that name that has these values."""
        while True:
            block = (await asyncio.wait_for(anext(self._events), PATIENCE)).decode()
            fields = dict(line.split(": ", 1) for line in block.strip().splitlines() if not line.startswith(":"))
            if "event" not in fields:
                continue
            data = json.loads(fields["data"])
            self.heard.append((fields["event"], fields.get("id"), data))
            if fields["event"] == name and expected.items() <= data.items():
                return data

    def messages(self):
        return [data["text"] for name, _id, data in self.heard if name == "message"]


def run(work):
    """Runs ``work()`` beside the reader of the facts, as the edge does."""

    async def with_hub():
        live._hub = None
        listener, stop = wake.Listener(), asyncio.Event()
        listener.start()
        following = asyncio.create_task(live.hub().run(listener, stop))
        try:
            await work()
        finally:
            stop.set()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            listener.stop()
            live._hub = None

    asyncio.run(with_hub())


def test_missed_first_then_live_and_each_once(chat):
    device = chat.device()
    device.say("Un")

    async def work():
        async with Listening(device) as listening:
            await listening.until("message", text="Un")
            await asyncio.to_thread(device.say, "Deux")
            await listening.until("message", text="Deux")
            await asyncio.to_thread(chat.reply, "Trois")
            await listening.until("message", text="Trois")
            await asyncio.to_thread(device.say, "Quatre")
            await listening.until("message", text="Quatre")
            assert listening.messages() == ["Un", "Deux", "Trois", "Quatre"]

    run(work)


def test_it_goes_on_after_the_last_event_id(chat):
    device = chat.device()
    first = device.say("Un")
    second, third = device.say("Deux"), device.say("Trois")

    async def work():
        async with Listening(device, after=first["seq"]) as listening:
            await listening.until("message", text="Trois")
            assert listening.messages() == ["Deux", "Trois"]
            numbers = [int(number) for _name, number, _data in listening.heard]
            assert numbers == [second["seq"], third["seq"]]

    run(work)


def test_more_than_a_page_of_missed_messages_comes_whole(chat, monkeypatch):
    monkeypatch.setattr(catching_up, "PAGE", 3)
    device = chat.device()
    first = device.say("m0")
    for number in range(1, 9):
        device.say(f"m{number}")

    async def work():
        async with Listening(device, after=first["seq"]) as listening:
            await listening.until("message", text="m8")
            assert listening.messages() == [f"m{number}" for number in range(1, 9)]

    run(work)


def test_being_streamed_is_being_delivered_even_when_the_outbox_is_slower(chat):
    device = chat.device()
    device.say("Bonjour")

    def state(message):
        return outbox.states([message.dispatch_id])[message.dispatch_id].state

    async def work():
        async with Listening(device) as listening:
            early = await asyncio.to_thread(chat.reply, "Déjà partie", "sent")
            await listening.until("message", text="Déjà partie")
            late = await asyncio.to_thread(chat.reply, "En file", "queued")
            await listening.until("message", text="En file")
            await asyncio.to_thread(sending.mark, [late.dispatch_id], "sent")
            told = await listening.until("receipt", seq=late.id, state="delivered")
            assert told["id"] == str(late.public_id)
            assert await asyncio.to_thread(state, early) == "delivered"
            assert await asyncio.to_thread(state, late) == "delivered"

    run(work)


def test_a_stranger_hears_nothing(chat):
    device, stranger = chat.device(), chat.device()
    device.say("À moi")

    async def work():
        async with Listening(stranger) as listening:
            await asyncio.to_thread(stranger.say, "Rien que moi")
            await listening.until("message", text="Rien que moi")
            await asyncio.to_thread(device.say, "Encore à moi")
            await asyncio.to_thread(stranger.say, "Toujours moi")
            await listening.until("message", text="Toujours moi")
            assert listening.messages() == ["Rien que moi", "Toujours moi"]

    run(work)


def test_agents_and_states_are_told(chat):
    device = chat.device()
    device.say("Bonjour")
    topic = f"profile:{device.session.profile_id}"

    def close():
        actions.close(Conversation.objects.get(), "Inès")

    async def work():
        async with Listening(device) as listening:
            await listening.until("message", text="Bonjour")
            await asyncio.to_thread(live.whisper, topic, "typing", {"kind": "agent", "name": "Inès"})
            assert await listening.until("typing") == {"kind": "agent", "name": "Inès"}
            await asyncio.to_thread(close)
            assert await listening.until("state") == {"state": "closed"}

    run(work)


def test_joining_by_a_link_is_heard_at_once(chat):
    device, tablet = chat.device(), chat.device()
    device.say("Avant")
    token = actions.continuations.issue(Conversation.objects.get(), "link").token

    async def work():
        async with Listening(tablet) as listening:
            answer = await asyncio.to_thread(lambda: tablet.post("continuations", token=token))
            assert answer.status_code == 200
            await asyncio.to_thread(device.say, "Après")
            await listening.until("message", text="Après")
            assert listening.messages() == ["Après"]

    run(work)


def test_a_message_that_committed_late_is_not_lost(chat, monkeypatch):
    """On PostgreSQL a lower id may become visible after a higher one."""
    device, hidden = chat.device(), {"Bas"}
    device.say("Avant")
    for place, name in ((catching_up.queries, "visible_to"), (catching_up, "views")):

        def committed(*arguments, read=getattr(place, name), **more):
            return [view for view in read(*arguments, **more) if view.message.text not in hidden]

        monkeypatch.setattr(place, name, committed)
    topic = f"profile:{device.session.profile_id}"

    async def work():
        async with Listening(device) as listening:
            await listening.until("message", text="Avant")
            low = await asyncio.to_thread(device.say, "Bas")
            await asyncio.to_thread(device.say, "Haut")
            await listening.until("message", text="Haut")
            hidden.clear()
            news = {"message_id": low["seq"]}
            await asyncio.to_thread(live.whisper, topic, "message.received", news)
            await listening.until("message", text="Bas")
            assert listening.heard[-1][1] is None  # the resume point never moves back

    run(work)


def test_many_sessions_asked_at_once_hear_what_each_would_hear_alone(chat):
    devices = [chat.device() for _ in range(4)]
    firsts = []
    for number, device in enumerate(devices):
        firsts.append(device.say(f"Bonjour {number}")["seq"])
        device.say(f"Encore {number}")
    chat.reply("Nous regardons.", "delivered")
    erased = devices[0].session
    asked = [
        (device.session, after) for device, first in zip(devices, firsts, strict=True) for after in (0, first)
    ]
    alone = [catching_up.answer([catching_up.Asked(session, after, 0)])[0] for session, after in asked]
    together = catching_up.answer([catching_up.Asked(session, after, 0) for session, after in asked])
    assert together == alone
    assert [message["text"] for message in together[7]] == ["Encore 3", "Nous regardons."]
    with write():
        erased.delete()
    gone = catching_up.answer([catching_up.Asked(devices[3].session, 1, 0), catching_up.Asked(erased, 1, 0)])
    assert gone[0] and isinstance(gone[1], type(erased).DoesNotExist)
