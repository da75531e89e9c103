"""Shapes of the OpenAI-compatible addresses. Requests ignore what they do not know: clients send many options."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ragapp.api.parameters import Answer, Text
from ragapp.api.schemas.answers import DocumentIds, KnowledgeBaseIds, Language, MaxResults, Source, Unsupported
from ragapp.core.errors import EmptyQuestion, InvalidInput
from ragapp.services.views import QueryRequest

_MOST_TURNS = 10


class _TolerantBody(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class ContentPart(_TolerantBody):
    """A piece of a message; only pieces of type `text` are understood."""

    type: str
    text: Text = ""


class ChatMessage(_TolerantBody):
    """One message. Those of the system and of tools are ignored: the rules of answering are this application's."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[ContentPart] | None = None

    def text(self) -> str:
        """Return the text of its parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""

    def is_text_only(self) -> bool:
        """Return whether `text` leaves nothing out."""
        return not isinstance(self.content, list) or all(part.type == "text" for part in self.content)


class StreamOptions(_TolerantBody):
    """What a stream carries besides the answer."""

    include_usage: bool | None = None


class ChatCompletion(_TolerantBody):
    """A question, as the last message of a user, after the conversation so far."""

    model: str = "ragapp"
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    language: Language = "auto"
    max_results: MaxResults = 5
    knowledge_base_ids: KnowledgeBaseIds | None = None
    document_ids: DocumentIds | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None

    def wants_usage(self) -> bool:
        """Return whether a stream shall end with token counts."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def to_request(self) -> QueryRequest:
        """Return it as the service takes it.

        Raises:
            EmptyQuestion: no message is a user's.
            InvalidInput: the question has parts that are not text.
        """
        asked = max((at for at, message in enumerate(self.messages) if message.role == "user"), default=None)
        if asked is None:
            raise EmptyQuestion(details={"field": "messages"})
        question = self.messages[asked]
        if not question.is_text_only():
            raise InvalidInput("A question can only have parts of type text.", details={"field": "messages"})
        return QueryRequest(
            text=question.text(),
            language=self.language,
            max_results=self.max_results,
            knowledge_base_ids=None if self.knowledge_base_ids is None else tuple(self.knowledge_base_ids),
            document_ids=None if self.document_ids is None else tuple(self.document_ids),
            min_confidence=self.min_confidence,
            history=_pairs(self.messages[:asked]),
        )


def _pairs(messages: list[ChatMessage]) -> tuple[tuple[str, str], ...]:
    """Return the last answered questions, oldest first."""
    pairs: list[tuple[str, str]] = []
    question = ""
    for message in messages:
        if message.role == "user":
            question = message.text()
        elif message.role == "assistant" and question and message.text():
            pairs.append((question, message.text()))
            question = ""
    return tuple(pairs[-_MOST_TURNS:])


class Embeddings(_TolerantBody):
    """Texts to encode."""

    model: str = "ragapp"
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=64)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None

    def texts(self) -> list[str]:
        """Return the texts in order."""
        return [self.input] if isinstance(self.input, str) else self.input


class Usage(Answer):
    """Token counts, estimated."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AnswerMessage(Answer):
    """The answer; `[n]` in it points to the citation with that `n`."""

    role: Literal["assistant"]
    content: str
    refusal: None


class Choice(Answer):
    """The one answer."""

    index: int
    message: AnswerMessage
    finish_reason: Literal["stop"]
    logprobs: None


class ChatCompletionAnswer(Answer):
    """A finished answer. `citations` to `generator` are additions to OpenAI's shape."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    citations: list[Source]
    unsupported: list[Unsupported]
    answerable: bool
    confidence: float = Field(ge=0, le=1)
    generator: str


class Model(Answer):
    """Something a client may name as `model`."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(Answer):
    """Every model."""

    object: Literal["list"]
    data: list[Model]


class Embedding(Answer):
    """A unit vector: numbers, or base64 of little-endian 32-bit floats."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(Answer):
    """Token counts, estimated."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Answer):
    """Vectors in the order of the texts."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class OpenAiError(Answer):
    """What went wrong."""

    message: str
    type: str
    code: str = Field(description="Stable; what programs should look at.")
    param: str | None


class OpenAiFailure(Answer):
    """An error, as in OpenAI's interface."""

    error: OpenAiError


CHAT_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream`, server-sent `chat.completion.chunk` objects and then `[DONE]`.",
        "content": {
            "text/event-stream": {"schema": {"type": "object", "properties": {"data": {"type": "string"}}}},
        },
    }
}
