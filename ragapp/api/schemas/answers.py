"""Shapes of searches, questions and answers."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from ragapp.api.parameters import Answer, ChatId, DocumentId, KnowledgeBaseId, RequestBody, Text
from ragapp.core.events import Support
from ragapp.core.evidence import UnsupportedKind
from ragapp.services.views import QueryRequest, SearchRequest

T = TypeVar("T")

Language = Literal["auto", "hr", "en"]
MaxResults = Annotated[int, Field(ge=1, le=50)]
KnowledgeBaseIds = Annotated[list[KnowledgeBaseId], Field(max_length=100)]
DocumentIds = Annotated[list[DocumentId], Field(max_length=1000)]


class Search(RequestBody):
    """A search."""

    text: Text
    max_results: MaxResults = 5
    language: Language = "auto"
    knowledge_base_ids: KnowledgeBaseIds | None = None
    document_ids: DocumentIds | None = None
    use_vector: bool = True
    use_lexical: bool = True

    def to_request(self) -> SearchRequest:
        """Return it as the service takes it."""
        return SearchRequest(
            text=self.text,
            max_results=self.max_results,
            language=self.language,
            knowledge_base_ids=_frozen(self.knowledge_base_ids),
            document_ids=_frozen(self.document_ids),
            use_vector=self.use_vector,
            use_lexical=self.use_lexical,
        )


class Query(RequestBody):
    """A question."""

    text: Text
    language: Language = "auto"
    max_results: MaxResults = 5
    chat_id: ChatId | None = None
    knowledge_base_ids: KnowledgeBaseIds | None = None
    document_ids: DocumentIds | None = None
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None

    def to_request(self) -> QueryRequest:
        """Return it as the service takes it."""
        return QueryRequest(
            text=self.text,
            language=self.language,
            max_results=self.max_results,
            chat_id=self.chat_id,
            knowledge_base_ids=_frozen(self.knowledge_base_ids),
            document_ids=_frozen(self.document_ids),
            min_confidence=self.min_confidence,
        )


def _frozen(values: list[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)


class Passage(Answer):
    """A retrieved piece of a document; `text == document_text[start:end]`, offsets in characters.

    Of rows of a table, `columns` are the names of its columns, and its rows the lines of `text` from `rows_start` on.
    """

    rank: int
    score: float
    document_id: str
    document_title: str
    page: int | None
    chunk_id: str
    text: str
    start: int
    end: int
    heading: str
    language: str
    vector_score: float | None
    lexical_score: float | None
    columns: list[str]
    rows_start: int


class Source(Passage):
    """A passage that is cited as `[n]`; `quote` is the sentence that supports the answer."""

    n: int
    quote: str
    quote_start: int
    quote_end: int
    url: str = Field(description="Opens the document at that page with the passage marked.")


class Unsupported(Answer):
    """Characters [start, end) of an answer, `text`, that the passages cited for them do not hold."""

    start: int
    end: int
    text: str
    kind: UnsupportedKind


class SearchAnswer(Answer):
    """The best passages first."""

    language_detected: str
    passages: list[Passage]
    timings_ms: dict[str, float]
    searched_count: int = Field(description="Indexed passages that were considered.")


class SourceScore(Answer):
    """How well a source fitted."""

    n: int
    score: float


class AnswerDetails(Answer):
    """How an answer came about; only where debug mode is on."""

    timings_ms: dict[str, float]
    scores: list[SourceScore]
    dropped_marker_count: int
    tokens_in: int
    tokens_out: int


class QueryAnswer(Answer):
    """An answer with its sources."""

    query_id: str
    answer: str
    answerable: bool = Field(description="False: not in the documents; `sources` are the nearest passages then.")
    confidence: float = Field(ge=0, le=1)
    support: Support
    language_detected: str
    sources: list[Source]
    unsupported: list[Unsupported] = Field(
        description="What a language model wrote that the cited passages do not hold, in order; else empty."
    )
    generator: str
    response_time_s: float
    stopped: bool
    timings_ms: dict[str, float]
    chat_id: str | None
    message_id: str | None
    debug: AnswerDetails | None = None
