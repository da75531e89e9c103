"""What a run runs under: everything besides the questions that may change answers."""

from collections.abc import Mapping

from ragapp.core.flags import Flag
from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import TenantScope
from ragapp.rag.chunking import ChunkSize
from ragapp.rag.ranking_version import ranking_version
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.retrieval.embedder_rollover import EmbedderRollover
from ragapp.services.tenancy.flags import FlagService
from ragapp.store.store import Store

Configuration = dict[str, str | int | bool]
_OF_CONTENT = ("documents", "passages", "content_revision")


class RunConditions:
    """Tells under what a knowledge base answers now."""

    def __init__(
        self, store: Store, rollover: EmbedderRollover, generators: GeneratorChoice, flags: FlagService, *, version: str
    ) -> None:
        self._store = store
        self._rollover = rollover
        self._generators = generators
        self._flags = flags
        self._version = version

    async def describe(self, scope: TenantScope, knowledge_base_id: KnowledgeBaseId) -> Configuration:
        """Return name -> value.

        Raises:
            NotFound: no such knowledge base.
        """
        async with self._store.read(scope) as tx:
            base = await tx.knowledge_bases.get(knowledge_base_id)
            held = (await tx.knowledge_bases.get_counts()).get(knowledge_base_id)
        leg = await self._rollover.choose(scope, {knowledge_base_id: base.revision})
        size = ChunkSize()
        return {
            "version": self._version,
            "encoder": leg.embedder.fingerprint,
            "ranking": ranking_version(),
            "passage_characters": f"{size.smallest}-{size.largest}",
            "generator": (await self._generators.choose()).name,
            "searches_by_meaning": await self._flags.is_on(scope, Flag.ADVANCED_RAG),
            "documents": held.document_count if held else 0,
            "passages": held.chunk_count if held else 0,
            "content_revision": base.revision,
        }


def are_alike(before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """Return whether a run begun under `before` may go on `now`: only what the documents hold may have changed."""
    return _fixed(before) == _fixed(now)


def _fixed(configuration: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in configuration.items() if name not in _OF_CONTENT}
