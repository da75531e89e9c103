"""Answers written by a language model on an Ollama server."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from ragapp.adapters.ollama_client import (
    OllamaError,
    iter_objects,
    list_models,
    open_client,
    pull_command,
    raise_for_error,
)
from ragapp.core.errors import GeneratorUnavailable, ModelMissing
from ragapp.rag.prompting import PromptMessage, build_prompt, estimate_prompt_tokens, fit_request
from ragapp.rag.types import GenerationRequest, GeneratorStatus

T = TypeVar("T")

_CONTEXT_SIZES = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
_STATUS_TIMEOUT_S = 2.0
_TEMPERATURE = 0.1


@dataclass(frozen=True, slots=True)
class OllamaTimeouts:
    """How long to wait for what, in seconds. The first token includes loading the model and reading the prompt."""

    connect_s: float = 3.0
    first_token_s: float = 120.0
    idle_s: float = 30.0
    total_s: float = 600.0


class OllamaGenerator:
    """Implements `rag.ports.Generator` over `/api/chat`.

    The context size is always sent, because the server's own default silently cuts long prompts. It is one of a few
    sizes and only ever grows, because a change makes the server load the model again.

    Args:
        base_url: Where Ollama listens.
        model: Its name there.
        timeouts: What to wait for how long.
        max_context_tokens: Most context to ask for; longer prompts lose old turns and the weakest passages.
        max_answer_tokens: Longest answer.
        keep_alive: How long the server keeps the model in memory after an answer, in Ollama's notation.
    """

    name = "ollama"

    def __init__(
        self,
        base_url: str,
        model: str = "qwen2.5:7b-instruct",
        *,
        timeouts: OllamaTimeouts | None = None,
        max_context_tokens: int = 16_384,
        max_answer_tokens: int = 1_024,
        keep_alive: str = "30m",
    ) -> None:
        self._model = model
        self._timeouts = timeouts or OllamaTimeouts()
        self._max_context_tokens = max_context_tokens
        self._max_answer_tokens = max_answer_tokens
        self._keep_alive = keep_alive
        self._context_tokens = 0
        self._client = open_client(base_url, connect_timeout_s=self._timeouts.connect_s)

    async def status(self) -> GeneratorStatus:
        """Return whether the server answers and has the model; within 2 seconds, never raises."""
        try:
            async with asyncio.timeout(_STATUS_TIMEOUT_S):
                installed = await list_models(self._client)
        except (OllamaError, TimeoutError):
            return self._status(GeneratorUnavailable.code, command="ollama serve")
        if self._model in installed:
            return self._status("")
        return self._status(ModelMissing.code, command=pull_command(self._model))

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[str]:
        """Yield pieces of answer text as they come; closing the iterator closes the connection, which stops the model.

        Raises:
            ModelMissing: the server does not have the model; the message has the command that installs it.
            GeneratorUnavailable: the server cannot be reached, is too slow, fails or breaks off; text yielded before
                stays valid.
        """
        fitted = fit_request(request, limit_tokens=self._max_context_tokens - self._max_answer_tokens)
        async with self._translated(), aclosing(self._chat(build_prompt(fitted))) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _chat(self, messages: tuple[PromptMessage, ...]) -> AsyncGenerator[str]:
        deadline = asyncio.get_running_loop().time() + self._timeouts.total_s
        wait_s = self._timeouts.first_token_s
        async with AsyncExitStack() as stack:
            answering = self._client.stream("POST", "/api/chat", json=self._body(messages))
            response = await _within(wait_s, deadline, stack.enter_async_context(answering))
            await raise_for_error(response)
            parts = await stack.enter_async_context(aclosing(iter_objects(response)))
            while (part := await _within(wait_s, deadline, anext(parts, None))) is not None:
                wait_s = self._timeouts.idle_s
                if text := _text_of(part):
                    yield text
                if part.get("done"):
                    return
        raise OllamaError("The model server broke off.")

    def _body(self, messages: tuple[PromptMessage, ...]) -> dict[str, Any]:
        needed = estimate_prompt_tokens(messages) + self._max_answer_tokens
        self._context_tokens = max(self._context_tokens, context_size(needed, largest=self._max_context_tokens))
        return {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "keep_alive": self._keep_alive,
            "options": {
                "num_ctx": self._context_tokens,
                "num_predict": self._max_answer_tokens,
                "temperature": _TEMPERATURE,
            },
        }

    def _status(self, problem: str, **details: str) -> GeneratorStatus:
        return GeneratorStatus(self.name, self._model, available=not problem, problem=problem, details=details)

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except OllamaError as error:
            if error.model_missing:
                raise ModelMissing(
                    f"The language model {self._model} is not installed on the model server. "
                    f"Run: {pull_command(self._model)}"
                ) from error
            raise GeneratorUnavailable from error
        except TimeoutError as error:
            raise GeneratorUnavailable(
                "The language model is taking too long. It may still be loading: try again in a moment."
            ) from error
        except httpx.HTTPError as error:
            raise GeneratorUnavailable from error


def context_size(needed_tokens: int, *, largest: int) -> int:
    """Return the context to ask for: the first of a few sizes that holds `needed_tokens`, at most `largest`."""
    return min(next((size for size in _CONTEXT_SIZES if size >= needed_tokens), largest), largest)


def _text_of(part: dict[str, Any]) -> str:
    message = part.get("message")
    content = message.get("content", "") if isinstance(message, dict) else None
    if not isinstance(content, str):
        raise OllamaError("The model server sent a line without a message.")
    return content


async def _within(wait_s: float, deadline: float, work: Awaitable[T]) -> T:
    left_s = deadline - asyncio.get_running_loop().time()
    async with asyncio.timeout(min(wait_s, left_s)):
        return await work
