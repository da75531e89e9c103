"""One answer in OpenAI's shapes: a whole completion, or its chunks."""

from dataclasses import dataclass
from time import time
from typing import Any, Self

from ragapp.api.openai_usage import usage_of
from ragapp.api.rendering import source_answer
from ragapp.core.events import AnswerDone
from ragapp.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Completion:
    """What every object of one answer shares. `created` counts seconds since 1970."""

    id: str
    created: int
    model: str
    prompt_tokens: int

    @classmethod
    def begin(cls, model: str, prompt_tokens: int) -> Self:
        """Return a new one."""
        return cls(f"chatcmpl-{new_id()}", int(time()), model, prompt_tokens)

    def answer(self, done: AnswerDone) -> dict[str, Any]:
        """Return a `schemas.openai.ChatCompletionAnswer`."""
        message = {"role": "assistant", "content": done.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = usage_of(self.prompt_tokens, done.text)
        return {**self._frame("chat.completion"), "choices": [choice], "usage": usage, **_evidence(done)}

    def opening(self, *, with_usage: bool) -> dict[str, Any]:
        """Return the first chunk: who speaks."""
        return self._chunk({"role": "assistant", "content": ""}, with_usage=with_usage)

    def piece(self, text: str, *, with_usage: bool) -> dict[str, Any]:
        """Return a chunk of text."""
        return self._chunk({"content": text}, with_usage=with_usage)

    def closing(self, done: AnswerDone, *, with_usage: bool) -> dict[str, Any]:
        """Return the chunk that ends the text: it carries the citations."""
        return {**self._chunk({}, "stop", with_usage=with_usage), **_evidence(done)}

    def usage(self, done: AnswerDone) -> dict[str, Any]:
        """Return the chunk after the end that counts tokens."""
        return {**self._frame("chat.completion.chunk"), "choices": [], "usage": usage_of(self.prompt_tokens, done.text)}

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None, *, with_usage: bool) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        chunk = {**self._frame("chat.completion.chunk"), "choices": [choice]}
        return {**chunk, "usage": None} if with_usage else chunk

    def _frame(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def _evidence(done: AnswerDone) -> dict[str, Any]:
    """Return the additions to OpenAI's shape."""
    summary = done.summary
    return {
        "citations": [source_answer(source) for source in summary.sources],
        "unsupported": summary.unsupported,
        "answerable": summary.answerable,
        "confidence": summary.confidence,
        "generator": summary.generator,
    }
