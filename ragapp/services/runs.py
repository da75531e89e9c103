"""Runs: one answer being produced, owned by the service and not by the tab that asked.

A question and its unfinished answer are committed before any work starts; the final text, sources and confidence in one
short transaction at the end, shielded from cancellation. Between the two no transaction is open.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

import structlog

from ragapp.core.errors import AnswerInProgress, InvalidInput, NotFound, RagAppError
from ragapp.core.events import AnswerDone, AnswerEvent, AnswerFailed, Stage
from ragapp.core.ids import ChatId, MessageId, RunId
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import Chat, Message
from ragapp.services.answering import AnswerFlow
from ragapp.services.chats import chat_view, history_of, message_view, new_chat, readable_message, writable_chat
from ragapp.services.questions import clean_question
from ragapp.services.run import Run
from ragapp.services.run_records import new_answer, new_question, stopped_by_hand, title_of, write_outcome
from ragapp.services.views import QueryRequest, RunSnapshot, RunStarted
from ragapp.store.store import Store, TenantTransaction

_CHECKPOINT_S = 1.0
_HISTORY_MESSAGES = 12
_log = structlog.get_logger(__name__)


class RunService:
    """Starts, follows and stops answers. Followers may come, go and come back; the run goes on."""

    def __init__(self, store: Store, flow: AnswerFlow, clock: Clock) -> None:
        self._store = store
        self._flow = flow
        self._clock = clock
        self._runs: dict[RunId, Run] = {}

    async def ask(
        self, scope: TenantScope, *, chat_id: ChatId | None, text: str, options: QueryRequest | None = None
    ) -> RunStarted:
        """Store a question and start answering it.

        Args:
            scope: Who asks.
            chat_id: The chat to continue; None starts a new one.
            text: The question.
            options: Search options of a program; the composer has none.

        Raises:
            EmptyQuestion, QuestionTooLong: nothing was stored. NotFound, PermissionDenied: not the caller's chat,
            knowledge base or document. AnswerInProgress: the chat's last answer is still being written.
        """
        require(scope, Permission.CHAT)
        question = clean_question(text, self._flow.max_question_characters)
        if options is not None:
            await self._flow.check(scope, replace(options, text=question))
        async with self._store.begin(scope) as tx:
            chat = await self._open_chat(tx, scope, chat_id, question)
            earlier = await tx.messages.list_before(ChatId(chat.id), limit=_HISTORY_MESSAGES, before=None)
            asked = await tx.messages.append(new_question(scope, chat, question, self._clock))
            answer = await tx.messages.append(new_answer(scope, chat, self._clock))
            await tx.chats.touch(chat)
        history = history_of(list(reversed(earlier)))
        request = replace(options or QueryRequest(text=question), text=question, chat_id=ChatId(chat.id))
        return self._start(scope, chat, asked, answer, request, history)

    async def regenerate(self, scope: TenantScope, message_id: MessageId) -> RunStarted:
        """Answer the same question again; the new answer takes the place of the old one.

        Raises:
            NotFound, PermissionDenied: not the caller's chat. InvalidInput: not an answer.
            AnswerInProgress: the chat's last answer is still being written.
        """
        async with self._store.begin(scope) as tx:
            old = await readable_message(tx, message_id)
            chat = await writable_chat(tx, scope, ChatId(old.chat_id))
            await self._ensure_idle(tx, chat)
            asked = await tx.messages.question_before(old)
            if old.role != "assistant" or asked is None:
                raise InvalidInput("Only an answer can be written again.")
            earlier = await tx.messages.list_before(ChatId(chat.id), limit=_HISTORY_MESSAGES, before=asked.position)
            answer = await tx.messages.replace(old, new_answer(scope, chat, self._clock))
            await tx.chats.touch(chat)
        request = QueryRequest(text=asked.text, chat_id=ChatId(chat.id))
        return self._start(scope, chat, asked, answer, request, history_of(list(reversed(earlier))))

    async def follow(
        self, scope: TenantScope, run_id: RunId, *, min_interval_s: float = 0.1
    ) -> AsyncGenerator[RunSnapshot]:
        """Yield what changed since the last snapshot: at once, then at most every `min_interval_s`, except
        that the first words and the end wait for nothing; the last is `done`.

        Raises:
            NotFound: no such run, or not in a chat the caller may read.
        """
        await self._ensure_readable(scope, run_id)
        run = self._runs.get(run_id)
        sent = 0
        while run is not None and not run.finished:
            yield _snapshot(run, sent)
            sent, shown_at, is_silent = len(run.blocks), time.monotonic(), not run.text
            await run.wait_for_change()
            await _gather_changes(run, shown_at + min_interval_s - time.monotonic(), is_silent=is_silent)
        yield await self._final_snapshot(scope, run_id, run, sent)

    async def stop(self, scope: TenantScope, run_id: RunId) -> None:
        """Stop an answer and keep what was written; a finished run is left as it is.

        Raises:
            NotFound: no such run, or not readable. PermissionDenied: readable only.
        """
        async with self._store.read(scope) as tx:
            message = await tx.messages.find_by_run(run_id)
            if message is None:
                raise NotFound
            await writable_chat(tx, scope, ChatId(message.chat_id))
        run = self._runs.get(run_id)
        if run is not None and run.task is not None and not run.finished:
            run.stop_requested = True
            run.task.cancel()
            while not run.finished:
                await run.wait_for_change()

    async def iter_events(self, scope: TenantScope, run_id: RunId) -> AsyncGenerator[AnswerEvent]:
        """Yield the events of a run of this process from its beginning; exactly one terminal event, last.

        Raises:
            NotFound: no such run of the caller here.
        """
        await self._ensure_readable(scope, run_id)
        run = self._runs.get(run_id)
        if run is None or (run.tenant_id, run.user_id) != (scope.tenant_id, scope.user_id):
            raise NotFound
        async for event in run.iter_events():
            yield event

    async def interrupt_unfinished(self, scope: TenantScope) -> int:
        """At start: mark the tenant's answers that a dead process left behind, keeping their text."""
        async with self._store.begin(scope) as tx:
            return await tx.messages.interrupt_unfinished()

    async def close(self) -> None:
        """Stop every run, keeping what was written."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ensure_readable(self, scope: TenantScope, run_id: RunId) -> None:
        async with self._store.read(scope) as tx:
            message = await tx.messages.find_by_run(run_id)
            if message is None:
                raise NotFound
            await tx.chats.get(ChatId(message.chat_id))

    async def _open_chat(
        self, tx: TenantTransaction, scope: TenantScope, chat_id: ChatId | None, question: str
    ) -> Chat:
        if chat_id is None:
            return await tx.chats.add(new_chat(scope, title_of(question), self._clock))
        chat = await writable_chat(tx, scope, chat_id)
        await self._ensure_idle(tx, chat)
        chat.title = chat.title or title_of(question)
        return chat

    async def _ensure_idle(self, tx: TenantTransaction, chat: Chat) -> None:
        if await tx.messages.active_runs([chat.id]):
            raise AnswerInProgress

    def _start(
        self,
        scope: TenantScope,
        chat: Chat,
        asked: Message,
        answer: Message,
        request: QueryRequest,
        history: list[tuple[str, str]],
    ) -> RunStarted:
        run = Run(
            id=RunId(answer.run_id or ""),
            tenant_id=scope.tenant_id,
            user_id=scope.user_id,
            chat_id=ChatId(chat.id),
            message_id=MessageId(answer.id),
        )
        self._runs[run.id] = run
        run.task = asyncio.create_task(self._drive(scope, run, request, history))
        return RunStarted(
            run.id, chat_view(chat, answer.position, run.id), message_view(asked), message_view(answer)
        )

    async def _drive(
        self, scope: TenantScope, run: Run, request: QueryRequest, history: list[tuple[str, str]]
    ) -> None:
        checkpoint = asyncio.create_task(self._save_regularly(scope, run))
        outcome: AnswerEvent | None = None
        try:
            async with contextlib.aclosing(self._flow.stream(scope, request, history)) as events:
                async for event in events:
                    if isinstance(event, AnswerDone | AnswerFailed):
                        outcome = event
                    else:
                        run.record(event)
        except asyncio.CancelledError:
            outcome = None
        except RagAppError as error:
            outcome = AnswerFailed(error.code, error.user_message, run.text)
        except Exception:
            _log.exception("run.crashed", run_id=run.id)
            outcome = AnswerFailed("defect", "Something went wrong on our side. It has been recorded.", run.text)
        finally:
            checkpoint.cancel()
            finished = outcome if isinstance(outcome, AnswerDone | AnswerFailed) else stopped_by_hand(run)
            await asyncio.shield(asyncio.create_task(self._finish(scope, run, finished)))

    async def _finish(self, scope: TenantScope, run: Run, outcome: AnswerDone | AnswerFailed) -> None:
        try:
            async with self._store.begin(scope) as tx:
                message = await tx.messages.get(run.message_id)
                write_outcome(message, outcome, was_stop_requested=run.stop_requested)
                message.finished_at = self._clock.now()
                message.timings = {**message.timings, "total": round(run.elapsed_s * 1000, 1)}
        except NotFound:
            _log.info("run.chat_deleted", run_id=run.id)
        finally:
            run.record(outcome)
            run.finish()
            asyncio.get_running_loop().call_later(60.0, self._runs.pop, run.id, None)

    async def _save_regularly(self, scope: TenantScope, run: Run) -> None:
        saved = ""
        while True:
            await asyncio.sleep(_CHECKPOINT_S)
            if run.text != saved:
                saved = run.text
                with contextlib.suppress(NotFound):
                    async with self._store.begin(scope) as tx:
                        (await tx.messages.get(run.message_id)).text = saved

    async def _final_snapshot(self, scope: TenantScope, run_id: RunId, run: Run | None, sent: int) -> RunSnapshot:
        async with self._store.read(scope) as tx:
            message = await tx.messages.find_by_run(run_id)
            if message is None:
                raise NotFound
            await tx.chats.get(ChatId(message.chat_id))
        view = message_view(message)
        return RunSnapshot(
            run_id=run_id,
            new_blocks=view.blocks[sent:],
            tail="",
            stage=Stage.ANSWERING,
            count=run.count if run else 0,
            elapsed_s=run.elapsed_s if run else view.duration_ms / 1000,
            sources=view.sources,
            done=True,
            message=view,
        )


async def _gather_changes(run: Run, longest_s: float, *, is_silent: bool) -> None:
    """Wait for more to show; the first words after silence and the end are worth showing at once."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            while not run.finished and not (is_silent and run.text):
                await run.wait_for_change()


def _snapshot(run: Run, sent: int) -> RunSnapshot:
    return RunSnapshot(
        run_id=run.id,
        new_blocks=tuple(run.blocks[sent:]),
        tail=run.tail,
        stage=run.stage,
        count=run.count,
        elapsed_s=run.elapsed_s,
        sources=tuple(run.sources),
        done=False,
    )
