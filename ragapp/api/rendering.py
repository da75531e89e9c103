"""JSON answers that skip the framework's validation: the search path and everything that carries passages."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response

from ragapp.core.events import AnswerDone
from ragapp.core.evidence import Passage, Source
from ragapp.core.ids import ChatId, MessageId, new_id
from ragapp.services.views import MessageView, SearchResult

_PASSAGE_FIELDS = tuple(Passage.__dataclass_fields__)
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def encode(payload: object) -> bytes:
    """Return `payload` as JSON; dataclasses become objects, aware times become RFC 3339 UTC."""
    return orjson.dumps(payload, option=_OPTIONS)


def render_json(payload: object, status: int = 200) -> Response:
    """Return `payload` as a JSON response."""
    return Response(encode(payload), status, media_type="application/json")


def search_answer(result: SearchResult) -> Mapping[str, Any]:
    """Return a `schemas.answers.SearchAnswer`."""
    return {
        "language_detected": result.language_detected,
        "passages": result.passages,
        "timings_ms": result.timings_ms,
        "searched_count": result.searched_count,
    }


def source_answer(source: Source) -> dict[str, Any]:
    """Return a `schemas.answers.Source`: the passage's fields and the citation's, side by side."""
    passage = source.passage
    return {
        **{name: getattr(passage, name) for name in _PASSAGE_FIELDS},
        "n": source.n,
        "quote": source.quote,
        "quote_start": source.quote_start,
        "quote_end": source.quote_end,
        "url": source.url,
    }


def query_answer(
    done: AnswerDone, elapsed_s: float, *, chat_id: ChatId | None = None, message_id: MessageId | None = None
) -> dict[str, Any]:
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
        "unsupported": summary.unsupported,
        "generator": summary.generator,
        "response_time_s": round(elapsed_s, 4),
        "stopped": summary.stopped,
        "timings_ms": summary.timings_ms,
        "chat_id": chat_id,
        "message_id": message_id,
    }


def debug_answer(done: AnswerDone) -> dict[str, Any]:
    """Return what tenants with debug mode on are told besides: how an answer came about."""
    summary = done.summary
    details = {
        "timings_ms": summary.timings_ms,
        "scores": [{"n": source.n, "score": source.passage.score} for source in summary.sources],
        "dropped_marker_count": summary.dropped_marker_count,
        "tokens_in": summary.tokens_in,
        "tokens_out": summary.tokens_out,
    }
    return {"debug": details}


def message_answer(message: MessageView) -> dict[str, Any]:
    """Return a `schemas.chats.Message`."""
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "role": message.role,
        "status": message.status,
        "text": message.text,
        "created_at": message.created_at,
        "answerable": message.answerable,
        "confidence": message.confidence,
        "support": message.support,
        "language": message.language,
        "generator": message.generator,
        "sources": [source_answer(source) for source in message.sources],
        "unsupported": message.unsupported,
        "error": message.error,
        "run_id": message.run_id,
        "feedback": message.feedback,
        "duration_s": message.duration_ms / 1000,
        "author_name": message.author_name,
        "withheld_count": message.withheld_count,
        "is_withheld": message.is_withheld,
    }
