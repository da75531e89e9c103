"""A parsed document cut into the rows of its passages, without holding up the rest of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ragapp.core.errors import NoTextFound
from ragapp.core.fair_scheduling import FairTurns, Flow
from ragapp.core.ids import TenantId
from ragapp.core.precedence import Precedence
from ragapp.models import Chunk, DocumentText
from ragapp.rag.chunking import build_chunks
from ragapp.rag.types import ParsedDocument
from ragapp.rag.vector_groups import group_for_vectors
from ragapp.services.retrieval.chunk_rows import build_chunk_rows

SHORT_TEXT_CHARACTERS = 100_000
_ANALYSE_AT_ONCE = 64
_OF_LONG_TEXT_AT_ONCE = 16


class PassageSplitter:
    """Cuts and analyses texts in threads.

    A thread that computes keeps all others waiting, so of long texts one is worked on at a time, in short steps, in
    fair turns of tenants, and questions go first.
    """

    def __init__(self, precedence: Precedence) -> None:
        self._precedence = precedence
        self._turns = FairTurns(1)

    async def build_rows(
        self, tenant_id: TenantId, parsed: ParsedDocument, text: DocumentText, title: str
    ) -> list[Chunk]:
        """Return the passages of a document with their search terms.

        Raises:
            NoTextFound: there are none.
        """
        is_long = len(parsed.text) > SHORT_TEXT_CHARACTERS
        at_once = _OF_LONG_TEXT_AT_ONCE if is_long else _ANALYSE_AT_ONCE
        with self._turns.flow(tenant_id) as flow:
            async with self._turn(flow, is_long=is_long):
                chunks = await asyncio.to_thread(build_chunks, parsed)
            if not chunks:
                raise NoTextFound
            carriers = group_for_vectors(chunks)
            rows: list[Chunk] = []
            for start in range(0, len(chunks), at_once):
                batch = slice(start, start + at_once)
                async with self._turn(flow, is_long=is_long):
                    rows += await asyncio.to_thread(build_chunk_rows, text, title, chunks[batch], carriers[batch])
        return rows

    @asynccontextmanager
    async def _turn(self, flow: Flow, *, is_long: bool) -> AsyncIterator[None]:
        if not is_long:
            yield
            return
        async with flow.turn(1.0):
            await self._precedence.give_way()
            yield
