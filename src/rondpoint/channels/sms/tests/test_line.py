"""The line to an SMSC: what a silent, rude or broken other side costs, and that nothing is sent or stored twice."""

import asyncio
import contextlib

import pytest
from msgspec.structs import replace

from rondpoint.channels.contract import ConnectionInfo, OutcomeUnknown, Part, SendError, Sent
from rondpoint.channels.sms import line, pdu, smpp
from rondpoint.lib import clock

CONNECTION = ConnectionInfo(
    id=7, public_id="c7", kind="sms", name="SMS",
    settings={"provider": "smpp", "number": "+33199000001", "host": "127.0.0.1", "system_id": "u", "password": "p"},
)  # fmt: skip
BROUGHT = pdu.Pdu(pdu.DELIVER_SM, 0, 41, b"a text of somebody")


class Smsc:
    """The other side on loopback. ``answers``: to each bind its status, or None to say nothing at all."""

    def __init__(self, *answers):
        self.answers, self.seen, self.writers = list(answers), [], []
        self.reply = {pdu.ENQUIRE_LINK: b"", pdu.SUBMIT_SM: b"id-1\0"}
        self.came = asyncio.Event()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.connection = replace(CONNECTION, settings={**CONNECTION.settings, "port": str(port)})
        return self

    async def __aexit__(self, *_):
        for writer in self.writers:
            writer.close()
        self.server.close()

    async def serve(self, reader, writer):
        self.writers.append(writer)
        with contextlib.suppress(EOFError, ConnectionError, asyncio.CancelledError):
            while True:
                packet = await pdu.read(reader)
                self.seen.append(packet)
                self.came.set()
                if packet.command == pdu.BIND_TRANSCEIVER:
                    status = self.answers.pop(0) if self.answers else pdu.OK
                    if status is not None:
                        self.say(packet.command | pdu.RESPONSE, status, packet.sequence, b"smsc\0")
                elif packet.command in self.reply:
                    self.say(packet.command | pdu.RESPONSE, pdu.OK, packet.sequence, self.reply[packet.command])

    def say(self, command, status=0, sequence=1, body=b""):
        self.writers[-1].write(pdu.pack(pdu.Pdu(command, status, sequence, body)))

    async def until(self, holds):
        """Waits until ``holds()``, with a deadline."""
        async with asyncio.timeout(10):
            while not holds():
                self.came.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.came.wait(), 0.05)

    def commands(self):
        return [packet.command for packet in self.seen]


@contextlib.asynccontextmanager
async def bound(smsc, take=None):
    """A bound line that is read."""
    opened = await line.connect(smsc.connection)
    reading = asyncio.create_task(opened.run(take or stored))
    try:
        yield opened, reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await opened.close()


async def stored(packet):
    """Takes what is brought."""


def test_a_bind_that_is_refused_says_what_to_compare():
    async def run():
        async with Smsc(0x0E) as smsc:
            return await smpp.check(smsc.connection, None)

    assert "compare system_id and password" in asyncio.run(run())


def test_the_check_binds_takes_leave_and_uses_the_line_that_is_up(monkeypatch):
    async def run():
        async with Smsc() as smsc:
            assert await smpp.check(smsc.connection, None) == ""
            await smsc.until(lambda: pdu.UNBIND in smsc.commands())
            monkeypatch.setitem(line.lines, CONNECTION.id, object())
            assert await smpp.check(smsc.connection, None) == ""
            return len(smsc.writers)

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("port", ["1", "no number"])
def test_the_check_names_where_nobody_answers(port):
    here = replace(CONNECTION, settings={**CONNECTION.settings, "port": port})
    assert f"No SMSC answers at 127.0.0.1:{port}" in asyncio.run(smpp.check(here, None))


def test_an_smsc_that_never_answers_the_bind_is_given_up(monkeypatch):
    monkeypatch.setattr(line, "CONNECT_SECONDS", 0.2)

    async def run():
        async with Smsc(None) as smsc:
            return await smpp.check(smsc.connection, None)

    assert "No SMSC answers" in asyncio.run(run())


def test_a_submit_that_stays_without_an_answer_is_in_doubt(monkeypatch):
    async def run():
        async with Smsc() as smsc, bound(smsc) as (opened, _):
            monkeypatch.setattr(line, "RESPONSE_SECONDS", 0.2)
            monkeypatch.setitem(line.lines, CONNECTION.id, opened)
            part = Part(to="+33199001234", text="Bonjour", data={"coding": smpp.GSM7})
            done = await smpp.send(part, CONNECTION, None, "1")
            smsc.reply.clear()
            return done, await smpp.send(part, CONNECTION, None, "2")

    done, doubtful = asyncio.run(run())
    assert done == Sent(("id-1",))
    assert isinstance(doubtful, OutcomeUnknown)


def test_a_line_that_falls_with_a_submit_on_the_way_leaves_it_in_doubt_and_the_next_unsent(monkeypatch):
    async def run():
        async with Smsc() as smsc, bound(smsc) as (opened, reading):
            smsc.reply.clear()
            asked = asyncio.create_task(opened.request(pdu.SUBMIT_SM, b"x"))
            await smsc.until(lambda: pdu.SUBMIT_SM in smsc.commands())
            smsc.writers[-1].close()
            with pytest.raises(line.Unanswered, match="line fell"):
                await asked
            await asyncio.wait([reading])
            with pytest.raises(line.NotSent, match="not connected"):
                await opened.request(pdu.SUBMIT_SM, b"x")
            monkeypatch.setitem(line.lines, CONNECTION.id, opened)
            part = Part(to="+33199001234", text="Bonjour")
            return await smpp.send(part, CONNECTION, None, "1")

    assert asyncio.run(run()) == SendError("not connected to the SMSC")


