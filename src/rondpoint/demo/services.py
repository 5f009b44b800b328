"""What the worker runs for the demo: the phone's mail server, and the telephone company's reports."""

import asyncio
import contextlib
import logging

from django.conf import settings
from django.db import close_old_connections

from rondpoint.demo import flag
from rondpoint.demo.flag import is_demo

__all__ = ["is_demo", "serve"]

log = logging.getLogger("rondpoint.demo")
EVERY_SECONDS = 0.5


async def serve(stop: asyncio.Event) -> None:
    """Runs until ``stop`` is set. The mail server keeps its port, or tells the connection when it gets another."""
    from aiosmtpd.smtp import SMTP

    from rondpoint.demo import carrier, mailbox, segments, traffic
    from rondpoint.demo.seed import company

    def session() -> SMTP:
        return SMTP(mailbox.Sink(), enable_SMTPUTF8=True, ident="Demo phone", hostname="phone.example.org")

    server = await _listen(session, flag.read().get("smtp_port", 0))
    port = server.sockets[0].getsockname()[1]
    await asyncio.to_thread(_closing, company.keep_in_step, settings.ENVIRONMENT, port)
    writing = asyncio.create_task(traffic.run(stop))
    defining = asyncio.create_task(asyncio.to_thread(_closing, segments.define))
    async with server, _ending(writing), _ending(defining):
        while not stop.is_set():
            try:
                await asyncio.to_thread(_closing, carrier.report_due)
            except carrier.NotTaken as refusal:
                log.warning("a report waits: %s", refusal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)


@contextlib.asynccontextmanager
async def _ending(task: asyncio.Task):
    """Whatever ends the demo ends this task too."""
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(session, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(session, "127.0.0.1", port)
    except OSError:
        return await loop.create_server(session, "127.0.0.1", 0)


def _closing(work, *arguments):
    close_old_connections()
    return work(*arguments)
