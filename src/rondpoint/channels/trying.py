"""Trying a connection for real, while somebody waits for the answer."""

import asyncio

from django.conf import settings
from django.utils.translation import gettext as _

from rondpoint.channels import actions, connections, registry
from rondpoint.channels.models import Connection
from rondpoint.lib.http import guarded_client

SECONDS = 20


def try_out(row: Connection) -> str:
    """What has to be mended, in a sentence that is also noted with the connection; empty when it works."""
    info = connections.info(row)

    async def attempt() -> str:
        async with guarded_client(allow_private=settings.ENVIRONMENT.allow_private) as http:
            return await asyncio.wait_for(registry.get(row.kind).check(info, http), SECONDS)

    try:
        problem = asyncio.run(attempt())
    except TimeoutError:
        problem = _("No answer within %(n)s seconds.") % {"n": SECONDS}
    actions.note_problem(row.id, problem)
    return problem
