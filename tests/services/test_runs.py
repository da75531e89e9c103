import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.core.errors import (
    AnswerInProgress,
    EmptyQuestion,
    GeneratorUnavailable,
    InvalidInput,
    NotFound,
    PermissionDenied,
    QuestionTooLong,
)
from ragapp.core.events import AnswerDone, AnswerFailed, CitationAdded, Support, TextDelta
from ragapp.core.evidence import Unsupported, UnsupportedKind
from ragapp.core.ids import ChatId, RunId
from ragapp.core.lifecycle import MessageStatus
from ragapp.core.scope import Role, TenantScope
from ragapp.models import ChatPermission
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.runs import RunService
from ragapp.services.views import MessageView, RunStarted
from ragapp.store.store import Store
from tests.fakes.accounts import Household, add_member, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.flow import ScriptedFlow, source
from tests.fakes.limits import no_limits

ANSWER = ("Snimke se čuvaju ", "šest mjeseci [1].\n\n", "Dulje samo ", "za dokaz.")


@pytest.fixture
async def household(store: Store) -> Household:
    return await add_tenant(store)


@pytest.fixture
def chats(store: Store, clock: FixedClock) -> ChatService:
    return ChatService(store, clock)


class Bench:
    """A run service whose answers follow a script."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.flow = ScriptedFlow(CitationAdded(source()), *ANSWER)
        self.runs = RunService(store, self.flow, clock, no_limits())  # type: ignore[arg-type]

    async def finish(self, scope: TenantScope, run: RunStarted) -> MessageView:
        last = [snapshot async for snapshot in self.runs.follow(scope, run.run_id, min_interval_s=0)][-1]
        assert last.done
        assert last.message is not None
        return last.message


@pytest.fixture
async def bench(store: Store, clock: FixedClock) -> AsyncIterator[Bench]:
    bench = Bench(store, clock)
    yield bench
    await bench.runs.close()


async def test_a_question_starts_a_chat_named_after_it_and_its_answer_is_stored(
    bench: Bench, chats: ChatService, household: Household
) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="  Koliko čuvamo snimke? ")
    answer = await bench.finish(household.owner, run)
    stored = (await chats.messages(household.owner, run.chat.id)).items
    assert [message.role for message in stored] == ["user", "assistant"]
    assert stored[1] == answer
    assert (answer.text, answer.status) == ("".join(ANSWER), MessageStatus.COMPLETE)
    assert (answer.support, answer.confidence, answer.generator) == (Support.STRONG, 0.86, "scripted")
    assert answer.sources == (source(),)
    assert (await chats.get(household.owner, run.chat.id)).title == "Koliko čuvamo snimke?"


async def test_what_no_source_holds_is_stored_with_the_answer(
    bench: Bench, chats: ChatService, household: Household
) -> None:
    bench.flow.unsupported = (Unsupported(17, 21, "šest", UnsupportedKind.NUMBER),)
    run = await bench.runs.ask(household.owner, chat_id=None, text="Koliko čuvamo snimke?")
    await bench.finish(household.owner, run)
    question, answer = (await chats.messages(household.owner, run.chat.id)).items
    assert answer.unsupported == bench.flow.unsupported
    assert question.unsupported == ()


async def test_a_follower_gets_finished_blocks_once_and_the_open_tail_again(bench: Bench, household: Household) -> None:
    pause = asyncio.Event()
    bench.flow.script = ("First block.\n\nSecond", pause, " block.")
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    snapshots = []
    async for snapshot in bench.runs.follow(household.owner, run.run_id, min_interval_s=0):
        snapshots.append(snapshot)
        if snapshot.tail == "Second":
            pause.set()
    assert [block for snapshot in snapshots for block in snapshot.new_blocks] == ["First block.", "Second block."]
    assert [snapshot.done for snapshot in snapshots[:-1]] == [False] * (len(snapshots) - 1)


async def test_the_first_words_and_the_end_do_not_wait_for_the_interval(bench: Bench, household: Household) -> None:
    begin, end = asyncio.Event(), asyncio.Event()
    bench.flow.script = (begin, "First", " words", end)
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    tails = []
    async with asyncio.timeout(30):
        async for snapshot in bench.runs.follow(household.owner, run.run_id, min_interval_s=3600):
            tails.append(snapshot.tail)
            (end if snapshot.tail else begin).set()
    assert tails in (["", "First", ""], ["", "First words", ""])


async def test_two_followers_and_a_late_one_see_the_same_answer(bench: Bench, household: Household) -> None:
    go = asyncio.Event()
    bench.flow.script = ("One.\n\nTwo", go, " and three.")
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")

    async def read() -> str:
        blocks: list[str] = []
        async for snapshot in bench.runs.follow(household.owner, run.run_id, min_interval_s=0):
            blocks.extend(snapshot.new_blocks)
        return "\n\n".join(blocks)

    early = [asyncio.create_task(read()) for _ in range(2)]
    await asyncio.sleep(0)
    go.set()
    texts = [await task for task in early] + [await read()]
    assert set(texts) == {"One.\n\nTwo and three."}


async def test_stopping_keeps_what_was_written(bench: Bench, household: Household, chats: ChatService) -> None:
    bench.flow.script = ("Half an ", asyncio.Event())
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    async for snapshot in bench.runs.follow(household.owner, run.run_id, min_interval_s=0):
        if snapshot.tail:
            await bench.runs.stop(household.owner, run.run_id)
    answer = (await chats.messages(household.owner, run.chat.id)).items[1]
    assert (answer.text, answer.status) == ("Half an ", MessageStatus.STOPPED)
    await bench.runs.stop(household.owner, run.run_id)  # again: nothing left to stop


async def test_a_failing_model_leaves_a_failed_answer_with_its_reason(bench: Bench, household: Household) -> None:
    bench.flow.script = ("Some ", GeneratorUnavailable())
    answer = await bench.finish(household.owner, await bench.runs.ask(household.owner, chat_id=None, text="Q?"))
    assert (answer.status, answer.text) == (MessageStatus.FAILED, "Some ")
    assert answer.error is not None
    assert answer.error.code == GeneratorUnavailable.code


async def test_a_bug_while_answering_never_hangs_the_chat(bench: Bench, household: Household) -> None:
    bench.flow.script = (ZeroDivisionError("bug"),)
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    answer = await bench.finish(household.owner, run)
    assert (answer.status, answer.error and answer.error.code) == (MessageStatus.FAILED, "defect")
    bench.flow.script = ANSWER
    await bench.finish(household.owner, await bench.runs.ask(household.owner, chat_id=run.chat.id, text="Again?"))


async def test_a_second_question_waits_for_the_first_answer(bench: Bench, household: Household) -> None:
    go = asyncio.Event()
    bench.flow.script = (go,)
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    with pytest.raises(AnswerInProgress):
        await bench.runs.ask(household.owner, chat_id=run.chat.id, text="Q2?")
    go.set()
    await bench.finish(household.owner, run)
    await bench.runs.ask(household.owner, chat_id=run.chat.id, text="Q2?")


async def test_of_racing_questions_in_one_chat_one_is_taken(
    bench: Bench, chats: ChatService, household: Household
) -> None:
    chat = await chats.create(household.owner)
    bench.flow.script = (asyncio.Event(),)
    attempts = [bench.runs.ask(household.owner, chat_id=chat.id, text=f"Q{number}?") for number in range(8)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, RunStarted) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AnswerInProgress) for outcome in outcomes) == 7


async def test_earlier_exchanges_are_given_to_the_model(bench: Bench, household: Household) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="First?")
    await bench.finish(household.owner, run)
    await bench.finish(household.owner, await bench.runs.ask(household.owner, chat_id=run.chat.id, text="Second?"))
    assert bench.flow.asked[1][1] == [("First?", "".join(ANSWER))]


async def test_answering_again_replaces_the_answer_in_its_place(
    bench: Bench, chats: ChatService, household: Household
) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="First?")
    await bench.finish(household.owner, run)
    await bench.finish(household.owner, await bench.runs.ask(household.owner, chat_id=run.chat.id, text="Second?"))
    for text in ("Better.", "Best."):
        bench.flow.script = (text,)
        current = (await chats.messages(household.owner, run.chat.id)).items[1]
        again = await bench.runs.regenerate(household.owner, current.id)
        await bench.finish(household.owner, again)
    texts = [message.text for message in (await chats.messages(household.owner, run.chat.id)).items]
    assert texts == ["First?", "Best.", "Second?", "".join(ANSWER)]
    with pytest.raises(InvalidInput):
        await bench.runs.regenerate(household.owner, run.question.id)


@pytest.mark.parametrize(
    ("text", "error"),
    [("", EmptyQuestion), (" \n\x00 ", EmptyQuestion), ("?!", EmptyQuestion), ("a" * 201, QuestionTooLong)],
)
async def test_what_is_no_question_stores_nothing(
    bench: Bench, chats: ChatService, household: Household, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await bench.runs.ask(household.owner, chat_id=None, text=text)
    assert (await chats.list(household.owner)).items == ()


async def test_answers_a_dead_process_left_are_marked_with_their_text_kept(
    bench: Bench, chats: ChatService, household: Household, store: Store
) -> None:
    bench.flow.script = (asyncio.Event(),)
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    async with store.begin(household.owner) as tx:
        (await tx.messages.get(run.answer.id)).text = "Half"
    assert await bench.runs.interrupt_unfinished(household.owner) == 1
    answer = (await chats.messages(household.owner, run.chat.id)).items[1]
    assert (answer.status, answer.text) == (MessageStatus.INTERRUPTED, "Half")


async def test_a_program_reads_the_events_of_its_run_with_one_end(bench: Bench, household: Household) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    events = [event async for event in bench.runs.iter_events(household.owner, run.run_id)]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "".join(ANSWER)
    assert [isinstance(event, AnswerDone | AnswerFailed) for event in events].count(True) == 1
    assert isinstance(events[-1], AnswerDone)


async def _attempts(bench: Bench, scope: TenantScope, run: RunStarted) -> list[Any]:
    async def follow() -> None:
        async for _ in bench.runs.follow(scope, run.run_id):
            pass

    async def events() -> None:
        async for _ in bench.runs.iter_events(scope, run.run_id):
            pass

    return await asyncio.gather(
        bench.runs.ask(scope, chat_id=run.chat.id, text="Mine?"),
        bench.runs.regenerate(scope, run.answer.id),
        bench.runs.stop(scope, run.run_id),
        follow(),
        events(),
        return_exceptions=True,
    )


async def test_runs_of_others_do_not_exist(bench: Bench, household: Household, store: Store) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    await bench.finish(household.owner, run)
    stranger = (await add_tenant(store, "other")).owner
    colleague = await add_member(store, household, Role.ADMIN)
    for scope in (stranger, colleague):
        assert [type(outcome) for outcome in await _attempts(bench, scope, run)] == [NotFound] * 5
    with pytest.raises(NotFound):
        await bench.runs.stop(household.owner, RunId("0" * 32))


async def test_a_chat_shared_for_reading_may_be_followed_but_not_continued(
    bench: Bench, chats: ChatService, household: Household, store: Store
) -> None:
    run = await bench.runs.ask(household.owner, chat_id=None, text="Q?")
    await bench.finish(household.owner, run)
    reader = await add_member(store, household, Role.MEMBER)
    async with store.begin(household.owner) as tx:
        right = {"chat_id": run.chat.id, "user_id": reader.user_id, "permission": "read"}
        tx.chats._session.add(ChatPermission(tenant_id=household.tenant_id, **right))
    assert (await bench.finish(reader, run)).text
    assert [chat.id for chat in (await chats.list(reader, which="shared")).items] == [run.chat.id]
    with pytest.raises(PermissionDenied):
        await bench.runs.ask(reader, chat_id=run.chat.id, text="Mine?")
    with pytest.raises(PermissionDenied):
        await chats.rename(reader, ChatId(run.chat.id), "Mine")
