"""One question, one answer: what programs ask for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from ragapp.core.errors import Unavailable
from ragapp.core.events import AnswerDone, AnswerEvent, AnswerFailed, TurnStored
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.services.chat.answer_usage import amounts_of
from ragapp.services.chat.answering import AnswerFlow
from ragapp.services.chat.runs import RunService
from ragapp.services.retrieval.questions import clean_question
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.rule_views import Operation
from ragapp.services.views import QueryRequest
from ragapp.store.store import Store


class AnswerService:
    """Answers with or without a chat. In a chat the turn is stored and the answer survives a lost connection."""

    def __init__(self, store: Store, flow: AnswerFlow, runs: RunService, limits: LimitService) -> None:
        self._store = store
        self._flow = flow
        self._runs = runs
        self._limits = limits

    async def stream(self, scope: TenantScope, request: QueryRequest) -> AsyncGenerator[AnswerEvent]:
        """Yield what happens while answering; exactly one `AnswerDone` or `AnswerFailed`, last.

        With `request.chat_id` the first event is `TurnStored`.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput, NotFound, PermissionDenied, AnswerInProgress, RateLimited:
                before the first event; nothing was stored.
        """
        require(scope, Permission.CHAT)
        require(scope, Permission.SEARCH)
        text = clean_question(request.text, self._flow.max_question_characters)
        request = replace(request, text=text)
        if request.chat_id is None:
            await self._flow.check(scope, request)
            await self._limits.admit(scope, Operation.ASK)
            async with aclosing(self._answer(scope, request)) as events:
                async for event in events:
                    yield event
            return
        started = await self._runs.ask(scope, chat_id=request.chat_id, text=text, options=request)
        yield TurnStored(started.chat.id, started.answer.id)
        async with aclosing(self._runs.iter_events(scope, started.run_id)) as events:
            async for event in events:
                yield event


    async def _answer(self, scope: TenantScope, request: QueryRequest) -> AsyncGenerator[AnswerEvent]:
        """Yield the events of an answer that nobody keeps; that it was asked for is written down however it ends."""
        outcome: AnswerDone | AnswerFailed | None = None
        try:
            async with aclosing(self._flow.stream(scope, request, request.history)) as events:
                async for event in _ending_well(events):
                    if isinstance(event, AnswerDone | AnswerFailed):
                        outcome = event
                    yield event
        finally:
            await asyncio.shield(asyncio.create_task(self._note(scope, outcome)))

    async def _note(self, scope: TenantScope, outcome: AnswerDone | AnswerFailed | None) -> None:
        amounts = amounts_of(outcome) if outcome is not None else {}
        async with self._store.begin(scope) as tx:
            await tx.usage.add(scope.user_id, questions=1, **amounts)


async def _ending_well(events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
    """Turn a dependency's failure on the way into the terminal event; the caller's own errors stay errors."""
    try:
        async for event in events:
            yield event
    except Unavailable as error:
        yield AnswerFailed(error.code, error.user_message, retry_after_s=5)
