"""Questions: one JSON answer, or the same answer as a stream of events."""

from collections.abc import AsyncGenerator, AsyncIterator
from time import perf_counter
from typing import Any

from fastapi import Request, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.problems import problem_of_code, render_problem
from ragapp.api.questions import ensure_askable
from ragapp.api.rendering import render_json, source_answer
from ragapp.api.routes import caller_router
from ragapp.api.schemas.answers import Query, QueryAnswer
from ragapp.api.streams import EVENT_STREAM, cancelling_when_gone, closing, encode_event, open_stream
from ragapp.core.errors import InvariantBroken
from ragapp.core.events import (
    AnswerDone,
    AnswerEvent,
    AnswerFailed,
    CitationAdded,
    PassagesFound,
    StageChanged,
    TextDelta,
)
from ragapp.core.ids import ChatId, new_id
from ragapp.services.registry import current

router = caller_router("query")


@router.post("/query", response_model=QueryAnswer)
async def answer_question(request: Request, body: Query, scope: CallerScope) -> Response:
    """Answer a question from the caller's documents, with sources."""
    ensure_askable(body.text)
    started = perf_counter()
    async with cancelling_when_gone(request.receive):
        end = await _last_event(current().answers.stream(scope, body.to_request()))
    if isinstance(end, AnswerFailed):
        return render_problem(problem_of_code(end.code, end.message, end.retry_after_s))
    return render_json(_answer(end, started, body.chat_id))


@router.post("/query/stream", response_class=Response, responses=EVENT_STREAM)
async def stream_answer(body: Query, scope: CallerScope) -> Response:
    """Stream an answer: `status`, `passages`, `citation` and `delta` events, then exactly one `done` or `error`."""
    ensure_askable(body.text)
    return await open_stream(_encoded(current().answers.stream(scope, body.to_request()), body.chat_id))


async def _last_event(events: AsyncIterator[AnswerEvent]) -> AnswerDone | AnswerFailed:
    async with closing(events):
        async for event in events:
            if isinstance(event, AnswerDone | AnswerFailed):
                return event
    raise InvariantBroken("An answer ended without its last event.")


async def _encoded(events: AsyncIterator[AnswerEvent], chat_id: ChatId | None) -> AsyncGenerator[bytes]:
    started = perf_counter()
    async with closing(events):
        async for event in events:
            yield encode_event(*_named(event, started, chat_id))
            if isinstance(event, AnswerDone | AnswerFailed):
                return
    raise InvariantBroken("An answer ended without its last event.")


def _named(event: AnswerEvent, started: float, chat_id: ChatId | None) -> tuple[str, object]:
    """Return the name and the data of one event as clients see it."""
    match event:
        case StageChanged(stage, count):
            return "status", {"stage": stage, "count": count}
        case PassagesFound(passages, language):
            return "passages", {"language_detected": language, "passages": passages}
        case TextDelta(text):
            return "delta", {"text": text}
        case CitationAdded(source):
            return "citation", source_answer(source)
        case AnswerDone():
            return "done", _answer(event, started, chat_id)
        case AnswerFailed(code, message, _, retry_after_s):
            return "error", problem_of_code(code, message, retry_after_s)


def _answer(done: AnswerDone, started: float, chat_id: ChatId | None) -> dict[str, Any]:
    """Return a `schemas.answers.QueryAnswer`."""
    summary = done.summary
    return {
        "query_id": new_id(),
        "answer": done.text,
        "answerable": summary.answerable,
        "confidence": summary.confidence,
        "support": summary.support,
        "language_detected": summary.language,
        "sources": [source_answer(source) for source in summary.sources],
        "generator": summary.generator,
        "response_time_s": round(perf_counter() - started, 4),
        "stopped": summary.stopped,
        "timings_ms": summary.timings_ms,
        "chat_id": chat_id,
        "message_id": None,
    }
