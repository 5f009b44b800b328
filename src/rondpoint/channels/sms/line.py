"""The line to an SMSC: bound as transceiver, kept alive, opened again when it falls.

A deliver_sm is answered only once it is on disk. One line per connection in a process; ``request`` goes
through it.
"""

import asyncio
import contextlib
import hashlib
import itertools
import logging
import random
import ssl
from collections.abc import Callable
from typing import Any

from rondpoint.channels.contract import ConnectionInfo, Deliver, Raw
from rondpoint.channels.lines import open_line
from rondpoint.channels.sms import pdu
from rondpoint.lib import clock, fence

log = logging.getLogger("rondpoint.channels.sms")

CONNECT_SECONDS = 10.0
RESPONSE_SECONDS = 10.0
ENQUIRE_SECONDS = 30.0
WINDOW = 10  # submits on the way at once
INTAKE = 100  # deliveries being stored at once; beyond, the line is not read
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
REPEAT_WITHIN = 10 * clock.MINUTE
DOUBTFUL = 30 * clock.SECOND

lines: dict[int, "Line"] = {}


class NotSent(Exception):
    """Nothing left: it may be tried again."""


class Unanswered(Exception):
    """It left, or part of it, and no answer came: nobody knows."""


class Refused(Exception):
    """The SMSC answered the bind with an error."""


def is_up(connection_id: int) -> bool:
    """Whether this process holds a bound line."""
    return connection_id in lines


async def request(connection_id: int, command: int, body: bytes) -> pdu.Pdu:
    """Asks on the open line, from whatever event loop. Raises NotSent or Unanswered."""
    held = lines.get(connection_id)
    if held is None:
        raise NotSent("not connected to the SMSC")
    if held.loop is asyncio.get_running_loop():
        return await held.request(command, body)
    future = asyncio.run_coroutine_threadsafe(held.request(command, body), held.loop)
    return await asyncio.wrap_future(future)


class Line:
    """A bound connection to an SMSC: requests with sequence numbers and a window, and what it brings."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.loop = asyncio.get_running_loop()
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[pdu.Pdu]] = {}
        self._window = asyncio.Semaphore(WINDOW)
        self._intake = asyncio.Semaphore(INTAKE)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def request(self, command: int, body: bytes = b"", windowed: bool = True) -> pdu.Pdu:
        """Sends a PDU and awaits its answer. Raises NotSent, Unanswered or ``fence.TooLate``."""
        if not windowed:
            return await self._ask(command, body)
        try:
            await asyncio.wait_for(self._window.acquire(), RESPONSE_SECONDS)
        except TimeoutError as error:
            raise NotSent("the SMSC is slow: its window is full") from error
        try:
            return await self._ask(command, body)
        finally:
            self._window.release()

    async def _ask(self, command: int, body: bytes) -> pdu.Pdu:
        if self._closed or self._writer.is_closing():
            raise NotSent("not connected to the SMSC")
        sequence = next(self._numbers) & 0x7FFFFFFF or next(self._numbers) & 0x7FFFFFFF
        answer = self._pending[sequence] = self.loop.create_future()
        try:
            fence.look()
            self._write(pdu.Pdu(command, 0, sequence, body))
            async with asyncio.timeout(RESPONSE_SECONDS):
                await self._writer.drain()
                answered: pdu.Pdu = await answer
                return answered
        except TimeoutError as error:
            raise Unanswered(f"the SMSC did not answer within {RESPONSE_SECONDS:g} s") from error
        except ConnectionError as error:
            raise Unanswered("the line fell before the SMSC answered") from error
        finally:
            self._pending.pop(sequence, None)

    def _write(self, packet: pdu.Pdu) -> None:
        self._writer.write(pdu.pack(packet))

    async def run(self, take: Callable[..., Any]) -> None:
        """Reads the line until it falls. ``await take(packet)`` stores a deliver_sm. Raises what ended it."""
        pulse = asyncio.create_task(self._pulse())
        try:
            await self._read(take)
        finally:
            pulse.cancel()
            self._fail()

    async def _read(self, take: Callable[..., Any]) -> None:
        while True:
            packet = await pdu.read(self._reader)
            if packet.command & pdu.RESPONSE:
                waiting = self._pending.get(packet.sequence)
                if waiting is not None and not waiting.done():
                    waiting.set_result(packet)
            elif packet.command == pdu.DELIVER_SM:
                await self._intake.acquire()
                task = asyncio.create_task(self._deliver(packet, take))
                self._tasks.add(task)
                task.add_done_callback(self._stored)
            elif packet.command in (pdu.ENQUIRE_LINK, pdu.UNBIND):
                self._answer(packet, pdu.OK)
                if packet.command == pdu.UNBIND:
                    with contextlib.suppress(ConnectionError):
                        await self._writer.drain()
                    return
            elif packet.command != pdu.ALERT_NOTIFICATION:
                self._write(pdu.Pdu(pdu.GENERIC_NACK, pdu.INVALID_COMMAND, packet.sequence))

    def _stored(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._intake.release()

    async def _deliver(self, packet: pdu.Pdu, take: Callable[..., Any]) -> None:
        try:
            await take(packet)
        except Exception as error:
            log.warning("a delivery was not stored, the SMSC keeps it: %s", type(error).__name__)
            self._answer(packet, pdu.TEMPORARY)
            return
        self._answer(packet, pdu.OK, b"\0")

    def _answer(self, packet: pdu.Pdu, status: int, body: bytes = b"") -> None:
        if not self._writer.is_closing():
            self._write(pdu.Pdu(packet.command | pdu.RESPONSE, status, packet.sequence, body))

    async def _pulse(self) -> None:
        """Asks whether the other side is still there; closes the line when no answer comes."""
        while True:
            await asyncio.sleep(ENQUIRE_SECONDS)
            try:
                await self.request(pdu.ENQUIRE_LINK, windowed=False)
            except (Unanswered, NotSent):
                log.warning("the SMSC does not answer enquire_link: the line is closed")
                self._writer.close()
                return

    def _fail(self) -> None:
        self._closed = True
        self._writer.close()
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the line fell"))

    async def close(self) -> None:
        """Waits for what is being stored, takes leave with unbind, and closes."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=RESPONSE_SECONDS)
        if not self._closed and not self._writer.is_closing():
            with contextlib.suppress(OSError, TimeoutError):
                self._write(pdu.Pdu(pdu.UNBIND, 0, next(self._numbers)))
                await asyncio.wait_for(self._writer.drain(), 1.0)
        self._fail()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), 1.0)


