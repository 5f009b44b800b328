"""Summaries written by a language model, one conversation at a time, on a worker; never while somebody waits.

What a conversation says leaves the house only when RONDPOINT_LLM_URL is set.
"""

import asyncio
import logging

import httpx
from django.conf import settings
from django.db.models import Max

from rondpoint.conversations.briefing import model, opening, queries
from rondpoint.conversations.models import Conversation, Message, Summary
from rondpoint.events import live
from rondpoint.lib import clock
from rondpoint.lib.db import write
from rondpoint.lib.http import guarded_client, request_capped

log = logging.getLogger("rondpoint.briefing")
SECONDS = 20.0
MOST_BYTES = 256_000
RECENT = 2 * clock.DAY
LOOKED_AT = 200
MODEL, QUOTED = "model", "extractive"


class Writer:
    """Remembers which conversations it has looked at, so that only those that changed are read again."""

    def __init__(self) -> None:
        self._looked: dict[int, tuple] = {}

    def run(self, now: int | None = None) -> bool:
        """Summarises the next conversation that came to other hands or onto another road; whether there was one.

        A model that hangs or talks nonsense leaves a row of the method "extractive": the quotes stand, and the model
        is asked again only when the conversation turns once more.
        """
        found = self._next(now or clock.now())
        if found is None:
            return False
        conversation, messages = found
        language = queries.language(conversation)
        try:
            lines = asyncio.run(_ask(language, _said(messages)))
        except (httpx.HTTPError, TimeoutError, model.Bad) as error:
            log.warning("no summary of conversation %s: %s", conversation.public_id, error or type(error).__name__)
            method, points = QUOTED, queries.points(conversation, messages)
        else:
            method, points = MODEL, [{"kind": MODEL, "text": line, "message_id": ""} for line in lines]
        with write():
            Summary.objects.update_or_create(
                conversation=conversation,
                to_message=messages[-1].id,
                language=language,
                defaults={"method": method, "points": points, "made": clock.now()},
            )
        live.whisper(f"conversation:{conversation.id}", "summary.made", {"conversation_id": conversation.id})
        return True

    def _next(self, now: int) -> tuple[Conversation, list[Message]] | None:
        """The conversation touched last that turned after its last summary, with its messages."""
        rows = Conversation.objects.filter(state__in=("open", "waiting"), last_message_at__gt=now - RECENT)
        rows = rows.select_related("brand").annotate(made=Max("summaries__made")).order_by("-last_message_at", "-id")
        looked, self._looked = self._looked, {}
        for conversation in rows[:LOOKED_AT]:
            state = (conversation.last_message_at, conversation.assignee_id, conversation.team_id, conversation.made)
            if looked.get(conversation.id) != state:
                messages = queries.messages(conversation)
                turn = opening.last_turn(queries.spoken(messages), queries.handed(conversation))
                if turn is not None and turn.at > (conversation.made or 0) and len(messages) >= queries.FEWEST:
                    self._looked |= {id_: known for id_, known in looked.items() if id_ != conversation.id}
                    return conversation, messages
            self._looked[conversation.id] = state
        return None


def _said(messages: list[Message]) -> list[model.Said]:
    return [
        model.Said("we" if row.direction == "out" else "customer", row.channel, row.text)
        for row in messages
        if row.text
    ]


async def _ask(language: str, said: list[model.Said]) -> list[str]:
    environment = settings.ENVIRONMENT
    headers = {"Authorization": f"Bearer {environment.llm_key}"} if environment.llm_key else {}
    body = model.request(environment.llm_model, language, said)
    # The address is the operator's own, from the environment: a model on this machine or in the house is allowed.
    async with asyncio.timeout(SECONDS), guarded_client(allow_private=True, timeout=SECONDS) as http:
        url = f"{environment.llm_url}/chat/completions"
        answer = await request_capped(http, "POST", url, limit=MOST_BYTES, json=body, headers=headers)
    if answer.status_code != 200:
        raise model.Bad(f"the model answered {answer.status_code}")
    return model.lines(answer.content, said)
