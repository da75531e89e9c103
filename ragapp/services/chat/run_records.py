"""A run as it is stored: the question, the unfinished answer, and how the answer ended."""

from dataclasses import asdict

from ragapp.core.events import AnswerDone, AnswerFailed, AnswerSummary, Support
from ragapp.core.ids import new_id
from ragapp.core.lifecycle import MessageStatus
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope
from ragapp.models import Chat, Message
from ragapp.services.chat.evidence_rows import to_row
from ragapp.services.chat.run import Run

_TITLE_CHARACTERS = 80


def new_question(scope: TenantScope, chat: Chat, text: str, clock: Clock) -> Message:
    """Return a question, not stored yet."""
    return Message(
        tenant_id=scope.tenant_id,
        id=new_id(),
        chat_id=chat.id,
        position=0,
        role="user",
        author_id=scope.user_id,
        status=MessageStatus.COMPLETE,
        text=text,
        created_at=clock.now(),
    )


def new_answer(scope: TenantScope, chat: Chat, clock: Clock) -> Message:
    """Return the answer a new run will write, not stored yet."""
    return Message(
        tenant_id=scope.tenant_id,
        id=new_id(),
        chat_id=chat.id,
        position=0,
        role="assistant",
        author_id=scope.user_id,
        status=MessageStatus.STREAMING,
        run_id=new_id(),
        created_at=clock.now(),
    )


def title_of(question: str) -> str:
    """Return the title a chat gets from its first question."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_CHARACTERS:
        return line
    return line[:_TITLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def stopped_by_hand(run: Run) -> AnswerDone:
    """Return the end of a run that was stopped: what had been written stays."""
    summary = AnswerSummary(
        answerable=True,
        confidence=0.0,
        support=Support.NONE,
        language="",
        generator="",
        sources=tuple(run.sources),
        stopped=True,
    )
    return AnswerDone(run.text, summary)


def write_outcome(message: Message, outcome: AnswerDone | AnswerFailed, *, was_stop_requested: bool) -> None:
    """Set the final fields of an answer."""
    message.text = outcome.text
    if isinstance(outcome, AnswerFailed):
        message.status = MessageStatus.FAILED
        message.error_code, message.error_message = outcome.code, outcome.message[:500]
        return
    summary = outcome.summary
    stopped = MessageStatus.STOPPED if was_stop_requested else MessageStatus.INTERRUPTED
    message.status = stopped if summary.stopped else MessageStatus.COMPLETE
    message.answerable = summary.answerable
    message.confidence = summary.confidence
    message.support = summary.support
    message.language = summary.language
    message.generator = summary.generator
    message.sources = [to_row(source) for source in summary.sources]
    message.unsupported = [asdict(claim) for claim in summary.unsupported]
    message.timings = summary.timings_ms