async def connect(connection: ConnectionInfo) -> Line:
    """A bound line. Raises Refused, OSError, TimeoutError, EOFError or ValueError."""
    host, port = connection.get("host"), int(connection.get("port"))
    secure = ssl.create_default_context() if connection.get("tls") == "yes" else None
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await open_line(host, port, secure)
    try:
        body = pdu.bind_body(
            connection.get("system_id"), connection.get("password"), connection.get("system_type")
        )
        writer.write(pdu.pack(pdu.Pdu(pdu.BIND_TRANSCEIVER, 0, 1, body)))
        async with asyncio.timeout(CONNECT_SECONDS):
            answer = await pdu.read(reader)
    except BaseException:
        writer.close()
        raise
    if answer.status != pdu.OK or answer.command != pdu.BIND_TRANSCEIVER | pdu.RESPONSE:
        writer.close()
        raise Refused(
            f"The SMSC refused to bind with status {answer.status:#010x}: compare system_id and password."
        )
    opened = Line(reader, writer)
    next(opened._numbers)
    return opened


async def hold(connection: ConnectionInfo, deliver: Deliver, delivery_id: Callable[[Raw], str]) -> None:
    """Opens the line again and again until cancelled, with pauses of 1 s doubling to 60 s and jitter."""
    seen = Repeats()
    pause = FIRST_PAUSE

    async def take(packet: pdu.Pdu) -> None:
        raw = Raw(
            body=pdu.pack(packet),
            headers={"content-type": "application/smpp"},
            url="smpp:",
            method="SMPP",
            received=seen.first(packet.body, clock.now()),
        )
        await deliver(connection, delivery_id(raw), raw)

    while True:
        try:
            held = await connect(connection)
        except (Refused, OSError, TimeoutError, ValueError, EOFError) as error:
            log.warning("connection %s: no line to the SMSC: %s", connection.public_id, error)
        else:
            pause = FIRST_PAUSE
            lines[connection.id] = held
            try:
                await held.run(take)
            except (OSError, EOFError, pdu.BadPdu) as error:
                log.warning("connection %s: the line fell: %s", connection.public_id, error)
            finally:
                if lines.get(connection.id) is held:
                    del lines[connection.id]
                seen.fell(clock.now())
                await held.close()
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, LONGEST_PAUSE)


class Repeats:
    """When PDUs came whose answer the SMSC may have missed, so that their repetition counts as the same."""

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._doubtful: dict[bytes, int] = {}

    def first(self, body: bytes, now: int) -> int:
        """The time a PDU first came: ``now`` unless the line fell shortly after it."""
        key = hashlib.sha256(body).digest()
        before = self._doubtful.pop(key, None)
        at = before if before is not None and now - before < REPEAT_WITHIN else now
        self._recent.pop(key, None)
        self._recent[key] = at
        while self._recent and now - next(iter(self._recent.values())) > DOUBTFUL:
            self._recent.pop(next(iter(self._recent)))
        return at

    def fell(self, now: int) -> None:
        """The line fell: the answers of the last 30 s may not have arrived."""
        self._doubtful = {k: at for k, at in self._doubtful.items() if now - at < REPEAT_WITHIN}
        self._doubtful |= {key: at for key, at in self._recent.items() if now - at < DOUBTFUL}
        self._recent.clear()
