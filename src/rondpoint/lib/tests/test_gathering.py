"""Questions asked at once are answered together."""

import asyncio
import threading

import pytest

from rondpoint.lib.gathering import Gathering


def test_what_is_asked_during_one_batch_is_the_next():
    batches, go = [], threading.Event()

    def answer(questions):
        batches.append(list(questions))
        go.wait(5)
        return [question * 2 for question in questions]

    async def scene():
        gathering = Gathering(answer)
        first = asyncio.create_task(gathering.ask(1))
        while not batches:
            await asyncio.sleep(0)
        others = [asyncio.create_task(gathering.ask(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(first, *others)

    assert asyncio.run(scene()) == [2, 4, 6, 8]
    assert batches == [[1], [2, 3, 4]]


def test_one_bad_answer_is_its_asker_s_alone_and_a_failure_everybody_s():
    def answer(questions):
        if "broken" in questions:
            raise LookupError("nobody there")
        return [ValueError(question) if question == "bad" else question for question in questions]

    async def scene(*questions):
        gathering = Gathering(answer)
        return await asyncio.gather(*map(gathering.ask, questions), return_exceptions=True)

    good, bad = asyncio.run(scene("good", "bad"))
    assert good == "good" and isinstance(bad, ValueError)
    assert [type(said) for said in asyncio.run(scene("good", "broken"))] == [LookupError, LookupError]


def test_who_gives_up_waiting_disturbs_nobody_and_another_event_loop_may_ask():
    go = threading.Event()

    def answer(questions):
        go.wait(5)
        return questions

    gathering = Gathering(answer, most=1)

    async def scene():
        impatient = asyncio.create_task(gathering.ask(1))
        patient = asyncio.create_task(gathering.ask(2))
        await asyncio.sleep(0)
        impatient.cancel()
        go.set()
        return await patient

    assert asyncio.run(scene()) == 2
    assert asyncio.run(scene()) == 2
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(_cancelled(gathering))


async def _cancelled(gathering):
    asked = asyncio.create_task(gathering.ask(3))
    asked.cancel()
    await asked
