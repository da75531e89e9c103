"""One question, one answer: what programs ask for."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from ragapp.core.errors import Unavailable
from ragapp.core.events import AnswerEvent, AnswerFailed, TurnStored
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.services.answering import AnswerFlow
from ragapp.services.questions import clean_question
from ragapp.services.runs import RunService
from ragapp.services.views import QueryRequest


class AnswerService:
    """Answers with or without a chat. In a chat the turn is stored and the answer survives a lost connection."""

    def __init__(self, flow: AnswerFlow, runs: RunService) -> None:
        self._flow = flow
        self._runs = runs

    async def stream(self, scope: TenantScope, request: QueryRequest) -> AsyncGenerator[AnswerEvent]:
        """Yield what happens while answering; exactly one `AnswerDone` or `AnswerFailed`, last.

        With `request.chat_id` the first event is `TurnStored`.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput, NotFound, PermissionDenied, AnswerInProgress: before the
                first event; nothing was stored.
        """
        require(scope, Permission.CHAT)
        text = clean_question(request.text, self._flow.max_question_characters)
        request = replace(request, text=text)
        if request.chat_id is None:
            await self._flow.check(scope, request)
            async with aclosing(self._flow.stream(scope, request, request.history)) as events:
                async for event in _ending_well(events):
                    yield event
            return
        started = await self._runs.ask(scope, chat_id=request.chat_id, text=text, options=request)
        yield TurnStored(started.chat.id, started.answer.id)
        async with aclosing(self._runs.iter_events(scope, started.run_id)) as events:
            async for event in events:
                yield event


async def _ending_well(events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
    """Turn a dependency's failure on the way into the terminal event; the caller's own errors stay errors."""
    try:
        async for event in events:
            yield event
    except Unavailable as error:
        yield AnswerFailed(error.code, error.user_message, retry_after_s=5)
