"""``POST /chat/v1/transcript``: what was said here, by e-mail, to an address that she has proven to be hers."""

import asyncio
from zoneinfo import ZoneInfo

import msgspec
from django.db import close_old_connections
from django.utils import formats, translation
from django.utils.translation import gettext as _
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rondpoint.channels import connections
from rondpoint.channels.contract import Address, ConnectionInfo, FileOut, MessageOut
from rondpoint.conversations import queries
from rondpoint.conversations.chat.wire import Problem
from rondpoint.conversations.models import Attempt, ChatSession
from rondpoint.conversations.queries.thread import MessageView
from rondpoint.customers import queries as customers
from rondpoint.customers.types import Evidence
from rondpoint.files import actions as files
from rondpoint.lib import addresses, clock, ids
from rondpoint.lib.db import write
from rondpoint.sending import actions as sending
from rondpoint.sending.types import Request as Wish

MOST, MOST_BYTES = 500, 1_000_000  # messages, and what they take as text
COPIES, WITHIN = 3, clock.HOUR  # for one session, and to one address


class Copy(msgspec.Struct):
    """Nothing to say: it goes to her own address."""


async def transcript(request: Request, session: ChatSession, info: ConnectionInfo, said: Copy) -> Response:
    """Sends the copy; 202 with the masked address. 409 ``not_proved`` asks for a code first."""

    def work() -> str:
        close_old_connections()
        return send(session, info, clock.now())

    return JSONResponse({"masked": await asyncio.to_thread(work)}, status_code=202)


def send(session: ChatSession, info: ConnectionInfo, now: int) -> str:
    """Mails her what the session may see of its last conversation; the masked address. Raises Problem."""
    to = proven_address(session)
    if to is None:
        raise Problem(409, "not_proved")
    address, profile_id = to
    said = queries.visible_to(session, limit=MOST)
    said = [view for view in said if view.message.conversation_id == said[-1].message.conversation_id]
    if not said:
        raise Problem(422, "nothing_said")
    connection = connections.first("email", session.connection.brand_id) or connections.first("email", None)
    if connection is None:
        raise Problem(422, "not_sent")
    brand = session.connection.brand
    with translation.override(session.locale[:2] or "fr"):
        text = written(said, info.brand_name, ZoneInfo(brand.timezone if brand else "Europe/Paris"))
        subject = _("Your conversation with %(brand)s") % {"brand": info.brand_name}
        intro = _("Here is the copy of your conversation that you asked for.")
        name = _("conversation") + f"-{clock.to_datetime(now):%Y-%m-%d}.txt"
    content = text.encode()[:MOST_BYTES]
    sha256 = files.save(content)
    number = str(ids.uuid7())
    message = MessageOut(
        id=number,
        to=Address("email", address),
        text=f"{intro}\n\n{content.decode(errors='ignore')}",
        subject=subject,
        files=(FileOut(name, "text/plain", sha256),),
        purpose="service",
        at=now,
        automated=True,
    )
    wish = Wish(profile_id, "email", connection.id, message.to, "service", message, f"transcript:{number}")
    with write():
        _count([f"transcript:{session.id}", f"transcript to:{address}"], now)
        files.register(sha256, len(content))
        verdict = sending.submit([wish], now)[0]
    if verdict.dispatch_id is None:
        raise Problem(422, "not_sent")
    return addresses.mask("email", address)


def proven_address(session: ChatSession) -> tuple[str, int] | None:
    """Her youngest proven e-mail address and the profile that holds it: signed by the site, or by a code returned."""
    if not session.proved:
        return None
    rows = customers.holdings(customers.rights(session.profile_id), "email")
    proven = [row for row in rows if row.evidence >= Evidence.SIGNED]
    last = max(proven, key=lambda row: (row.proved or row.created, row.id), default=None)
    return (last.value, last.profile_id) if last else None


def written(said: list[MessageView], brand: str, zone: ZoneInfo) -> str:
    """A conversation as plain text, in the active language."""
    lines = []
    for view in said:
        message = view.message
        at = clock.to_datetime(message.at).astimezone(zone)
        if message.direction == "in":
            author = message.author_name or _("You")
        else:
            author = message.author_name or brand
        when = f"{formats.date_format(at, 'SHORT_DATE_FORMAT')} {at:%H:%M}"
        lines.append(f"{author}, {when}\n{message.text}".rstrip())
        lines += [f"[{file.name}]" for file in view.attachments]
        lines.append("")
    return "\n".join(lines)


def _count(scopes: list[str], now: int) -> None:
    for scope in scopes:
        if Attempt.objects.filter(scope=scope[:120], at__gt=now - WITHIN).count() >= COPIES:
            raise Problem(429, "too_many", retry_after=WITHIN // clock.SECOND)
    Attempt.objects.bulk_create([Attempt(scope=scope[:120], at=now) for scope in scopes])
