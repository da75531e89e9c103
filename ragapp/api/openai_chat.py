"""`/v1/chat/completions`: questions from any client that speaks OpenAI's interface."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi import Request, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.openai_completion import Completion
from ragapp.api.openai_errors import encode_openai_failure
from ragapp.api.openai_models import ensure_model
from ragapp.api.openai_usage import estimate_tokens
from ragapp.api.problems import HttpProblem, problem_of_code, status_of_code
from ragapp.api.rendering import encode, render_json
from ragapp.api.routes import counted_router
from ragapp.api.schemas.openai import CHAT_STREAM, ChatCompletion, ChatCompletionAnswer
from ragapp.api.streams import cancelling_when_gone, closing, open_stream
from ragapp.core.errors import InvariantBroken
from ragapp.core.events import AnswerDone, AnswerEvent, AnswerFailed, PassagesFound, TextDelta
from ragapp.core.scope import Permission
from ragapp.services.registry import current
from ragapp.services.tenancy.rule_views import Operation

router = counted_router("openai", Operation.ASK)

_Told = PassagesFound | TextDelta | AnswerDone | AnswerFailed
_NO_END = "An answer ended without its last event."
_DONE = b"data: [DONE]\n\n"


@router.post("/chat/completions", response_model=ChatCompletionAnswer, responses=CHAT_STREAM)
async def complete(request: Request, body: ChatCompletion, scope: CallerScope) -> Response:
    """Answer the last message of the user from the caller's documents; earlier turns are context."""
    prompt_tokens = sum(estimate_tokens(message.text()) for message in body.messages)
    completion = Completion.begin(ensure_model(body.model), prompt_tokens)
    answer = current().answers.stream(scope, body.to_request())
    events = current().vigil.over(scope, answer, Permission.CHAT)
    if body.stream:
        chunks = _chunks(completion, events, with_usage=body.wants_usage())
        return await open_stream(chunks, encode_openai_failure)
    async with cancelling_when_gone(request.receive):
        return render_json(completion.answer(await _end_of(events)))


async def _end_of(events: AsyncIterator[AnswerEvent]) -> AnswerDone:
    async with aclosing(_told(events)) as told:
        async for event in told:
            if isinstance(event, AnswerFailed):
                raise _problem(event)
            if isinstance(event, AnswerDone):
                return event
    raise InvariantBroken(_NO_END)


async def _chunks(
    completion: Completion, events: AsyncIterator[AnswerEvent], *, with_usage: bool
) -> AsyncGenerator[bytes]:
    """Yield the answer as `chat.completion.chunk` events.

    The first goes out once passages are found: what is refused before has its own status, and a slow model does not
    keep the client waiting for headers.
    """
    begun = False
    async with aclosing(_told(events)) as told:
        async for event in told:
            if isinstance(event, AnswerFailed):
                if not begun:
                    raise _problem(event)
                yield encode_openai_failure(problem_of_code(event.code, event.message, event.retry_after_s))
                return
            if not begun:
                begun = True
                yield _data(completion.opening(with_usage=with_usage))
            if isinstance(event, TextDelta):
                yield _data(completion.piece(event.text, with_usage=with_usage))
            elif isinstance(event, AnswerDone):
                yield _data(completion.closing(event, with_usage=with_usage))
                if with_usage:
                    yield _data(completion.usage(event))
                yield _DONE


async def _told(events: AsyncIterator[AnswerEvent]) -> AsyncGenerator[_Told]:
    """Yield what a completion tells of, up to and including the last event."""
    async with closing(events):
        async for event in events:
            if isinstance(event, _Told):
                yield event
            if isinstance(event, AnswerDone | AnswerFailed):
                return
    raise InvariantBroken(_NO_END)


def _problem(failed: AnswerFailed) -> HttpProblem:
    return HttpProblem(status_of_code(failed.code), failed.code, failed.message)


def _data(payload: object) -> bytes:
    return b"data: %b\n\n" % encode(payload)
