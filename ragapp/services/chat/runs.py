"""Runs: one answer being produced, owned by the service and not by the tab that asked.

A question and its unfinished answer are committed before any work starts; the final text, sources and confidence in one
short transaction at the end, shielded from cancellation. Between the two no transaction is open.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import replace

import structlog

from ragapp.core.errors import AnswerInProgress, Defect, InvalidInput, NotFound, PermissionDenied, RagAppError
from ragapp.core.events import AnswerDone, AnswerEvent, AnswerFailed, Stage
from ragapp.core.ids import ChatId, MessageId, RunId, TenantId
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, PlatformScope, TenantScope, require
from ragapp.models import Chat, Message
from ragapp.services.chat.answer_usage import amounts_of
from ragapp.services.chat.answering import AnswerFlow
from ragapp.services.chat.chat_views import load_chat_views, load_message_views
from ragapp.services.chat.chats import history_of, new_chat, readable_message, writable_chat
from ragapp.services.chat.run import Run
from ragapp.services.chat.run_records import new_answer, new_question, stopped_by_hand, title_of, write_outcome
from ragapp.services.chat.watching import RECHECK_S, Watch
from ragapp.services.retrieval.questions import clean_question
from ragapp.services.retrieval.withholding import author_of, shown_to
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.views import QueryRequest, RunSnapshot, RunStarted
from ragapp.store.store import Store, TenantTransaction

_CHECKPOINT_S = 1.0
_HISTORY_MESSAGES = 12
_log = structlog.get_logger(__name__)


class RunService:
    """Starts, follows and stops answers. Followers may come, go and come back; the run goes on."""

    def __init__(self, store: Store, flow: AnswerFlow, clock: Clock, limits: LimitService) -> None:
        self._store = store
        self._flow = flow
        self._limits = limits
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
            RateLimited: too many questions for now.
        """
        require(scope, Permission.CHAT)
        require(scope, Permission.SEARCH)
        question = clean_question(text, self._flow.max_question_characters)
        if options is not None:
            await self._flow.check(scope, replace(options, text=question))
        if chat_id is not None:
            await self._ensure_can_ask(scope, chat_id)
        await self._limits.admit(scope, Operation.ASK)
        async with self._store.begin(scope) as tx:
            chat = await self._open_chat(tx, scope, chat_id, question)
            await tx.usage.add(scope.user_id, questions=1)
            earlier = await tx.messages.list_before(ChatId(chat.id), limit=_HISTORY_MESSAGES, before=None)
            asked = await tx.messages.append(new_question(scope, chat, question, self._clock))
            answer = await tx.messages.append(new_answer(scope, chat, self._clock))
            await tx.chats.touch(chat)
            turn = await _told(tx, scope, chat, asked, answer)
            history = await _history(tx, scope, chat, earlier)
        request = replace(options or QueryRequest(text=question), text=question, chat_id=ChatId(chat.id))
        return self._start(scope, turn, request, history)

    async def regenerate(self, scope: TenantScope, message_id: MessageId) -> RunStarted:
        """Answer the same question again; the new answer takes the place of the old one.

        Raises:
            NotFound, PermissionDenied: not the caller's chat, nor an answer to them. InvalidInput: not an answer.
            AnswerInProgress: the chat's last answer is still being written. RateLimited: too many questions for now.
        """
        async with self._store.read(scope) as tx:
            await self._answered(tx, scope, await readable_message(tx, message_id))
        await self._limits.admit(scope, Operation.ASK)
        async with self._store.begin(scope) as tx:
            old = await readable_message(tx, message_id)
            chat = await writable_chat(tx, scope, ChatId(old.chat_id))
            asked = await self._answered(tx, scope, old)
            await tx.usage.add(scope.user_id, questions=1)
            earlier = await tx.messages.list_before(ChatId(chat.id), limit=_HISTORY_MESSAGES, before=asked.position)
            answer = await tx.messages.replace(old, new_answer(scope, chat, self._clock))
            await tx.chats.touch(chat)
            turn = await _told(tx, scope, chat, asked, answer)
            history = await _history(tx, scope, chat, earlier)
        request = QueryRequest(text=asked.text, chat_id=ChatId(chat.id))
        return self._start(scope, turn, request, history)

    async def follow(
        self, scope: TenantScope, run_id: RunId, *, min_interval_s: float = 0.1
    ) -> AsyncGenerator[RunSnapshot]:
        """Yield what changed since the last snapshot: at once, then at most every `min_interval_s`, except
        that the first words and the end wait for nothing; the last is `done`.

        Raises:
            NotFound: no such run, or not in a chat the caller may read, or not any more.
        """
        await self._ensure_readable(scope, run_id)
        run = self._runs.get(run_id)
        watch = Watch(self._store, scope, run) if run is not None else None
        sent = 0
        while run is not None and watch is not None and not run.finished:
            is_open = await watch.look()
            yield _snapshot(run, sent) if is_open else _progress(run)
            sent, shown_at, is_silent = len(run.blocks) if is_open else 0, time.monotonic(), not run.text
            while not await run.wait_at_most(RECHECK_S):
                await watch.look()
            await _gather_changes(run, shown_at + min_interval_s - time.monotonic(), is_silent=is_silent)
        yield await self._final_snapshot(scope, run_id, run, sent)

    async def stop(self, scope: TenantScope, run_id: RunId) -> None:
        """Stop an answer and keep what was written; a finished run is left as it is.

        Raises:
            NotFound: no such run, or not readable. PermissionDenied: readable only, or an answer to somebody else.
        """
        async with self._store.read(scope) as tx:
            message = await tx.messages.find_by_run(run_id)
            if message is None:
                raise NotFound
            _ensure_concerned(scope, await writable_chat(tx, scope, ChatId(message.chat_id)), message)
        run = self._runs.get(run_id)
        if run is not None and run.task is not None and not run.finished:
            run.stop_requested = True
            run.task.cancel()
            while not run.finished:
                await run.wait_for_change()

    async def iter_events(self, scope: TenantScope, run_id: RunId) -> AsyncGenerator[AnswerEvent]:
        """Yield the events of a run of this process from its beginning; exactly one terminal event, last.

        Raises:
            NotFound: no such run of the caller here, or its chat is not readable any more.
        """
        await self._ensure_readable(scope, run_id)
        run = self._runs.get(run_id)
        if run is None or (run.tenant_id, run.user_id) != (scope.tenant_id, scope.user_id):
            raise NotFound
        watch = Watch(self._store, scope, run)
        async for event in run.iter_events():
            await watch.look()
            yield event

    async def interrupt_unfinished(self, scope: TenantScope) -> int:
        """At start: mark the tenant's answers that a dead process left behind, keeping their text."""
        async with self._store.begin(scope) as tx:
            return await tx.messages.interrupt_unfinished()

    async def halt(self, scope: PlatformScope, tenant_id: TenantId) -> None:  # noqa: ARG002 - the right to do so
        """Stop the answers being written for a tenant that may not work now, keeping what was written."""
        await _cancel(run for run in self._runs.values() if run.tenant_id == tenant_id)

    async def close(self) -> None:
        """Stop every run, keeping what was written."""
        await _cancel(self._runs.values())

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

    async def _ensure_can_ask(self, scope: TenantScope, chat_id: ChatId) -> None:
        """Refuse what would be refused anyway before it counts."""
        async with self._store.read(scope) as tx:
            chat = await tx.chats.get(chat_id)
            if not await tx.chats.may_write(chat):
                raise PermissionDenied
            await self._ensure_idle(tx, chat)

    async def _answered(self, tx: TenantTransaction, scope: TenantScope, answer: Message) -> Message:
        """Return the question of an answer that may be written again."""
        chat = await tx.chats.get(ChatId(answer.chat_id))
        require(scope, Permission.CHAT)
        require(scope, Permission.SEARCH)
        if not await tx.chats.may_write(chat):
            raise PermissionDenied
        _ensure_concerned(scope, chat, answer)
        await self._ensure_idle(tx, chat)
        asked = await tx.messages.question_before(answer)
        if answer.role != "assistant" or asked is None:
            raise InvalidInput("Only an answer can be written again.")
        return asked

    async def _ensure_idle(self, tx: TenantTransaction, chat: Chat) -> None:
        if await tx.messages.active_runs([chat.id]):
            raise AnswerInProgress

    def _start(
        self,
        scope: TenantScope,
        turn: RunStarted,
        request: QueryRequest,
        history: list[tuple[str, str]],
    ) -> RunStarted:
        run = Run(
            id=turn.run_id,
            tenant_id=scope.tenant_id,
            user_id=scope.user_id,
            chat_id=turn.chat.id,
            message_id=turn.answer.id,
        )
        self._runs[run.id] = run
        run.task = asyncio.create_task(self._drive(scope, run, request, history))
        return turn

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
            outcome = AnswerFailed(Defect.code, Defect.default_message, run.text)
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
                await tx.usage.add(scope.user_id, **amounts_of(outcome))
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
            chat = await tx.chats.get(ChatId(message.chat_id))
            view = (await load_message_views(tx, scope, chat, [message]))[0]
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


