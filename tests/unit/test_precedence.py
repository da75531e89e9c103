import asyncio
import threading

from ragapp.core.precedence import Precedence

FOR_EVER = 60.0


async def test_other_work_waits_until_no_question_is_left():
    precedence, steps = Precedence(longest_wait_s=FOR_EVER), []

    async def work():
        await precedence.give_way()
        steps.append("work")

    with precedence.question():
        working = asyncio.create_task(work())
        with precedence.question():
            await asyncio.sleep(0)
            steps.append("first answer")
        await asyncio.sleep(0)
        steps.append("second answer")
    await asyncio.wait_for(working, 10)
    assert steps == ["first answer", "second answer", "work"]


async def test_other_work_goes_on_however_much_is_asked():
    precedence = Precedence(longest_wait_s=0.01)
    with precedence.question():
        await asyncio.wait_for(precedence.give_way(), 10)


async def test_nobody_waits_when_nothing_is_asked_or_a_question_failed():
    precedence = Precedence(longest_wait_s=FOR_EVER)
    try:
        with precedence.question():
            raise ValueError
    except ValueError:
        pass
    await asyncio.wait_for(precedence.give_way(), 10)
    await asyncio.wait_for(asyncio.to_thread(precedence.give_way_in_thread), 10)


async def test_a_thread_waits_too():
    precedence, passed = Precedence(longest_wait_s=FOR_EVER), threading.Event()

    def work():
        precedence.give_way_in_thread()
        passed.set()

    with precedence.question():
        working = asyncio.create_task(asyncio.to_thread(work))
        assert not await asyncio.to_thread(passed.wait, 0.1)
    await asyncio.wait_for(working, 10)
    assert passed.is_set()
