"""An answer that unfolds as the test says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ragapp.core.events import AnswerDone, AnswerEvent, AnswerSummary, CitationAdded, Support, TextDelta
from ragapp.core.evidence import Passage, Source, Unsupported, source_url
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.core.scope import TenantScope
from ragapp.services.views import QueryRequest

DOCUMENT = DocumentId("d" * 32)


def source(n: int = 1, text: str = "Snimke se čuvaju šest mjeseci.") -> Source:
    passage = Passage(
        rank=n,
        score=0.9,
        document_id=DOCUMENT,
        document_title="Pravilnik",
        page=7,
        chunk_id=ChunkId(f"{DOCUMENT}:1:0"),
        text=text,
        start=10,
        end=10 + len(text),
        heading="Nadzor",
    )
    return Source(n, passage, text, 10, 10 + len(text), source_url(DOCUMENT, 7, 10, 10 + len(text)))


class ScriptedFlow:
    """Stands for `AnswerFlow`: strings become deltas, events pass, `asyncio.Event`s are awaited, errors raised."""

    max_question_characters = 200

    def __init__(self, *script: str | AnswerEvent | asyncio.Event | Exception) -> None:
        self.script = script
        self.unsupported: tuple[Unsupported, ...] = ()
        self.asked: list[tuple[QueryRequest, Sequence[tuple[str, str]]]] = []

    async def check(self, scope: TenantScope, request: QueryRequest) -> None:
        """Refuse nothing."""

    async def stream(
        self, scope: TenantScope, request: QueryRequest, history: Sequence[tuple[str, str]] = ()
    ) -> AsyncGenerator[AnswerEvent, None]:
        self.asked.append((request, history))
        text = ""
        for step in self.script:
            if isinstance(step, asyncio.Event):
                await step.wait()
            elif isinstance(step, Exception):
                raise step
            elif isinstance(step, str):
                text += step
                yield TextDelta(step)
            else:
                yield step
        sources = tuple(step.source for step in self.script if isinstance(step, CitationAdded))
        summary = AnswerSummary(True, 0.86, Support.STRONG, "hr", "scripted", sources, unsupported=self.unsupported)
        yield AnswerDone(text, summary)
