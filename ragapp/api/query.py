"""Questions: one JSON answer, or the same answer as a stream of events."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import perf_counter
from typing import Any

from fastapi import Request, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.problems import problem_of_code, render_problem
from ragapp.api.rendering import debug_answer, query_answer, render_json, source_answer
from ragapp.api.routes import counted_router
from ragapp.api.schemas.answers import Query, QueryAnswer
from ragapp.api.streams import cancelling_when_gone, closing, describe_stream, encode_event, open_stream
from ragapp.core.errors import InvariantBroken
from ragapp.core.events import (
    AnswerDone,
    AnswerEvent,
    AnswerFailed,
    CitationAdded,
    PassagesFound,
    StageChanged,
    TextDelta,
    TurnStored,
)
from ragapp.core.flags import Flag
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation

router = counted_router("query", Operation.ASK)

_VisibleEvent = StageChanged | PassagesFound | TextDelta | CitationAdded | AnswerDone | AnswerFailed
_EVENTS = describe_stream("status", "passages", "delta", "citation", "done")
_NO_END = "An answer ended without its last event."


@router.post("/query", response_model=QueryAnswer)
async def answer_question(request: Request, body: Query, scope: CallerScope) -> Response:
    """Answer a question from the caller's documents, with sources."""
    telling = await _begin(scope, body)
    async with cancelling_when_gone(request.receive):
        end = await telling.last()
    if isinstance(end, AnswerFailed):
        return render_problem(problem_of_code(end.code, end.message, end.retry_after_s))
    return render_json(telling.answer(end))


@router.post("/query/stream", response_class=Response, responses=_EVENTS)
async def stream_answer(body: Query, scope: CallerScope) -> Response:
    """Stream an answer: `status`, `passages`, `citation` and `delta` events, then exactly one `done` or `error`."""
    telling = await _begin(scope, body)
    return await open_stream(telling.encoded())


async def _begin(scope: TenantScope, body: Query) -> "_Telling":
    has_details = await current().flags.is_on(scope, Flag.DEBUG_MODE)
    return _Telling(_watched(scope, body), has_details=has_details)


def _watched(scope: TenantScope, body: Query) -> AsyncIterator[AnswerEvent]:
    """Answer as long as the caller may have it: suspended, removed or revoked, they get no further word."""
    return current().vigil.over(scope, current().answers.stream(scope, body.to_request()), Permission.CHAT)


class _Telling:
    """One answer on its way to a client; remembers when it began and where it is stored."""

    def __init__(self, events: AsyncIterator[AnswerEvent], *, has_details: bool) -> None:
        self._events = events
        self._has_details = has_details
        self._started = perf_counter()
        self._turn: TurnStored | None = None

    async def encoded(self) -> AsyncGenerator[bytes]:
        """Yield the answer as server-sent events."""
        async with aclosing(self._visible()) as events:
            async for event in events:
                yield encode_event(*self._named(event))

    async def last(self) -> AnswerDone | AnswerFailed:
        """Wait for the end of the answer and return it."""
        async with aclosing(self._visible()) as events:
            async for event in events:
                if isinstance(event, AnswerDone | AnswerFailed):
                    return event
        raise InvariantBroken(_NO_END)

    def answer(self, done: AnswerDone) -> dict[str, Any]:
        """Return a `schemas.answers.QueryAnswer`."""
        elapsed_s, details = perf_counter() - self._started, debug_answer(done) if self._has_details else {}
        if self._turn is None:
            return query_answer(done, elapsed_s) | details
        turn = self._turn
        return query_answer(done, elapsed_s, chat_id=turn.chat_id, message_id=turn.message_id) | details

    async def _visible(self) -> AsyncGenerator[_VisibleEvent]:
        """Yield what clients may see, up to and including the last event."""
        async with closing(self._events) as events:
            async for event in events:
                if isinstance(event, TurnStored):
                    self._turn = event
                    continue
                yield event
                if isinstance(event, AnswerDone | AnswerFailed):
                    return
        raise InvariantBroken(_NO_END)

    def _named(self, event: _VisibleEvent) -> tuple[str, object]:
        """Return the name and the data of one event as clients see it."""
        match event:
            case StageChanged():
                return "status", {"stage": event.stage, "count": event.count}
            case PassagesFound():
                return "passages", {"language_detected": event.language, "passages": event.passages}
            case TextDelta():
                return "delta", {"text": event.text}
            case CitationAdded():
                return "citation", source_answer(event.source)
            case AnswerDone():
                return "done", self.answer(event)
            case AnswerFailed():
                return "error", problem_of_code(event.code, event.message, event.retry_after_s)
