"""One answer being produced, as its followers see it. Lives in the process that started it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field

from ragapp.core.events import (
    AnswerDone,
    AnswerEvent,
    AnswerFailed,
    CitationAdded,
    PassagesFound,
    Stage,
    StageChanged,
    TextDelta,
)
from ragapp.core.evidence import Source
from ragapp.core.ids import ChatId, DocumentId, MessageId, RunId, TenantId, UserId
from ragapp.rag.blocks import BlockSplitter


@dataclass(slots=True)
class Run:
    """The buffer between one producer and any number of followers. Single event loop, no locks needed."""

    id: RunId
    tenant_id: TenantId
    user_id: UserId
    chat_id: ChatId
    message_id: MessageId
    events: list[AnswerEvent] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    tail: str = ""
    text: str = ""
    stage: Stage = Stage.QUEUED
    count: int = 0
    sources: list[Source] = field(default_factory=list)
    stop_requested: bool = False
    finished: bool = False
    started_at: float = field(default_factory=time.monotonic)
    task: asyncio.Task[None] | None = None
    _splitter: BlockSplitter = field(default_factory=BlockSplitter)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _documents: frozenset[DocumentId] | None = None

    def record(self, event: AnswerEvent) -> None:
        """Take one event of the answer and wake the followers."""
        if isinstance(event, StageChanged):
            self.stage, self.count = event.stage, event.count
        elif isinstance(event, PassagesFound):
            self.count = len(event.passages)
            self._documents = frozenset(passage.document_id for passage in event.passages)
        elif isinstance(event, CitationAdded):
            self.sources.append(event.source)
        elif isinstance(event, TextDelta):
            self.stage = Stage.ANSWERING
            self.text += event.text
            self.blocks.extend(self._splitter.feed(event.text))
            self.tail = self._splitter.tail
        self.events.append(event)
        self.wake()

    def finish(self) -> None:
        """Mark the run as over: its final state is stored."""
        self.finished = True
        self.wake()

    def wake(self) -> None:
        """Let every waiting follower look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_change(self) -> None:
        """Return at the next recorded event, or at once when the run is over."""
        if not self.finished:
            await self._changed.wait()

    async def wait_at_most(self, longest_s: float) -> bool:
        """Wait for the next change; return whether it came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self.wait_for_change()
                return True
        return False

    @property
    def documents(self) -> frozenset[DocumentId] | None:
        """The documents the answer may rest on; None until passages were found."""
        return self._documents

    @property
    def elapsed_s(self) -> float:
        """Seconds since the question was accepted."""
        return time.monotonic() - self.started_at

    @property
    def outcome(self) -> AnswerDone | AnswerFailed | None:
        """The terminal event, once there is one."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, AnswerDone | AnswerFailed) else None

    async def iter_events(self) -> AsyncGenerator[AnswerEvent]:
        """Yield every event from the first to the terminal one, the latter only after the answer is stored."""
        seen = 0
        while True:
            while seen < len(self.events):
                event = self.events[seen]
                if isinstance(event, AnswerDone | AnswerFailed):
                    break
                seen += 1
                yield event
            if self.finished:
                break
            await self.wait_for_change()
        if self.outcome is not None:
            yield self.outcome
