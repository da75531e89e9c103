"""What happens while one answer is produced. Every answer ends with exactly one `AnswerDone` or `AnswerFailed`."""

from dataclasses import dataclass, field
from enum import StrEnum

from ragapp.core.evidence import Passage, Source, Unsupported
from ragapp.core.ids import ChatId, MessageId


class Stage(StrEnum):
    """What the answer is busy with, for the stage line."""

    QUEUED = "queued"
    SEARCHING = "searching"
    READING = "reading"
    ANSWERING = "answering"


class Support(StrEnum):
    """How well the documents support an answer, in words."""

    STRONG = "strong"
    PARTIAL = "partial"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A new stage began; `count` is the number of things it works on (passages searched, passages read)."""

    stage: Stage
    count: int = 0


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Retrieval is done; best first."""

    passages: tuple[Passage, ...]
    language: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More answer text. The stored message equals the concatenation of all deltas."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationAdded:
    """A source became citable as `[n]`; sent before the first delta that contains the marker."""

    source: Source


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """The facts about a finished answer. `confidence` in [0, 1]; durations in milliseconds."""

    answerable: bool
    confidence: float
    support: Support
    language: str
    generator: str
    sources: tuple[Source, ...]
    stopped: bool = False
    dropped_marker_count: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    """What a language model read and wrote, estimated upwards; 0 where none was asked."""
    unsupported: tuple[Unsupported, ...] = ()
    """What a language model wrote that the passages it cites do not hold."""
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """Terminal: the answer is complete (or was stopped, see `summary.stopped`)."""

    text: str
    summary: AnswerSummary


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """Terminal: no answer; `text` is what had been written until then."""

    code: str
    message: str
    text: str = ""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class TurnStored:
    """The question and its unfinished answer are part of a chat; sent first, and only where a chat was named."""

    chat_id: ChatId
    message_id: MessageId


AnswerEvent = TurnStored | StageChanged | PassagesFound | TextDelta | CitationAdded | AnswerDone | AnswerFailed
