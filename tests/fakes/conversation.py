"""Chats and runs as the page sees them: messages in a dictionary, answers that are fed by the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ragapp.core.errors import AnswerInProgress, EmptyQuestion, NotFound
from ragapp.core.events import Support
from ragapp.core.evidence import Passage, Source
from ragapp.core.ids import ChatId, ChunkId, DocumentId, MessageId, RunId
from ragapp.core.lifecycle import MessageStatus
from ragapp.services.views import ChatView, EvidenceView, MessageView, Page, RunSnapshot, RunStarted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def source(n: int) -> Source:
    text = f"Recordings are kept for {n} months. The head of the authority decides who may see them."
    passage = Passage(n, 0.8, DocumentId(f"d{n}"), f"Act {n}", 7, ChunkId(f"d{n}:1:0"), text, 100, 100 + len(text), "")
    return Source(n, passage, text[:36], 100, 136, f"/documents/d{n}?page=7&mark=100-136")


def message(message_id: str, chat_id: str, role: str, text: str, **fields: Any) -> MessageView:
    given = {"status": MessageStatus.COMPLETE, "blocks": (text,), "created_at": NOW, **fields}
    return MessageView(id=MessageId(message_id), chat_id=ChatId(chat_id), role=role, text=text, **given)


class FakeConversation:
    """Plays `chats` and `runs`. Feed an answer with `write`, end it with `finish`."""

    def __init__(self) -> None:
        self.chats: dict[str, ChatView] = {}
        self.stored: dict[str, list[MessageView]] = {}
        self.ratings: list[tuple[str, str]] = []
        self.written: dict[str, list[RunSnapshot]] = {}
        self.changed = asyncio.Event()
        self.read: asyncio.Queue[str] = asyncio.Queue()
        self.answers: dict[str, MessageView] = {}
        self.stopped: list[str] = []
        self.started: asyncio.Queue[str] = asyncio.Queue()

    def add_chat(self, chat_id: str, *messages: MessageView, active_run: str | None = None) -> None:
        run = RunId(active_run) if active_run else None
        self.chats[chat_id] = ChatView(ChatId(chat_id), f"Chat {chat_id}", "private", NOW, NOW, len(messages), run)
        self.stored[chat_id] = list(messages)
        if active_run:
            self.written[active_run] = []
            self.answers[active_run] = messages[-1]

    def write(self, run_id: str, *, blocks: tuple[str, ...] = (), tail: str = "", stage: str = "answering") -> None:
        self._add(RunSnapshot(RunId(run_id), blocks, tail, stage, 6, 1.0, (source(1),), False))

    def finish(self, run_id: str, text: str) -> None:
        done = replace(
            self.answers[run_id],
            text=text,
            status=MessageStatus.COMPLETE,
            confidence=0.86,
            support=Support.STRONG,
            sources=(source(1), source(2)),
        )
        self._add(RunSnapshot(RunId(run_id), (), "", "answering", 0, 2.0, done.sources, True, done))

    def _add(self, snapshot: RunSnapshot) -> None:
        self.written[snapshot.run_id].append(snapshot)
        self.changed.set()
        self.changed = asyncio.Event()

    async def list(self, scope: Any, **options: Any) -> Page[ChatView]:
        return Page(tuple(self.chats.values()))

    async def get(self, scope: Any, chat_id: str) -> ChatView:
        if chat_id not in self.chats:
            raise NotFound
        return self.chats[chat_id]

    async def messages(self, scope: Any, chat_id: str, **options: Any) -> Page[MessageView]:
        return Page(tuple(self.stored[chat_id]))

    async def rename(self, scope: Any, chat_id: str, title: str) -> ChatView:
        self.chats[chat_id] = replace(self.chats[chat_id], title=title)
        return self.chats[chat_id]

    async def delete(self, scope: Any, chat_id: str) -> None:
        del self.chats[chat_id]

    async def give_feedback(self, scope: Any, message_id: str, *, rating: str) -> None:
        self.ratings.append((message_id, rating))

    async def evidence(self, scope: Any, message_id: str, n: int) -> EvidenceView:
        if n > 2:
            raise NotFound
        cited = source(n)
        passage = cited.passage
        return EvidenceView(
            passage.document_id, passage.document_title, 1, True, "application/pdf", 7, 12, "", passage.chunk_id,
            "before ", passage.text, " after", passage.start, passage.end, cited.quote_start, cited.quote_end,
        )  # fmt: skip

    async def ask(self, scope: Any, *, chat_id: str | None, text: str) -> RunStarted:
        if not text.strip():
            raise EmptyQuestion
        if chat_id and self.chats[chat_id].active_run_id:
            raise AnswerInProgress
        if chat_id is None:
            chat_id = "new"
            self.add_chat(chat_id)
        return self._start(chat_id, message(f"q{len(self.answers)}", chat_id, "user", text))

    async def regenerate(self, scope: Any, message_id: str) -> RunStarted:
        chat_id = next(chat for chat, rows in self.stored.items() if any(row.id == message_id for row in rows))
        return self._start(chat_id, self.stored[chat_id][0])

    def _start(self, chat_id: str, question: MessageView) -> RunStarted:
        run_id = RunId(f"run{len(self.answers)}")
        answer = message(f"answer-{run_id}", chat_id, "assistant", "", status=MessageStatus.STREAMING, run_id=run_id)
        self.written[run_id], self.answers[run_id] = [], answer
        self.started.put_nowait(run_id)
        return RunStarted(run_id, self.chats[chat_id], question, answer)

    async def follow(self, scope: Any, run_id: str, *, min_interval_s: float) -> AsyncIterator[RunSnapshot]:
        if run_id not in self.written:
            raise NotFound
        seen = 0
        while True:
            while seen == len(self.written[run_id]):
                await self.changed.wait()
            snapshot = self.written[run_id][seen]
            seen += 1
            self.read.put_nowait(run_id)
            yield snapshot
            if snapshot.done:
                return

    async def stop(self, scope: Any, run_id: str) -> None:
        self.stopped.append(run_id)
        self.finish(run_id, "What was written.")
