"""The SMPP line against a real SMSC: bind, submit, receipts, long messages, falls and repeats."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.smsc import Smsc, start_smsc  # noqa: E402
from rondpoint.channels.contract import (  # noqa: E402
    Address,
    ConnectionInfo,
    Consent,
    Incomplete,
    MessageIn,
    MessageOut,
    OutcomeUnknown,
    Raw,
    Receipt,
    SendError,
    Sent,
)
from rondpoint.channels.sms import line  # noqa: E402
from rondpoint.channels.sms.channel import channel  # noqa: E402

OURS, HERS = "33199000001", "33199001234"


@pytest.fixture
def smsc(tmp_path: Path) -> Iterator[Smsc]:
    peer = start_smsc(tmp_path / "smsc")
    yield peer
    peer.stop()


def connection_to(smsc: Smsc, **settings: str) -> ConnectionInfo:
    base = {
        "provider": "smpp", "number": "+" + OURS, "host": smsc.host, "port": str(smsc.port),
        "system_id": smsc.system_id, "password": smsc.password,
    }  # fmt: skip
    return ConnectionInfo(id=7, public_id="c7", kind="sms", name="SMS", settings=base | settings)


class Store:
    """Keeps deliveries as the intake would; ``fails`` makes the next ones fail."""

    def __init__(self) -> None:
        self.kept: dict[str, Raw] = {}
        self.fails = 0
        self.tries = 0
        self.pause: asyncio.Event | None = None

    async def deliver(self, connection: ConnectionInfo, external_id: str, raw: Raw) -> bool:
        self.tries += 1
        if self.fails:
            self.fails -= 1
            raise OSError("disk full")
        if self.pause is not None:
            await self.pause.wait()
        new = external_id not in self.kept
        self.kept.setdefault(external_id, raw)
        return new

    def parsed(self, connection: ConnectionInfo) -> list:
        return [item for raw in self.kept.values() for item in channel.parse(raw, connection)]


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, "the condition never came"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def holding(connection: ConnectionInfo, store: Store) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.session(connection, store.deliver))
    try:
        await until(lambda: line.is_up(connection.id))
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def outgoing(text: str, to: str = "+" + HERS) -> MessageOut:
    return MessageOut(id="0198-aaaa", to=Address("phone", to), text=text)


def test_send_and_receipt(smsc: Smsc) -> None:
    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        async with holding(connection, store):
            (part,) = channel.render(outgoing("Ça coûte 5 € {net}"), connection)
            (plain,) = channel.render(outgoing("Prix : 5 € {net} à l'été"), connection)
            sent = [await channel.send(item, connection, None, "k") for item in (part, plain)]
            assert sent == [Sent(("m1",)), Sent(("m2",))]
            await until(lambda: len(store.kept) == 2)
            receipts = store.parsed(connection)
            assert [(item.external_id, item.state) for item in receipts] == [
                ("m1", "delivered"),
                ("m2", "delivered"),
            ]
            first, second = smsc.submitted()
            assert (first["text"], first["coding"]) == ("Ça coûte 5 € {net}", 8)
            assert (second["text"], second["coding"]) == ("Prix : 5 € {net} à l'été", 0)
            assert (first["from"], first["to"]) == (OURS, HERS)
        assert not line.is_up(connection.id)

    asyncio.run(run())


def test_a_failed_receipt(smsc: Smsc) -> None:
    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        async with holding(connection, store):
            (part,) = channel.render(outgoing("bonjour", "+33199000099"), connection)
            await channel.send(part, connection, None, "k")
            await until(lambda: len(store.kept) == 1)
            (receipt,) = store.parsed(connection)
            assert isinstance(receipt, Receipt)
            assert (receipt.state, receipt.address) == ("failed", "+33199000099")
            assert "UNDELIV" in receipt.error

    asyncio.run(run())


def test_a_long_text_arrives_in_joined_parts(smsc: Smsc) -> None:
    text = "Votre commande est prête. " * 8 + "👩‍👩‍👧‍👦" + " à bientôt" * 9

    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        async with holding(connection, store):
            parts = channel.render(outgoing(text), connection)
            assert len(parts) > 3
            for part in parts:
                assert isinstance(await channel.send(part, connection, None, "k"), Sent)
            got = smsc.submitted()
            assert "".join(item["text"] for item in got) == text
            assert all(item["esm_class"] == 0x40 and len(item["udh"]) == 1 for item in got)
            numbers = [item["udh"][0][-4:] for item in got]
            assert numbers == [f"{len(parts):02x}{index + 1:02x}" for index in range(len(parts))]

    asyncio.run(run())


def test_inbound_text_stop_and_parts(smsc: Smsc) -> None:
    long = "Où est mon colis 📦 ? " * 6
    data = long.encode("utf-16-be")
    cuts = [data[index : index + 133] for index in range(0, len(data), 133)]  # odd: cuts inside pairs

    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        addressed = {"source_addr": HERS, "destination_addr": OURS}
        async with holding(connection, store):
            smsc.inject(**addressed, short_message=b"D\x05j\x7f", data_coding=0)
            smsc.inject(**addressed, short_message=b"Stop!", data_coding=0)
            smsc.inject(**addressed, message_payload=b"x" * 400, short_message=b"", data_coding=3)
            await until(lambda: len(store.kept) == 3)
            first, consent, stop, payload = store.parsed(connection)
            assert isinstance(first, MessageIn)
            assert first.text == "Déjà"
            assert (first.sender, first.account) == (Address("phone", "+" + HERS, "", "provider"), "+" + OURS)
            assert isinstance(consent, Consent)
            assert (consent.action, stop.text) == ("stop", "Stop!")
            assert payload.text == "x" * 400

            store.kept.clear()
            for number in reversed(range(len(cuts))):
                header = bytes([5, 0, 3, 77, len(cuts), number + 1])
                smsc.inject(**addressed, esm_class=0x40, data_coding=8, short_message=header + cuts[number])
            await until(lambda: len(store.kept) == len(cuts))
            said = [(channel.parse(raw, connection)[0], raw) for raw in store.kept.values()]
            assert all(isinstance(item, Incomplete) for item, _ in said)
            assert len({item.group for item, _ in said}) == 1
            ordered = [raw for _, raw in sorted(said, key=lambda pair: pair[0].number)]
            (whole,) = channel.assemble(ordered, connection)
            assert whole.text == long
        assert all(answer["status"] == 0 for answer in smsc.state()["answers"])

    asyncio.run(run())


def test_answered_only_once_it_is_stored(smsc: Smsc) -> None:
    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        store.pause = asyncio.Event()
        async with holding(connection, store):
            smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=b"un")
            await until(lambda: store.tries == 1)
            (part,) = channel.render(outgoing("pendant ce temps"), connection)
            assert isinstance(await channel.send(part, connection, None, "k"), Sent)
            assert smsc.state()["answers"] == []
            store.pause.set()
            # The receipt of what was sent waits too; what fails below must be the message alone.
            await until(
                lambda: sorted(answer["kind"] for answer in smsc.state()["answers"]) == ["message", "receipt"]
            )
            assert all(answer["status"] == 0 for answer in smsc.state()["answers"])

            store.fails = 1
            smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=b"deux")
            await until(lambda: {"kind": "message", "status": 0x64} in smsc.state()["answers"])

    asyncio.run(run())


def test_a_repeat_after_a_fall_is_the_same_delivery(smsc: Smsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.05)

    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        async with holding(connection, store):
            smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=b"oui")
            await until(lambda: store.tries == 1)
            smsc.drop()
            await until(lambda: smsc.state()["binds"] == 2 and smsc.state()["sessions"] == 1)
            await until(lambda: line.is_up(connection.id))
            monkeypatch.setattr(line.clock, "now", lambda: time.time_ns() // 1000 + 3 * line.clock.MINUTE)
            smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=b"oui")
            await until(lambda: store.tries == 2)
            assert len(store.kept) == 1
            smsc.inject(source_addr=HERS, destination_addr=OURS, short_message=b"oui")
            await until(lambda: store.tries == 3)
            assert len(store.kept) == 2

    asyncio.run(run())


def test_errors_are_told_apart(smsc: Smsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "RESPONSE_SECONDS", 0.5)
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.05)

    async def run() -> None:
        connection, store = connection_to(smsc), Store()
        (part,) = channel.render(outgoing("bonjour"), connection)
        refused = await channel.send(part, connection, None, "k")
        assert isinstance(refused, SendError) and not refused.permanent
        async with holding(connection, store):
            smsc.fail(0x58, 0x0B, 0x45, "silent", "drop")
            results = [await channel.send(part, connection, None, "k") for _ in range(5)]
            throttled, dead, failed, silent, dropped = results
            assert isinstance(throttled, SendError) and not throttled.permanent and throttled.retry_after
            assert isinstance(dead, SendError) and dead.permanent and dead.dead_address
            assert isinstance(failed, SendError) and failed.permanent and not failed.dead_address
            assert isinstance(silent, OutcomeUnknown)
            assert isinstance(dropped, OutcomeUnknown)
            await until(lambda: line.is_up(connection.id))
            assert isinstance(await channel.send(part, connection, None, "k"), Sent)

    asyncio.run(run())


def test_the_line_is_kept_alive(smsc: Smsc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ENQUIRE_SECONDS", 0.05)

    async def run() -> None:
        async with holding(connection_to(smsc), Store()):
            await until(lambda: smsc.state()["enquiries"] >= 3)
            assert smsc.state()["binds"] == 1

    asyncio.run(run())


def test_check_binds_for_real(smsc: Smsc) -> None:
    async def run() -> None:
        assert await channel.check(connection_to(smsc), None) == ""
        assert "refused" in await channel.check(connection_to(smsc, password="wrong"), None)
        assert "No SMSC answers" in await channel.check(connection_to(smsc, port="1"), None)

    asyncio.run(run())