async def _cancel(runs: Iterable[Run]) -> None:
    tasks = [run.task for run in runs if run.task is not None and not run.finished]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _gather_changes(run: Run, longest_s: float, *, is_silent: bool) -> None:
    """Wait for more to show; the first words after silence and the end are worth showing at once."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            while not run.finished and not (is_silent and run.text):
                await run.wait_for_change()


async def _told(
    tx: TenantTransaction, scope: TenantScope, chat: Chat, asked: Message, answer: Message
) -> RunStarted:
    """Return what the asker is told of a turn that begins."""
    run_id = RunId(answer.run_id or "")
    views = await load_chat_views(tx, scope, [(chat, answer.position, run_id)])
    question, unfinished = await load_message_views(tx, scope, chat, [asked, answer])
    return RunStarted(run_id, views[0], question, unfinished)


async def _history(
    tx: TenantTransaction, scope: TenantScope, chat: Chat, latest_first: Sequence[Message]
) -> list[tuple[str, str]]:
    """Return the turns before, as far as the asker sees them: what is kept from them must not come back."""
    messages = list(reversed(latest_first))
    return history_of(messages, await shown_to(tx, scope, chat, messages))


def _ensure_concerned(scope: TenantScope, chat: Chat, answer: Message) -> None:
    """Check that the caller asked, or owns the chat: others who may write leave each other's answers alone.

    Raises:
        PermissionDenied: neither.
    """
    if scope.user_id not in (author_of(answer, chat), chat.owner_id):
        raise PermissionDenied("This answer was written for somebody else. Ask the question yourself.")


def _progress(run: Run) -> RunSnapshot:
    """Return how far a run is, without a word of what it writes."""
    return replace(_snapshot(run, len(run.blocks)), tail="", sources=())


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
