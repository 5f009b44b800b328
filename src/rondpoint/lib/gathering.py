"""Many small questions answered together.

Coroutines that each ask the database for one row cost more in statements and threads than in rows. What is asked while
one batch is being answered forms the next batch, so nobody waits longer for it and a busy moment costs little more
than a quiet one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Gathering(Generic[Question, Answer]):
    """``answer(questions)`` runs on a thread of its own and returns one answer for each question, in their order; one
    that is an exception is raised to who asked. When it raises itself, all who asked hear of it."""

    def __init__(
        self, answer: Callable[[list[Question]], list[Answer | Exception]], most: int = 200, name: str = "gathering"
    ):
        self._answer = answer
        self._most = most
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to one question, asked together with those of others."""
        loop = asyncio.get_running_loop()
        if self._working is not None and self._working.get_loop() is not loop:
            self._working, self._waiting = None, []  # of an event loop that has ended
        waiting: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, waiting))
        if self._working is None or self._working.done():
            self._working = loop.create_task(self._work())
        return await waiting

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            questions = [question for question, _ in batch]
            answers: list[Answer | Exception]
            try:
                answers = await loop.run_in_executor(self._thread, self._answer, questions)
            except Exception as error:
                answers = [error] * len(batch)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if waiting.done():
                    continue  # who asked has gone
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)
