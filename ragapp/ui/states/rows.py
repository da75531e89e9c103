"""The small rows that pages show: copied from service views, never larger than what is drawn."""

from dataclasses import dataclass, field

from ragapp.core.evidence import Source
from ragapp.core.lifecycle import MessageStatus
from ragapp.services.chat.evidence_tables import readable_quote
from ragapp.services.views import ChatView, MessageView

_QUOTE_CHARACTERS = 320


@dataclass
class SourceRow:
    """A citation under an answer; `page` is 0 for formats without pages."""

    n: int
    title: str
    page: int
    quote: str
    url: str


@dataclass
class UnsupportedRow:
    """Characters [start, end) of an answer that the cited passages do not hold."""

    start: int
    end: int


@dataclass
class MessageRow:
    """One message of the open chat. `text` is markdown for answers and plain for questions."""

    id: str
    role: str
    status: str
    text: str
    answerable: bool = True
    support: str = ""
    generator: str = ""
    error_code: str = ""
    feedback: str = ""
    sources: list[SourceRow] = field(default_factory=list)
    unsupported: list[UnsupportedRow] = field(default_factory=list)
    author: str = ""
    """Who asked, where it was somebody else."""
    withheld_count: int = 0
    is_withheld: bool = False
    may_renew: bool = True
    """Whether the reader may have it written again."""
    is_reported: bool = False
    """Whether the administrators were told that the documents do not answer it."""
    details: str = ""
    """Scores and times, for those who look into how answers come about."""


@dataclass
class ChatRow:
    """One chat in the sidebar."""

    id: str
    title: str
    updated_at: str
    is_shared: bool = False
    owner: str = ""
    """Whose it is, where it is not the reader's own."""


def source_row(source: Source) -> SourceRow:
    """Return what the page shows of a source."""
    quote = " ".join(readable_quote(source).split())
    shown = quote if len(quote) <= _QUOTE_CHARACTERS else quote[:_QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return SourceRow(source.n, source.passage.document_title, source.passage.page or 0, shown, source.url)


def message_row(message: MessageView, *, has_details: bool = False) -> MessageRow:
    """Return what the page shows of a message; `has_details` adds scores and times to answers."""
    return MessageRow(
        id=message.id,
        role=message.role,
        status=message.status.value,
        text=message.text,
        answerable=message.answerable,
        support=message.support.value,
        generator=message.generator,
        error_code=message.error.code if message.error else "",
        feedback=message.feedback,
        sources=[source_row(source) for source in message.sources],
        unsupported=[UnsupportedRow(claim.start, claim.end) for claim in message.unsupported],
        author=message.author_name,
        withheld_count=message.withheld_count,
        is_withheld=message.is_withheld,
        may_renew=message.is_mine,
        is_reported=message.is_reported,
        details=_details_of(message) if has_details else "",
    )


def _details_of(message: MessageView) -> str:
    if message.role != "assistant" or message.is_withheld:
        return ""
    times = [f"{name} {round(value)} ms" for name, value in message.timings_ms.items()]
    scores = [f"[{source.n}] {source.passage.score:.3f}" for source in message.sources]
    return " · ".join([f"{message.confidence:.3f}", message.generator, *times, *scores])


def chat_row(chat: ChatView) -> ChatRow:
    """Return what the sidebar shows of a chat."""
    return ChatRow(
        chat.id, chat.title, chat.updated_at.isoformat(timespec="seconds"), chat.is_shared, chat.owner_name
    )


def is_finished(message: MessageView) -> bool:
    """Return whether nothing more will be written to the message."""
    return message.status is not MessageStatus.STREAMING