def test_beyond_the_window_nothing_leaves(monkeypatch):
    monkeypatch.setattr(line, "WINDOW", 1)

    async def run():
        async with Smsc() as smsc, bound(smsc) as (opened, _):
            smsc.reply.clear()
            first = asyncio.create_task(opened.request(pdu.SUBMIT_SM, b"x"))
            await smsc.until(lambda: pdu.SUBMIT_SM in smsc.commands())
            monkeypatch.setattr(line, "RESPONSE_SECONDS", 0.1)
            with pytest.raises(line.NotSent, match="window is full"):
                await opened.request(pdu.SUBMIT_SM, b"y")
            smsc.say(pdu.SUBMIT_SM | pdu.RESPONSE, 0, smsc.seen[-1].sequence, b"id\0")
            await first
            return smsc.commands().count(pdu.SUBMIT_SM)

    assert asyncio.run(run()) == 1


def test_a_line_is_used_from_another_event_loop(monkeypatch):
    async def run():
        async with Smsc() as smsc, bound(smsc) as (opened, _):
            monkeypatch.setitem(line.lines, CONNECTION.id, opened)
            asked = line.request(CONNECTION.id, pdu.SUBMIT_SM, b"x")
            return await asyncio.to_thread(asyncio.run, asked)

    assert asyncio.run(run()).body == b"id-1\0"


def test_what_could_not_be_stored_stays_with_the_smsc():
    async def fail(packet):
        raise OSError("the disk is full")

    async def run(take):
        async with Smsc() as smsc, bound(smsc, take):
            smsc.say(BROUGHT.command, 0, BROUGHT.sequence, BROUGHT.body)
            await smsc.until(lambda: pdu.DELIVER_SM | pdu.RESPONSE in smsc.commands())
            return smsc.seen[-1]

    assert asyncio.run(run(fail)).status == pdu.TEMPORARY
    answer = asyncio.run(run(stored))
    assert (answer.status, answer.sequence, answer.body) == (pdu.OK, 41, b"\0")


def test_questions_of_the_smsc_are_answered_and_what_it_invents_is_refused():
    async def run():
        async with Smsc() as smsc, bound(smsc) as (_, reading):
            smsc.say(pdu.SUBMIT_SM | pdu.RESPONSE, 0, 999)  # an answer that nobody waits for
            smsc.say(pdu.ALERT_NOTIFICATION)
            smsc.say(0x7F, 0, 5)
            smsc.say(pdu.ENQUIRE_LINK, 0, 6)
            smsc.say(pdu.UNBIND, 0, 7)
            await asyncio.wait([reading], timeout=10)
            await smsc.until(lambda: len(smsc.seen) == 4)
            return [(packet.command, packet.status, packet.sequence) for packet in smsc.seen[1:]]

    assert asyncio.run(run()) == [
        (pdu.GENERIC_NACK, pdu.INVALID_COMMAND, 5),
        (pdu.ENQUIRE_LINK | pdu.RESPONSE, 0, 6),
        (pdu.UNBIND | pdu.RESPONSE, 0, 7),
    ]


def test_a_line_whose_other_side_is_gone_is_closed(monkeypatch):
    monkeypatch.setattr(line, "ENQUIRE_SECONDS", 0.05)

    async def run():
        async with Smsc() as smsc, bound(smsc) as (_, reading):
            await smsc.until(lambda: smsc.commands().count(pdu.ENQUIRE_LINK) >= 2)  # it answers: the line stays
            assert not reading.done()
            monkeypatch.setattr(line, "RESPONSE_SECONDS", 0.1)
            smsc.reply.clear()
            await asyncio.wait([reading], timeout=10)
            return reading.done()

    assert asyncio.run(run())


def test_a_line_is_opened_again_and_a_repetition_keeps_its_first_time(monkeypatch):
    """Refused once and cut twice; what is brought again has the same name."""
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.01)
    names = []

    async def deliver(connection, name, raw):
        names.append((connection.id, name, raw.received))
        return True

    async def run():
        async with Smsc(0x0D) as smsc:
            held = asyncio.create_task(smpp.session(smsc.connection, deliver))
            for count in (1, 2):
                binds = count + 1  # the first was refused
                await smsc.until(
                    lambda binds=binds: (
                        smsc.commands().count(pdu.BIND_TRANSCEIVER) == binds and line.is_up(CONNECTION.id)
                    )
                )
                smsc.say(BROUGHT.command, 0, BROUGHT.sequence, BROUGHT.body)
                await smsc.until(lambda count=count: len(names) == count)
                smsc.writers[-1].close()
            await smsc.until(lambda: smsc.commands().count(pdu.BIND_TRANSCEIVER) == 4)
            held.cancel()
            await asyncio.gather(held, return_exceptions=True)

    asyncio.run(run())
    assert len(names) == 2
    assert names[0] == names[1]
    assert not line.is_up(CONNECTION.id)


def test_only_what_came_shortly_before_the_line_fell_counts_as_repeated():
    seen, start = line.Repeats(), 1_000 * clock.MINUTE
    assert seen.first(b"old", start) == start
    later = start + line.DOUBTFUL + 1
    assert seen.first(b"new", later) == later
    seen.fell(later + 1)
    again = later + clock.MINUTE
    assert seen.first(b"old", again) == again
    assert seen.first(b"new", again) == later
    assert seen.first(b"new", again + 1) == again + 1  # said once more by somebody: another message
